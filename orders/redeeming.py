"""From a confirmed offer to the basket: a voucher or a collectable reward is held, a reward bought first. One call a view.

What an offer would do is `applying`, the holds are `offers`, spending points is `purchases`.
"""

from dataclasses import dataclass
from datetime import datetime

from django.http import QueryDict
from django.utils.translation import gettext as _

from loyalty import port
from menu.models import Restaurant, Table
from orders.applying import Preview, check_item, preview, redeem_on_basket
from orders.basket import find_basket
from orders.basket_view import Basket, read_basket
from orders.errors import Conflict, OrderingRefused
from orders.guest import Visitor
from orders.models import Guest, Order
from orders.offers import drop_lapsed
from orders.purchases import Bought, buy
from orders.showcase import Showcase, ShownOffer, find_offer, read_offers
from orders.tending import lapsed_words, tend_rows
from orders.till import unmark_redeemed

REWARD = "reward"


@dataclass(frozen=True)
class Redeemed:
    """An offer that is the basket's now. `waits` says why a reward just bought is not on it yet; empty where it is.

    `replaced` are the names of offers it took the place of, `told` what else happened to offers meanwhile.
    """

    name: str
    replaced: tuple[str, ...]
    told: tuple[str, ...]
    waits: str = ""
    new_balance: int | None = None


def redeem(
    kind: str, offer_id: str, *, visitor: Visitor, table: Table, guest: Guest, form: QueryDict, now: datetime
) -> Redeemed:
    """Put the offer on the visitor's basket, whatever kind it is; repeating it changes nothing more.

    Raises Conflict, ChoiceRefused, OrderingRefused; port.UnknownOffer (not there, or not theirs), port.OfferUnavailable,
    port.ProgrammeAway.
    """
    if not guest.may_spend:
        raise Conflict(_("Please confirm your e-mail address first."))
    if refusal := table.restaurant.refusal(now=now):
        raise OrderingRefused(refusal)
    basket, told = _read_without_lapsed(find_basket(visitor, table.restaurant), but=offer_id, now=now)
    showcase = read_offers(guest, table.restaurant, basket.offers if basket else (), now=now)
    shown = _find_shown(showcase, guest, table.restaurant, form, kind=kind, offer_id=offer_id, now=now)
    looked = preview(shown, table.restaurant, basket, now=now)
    waits, new_balance = "", None
    if kind == REWARD:
        bought = _buy(shown, looked, basket, visitor=visitor, table=table, guest=guest, form=form, now=now)
        name, waits, new_balance = bought.name, bought.refusal, bought.new_balance
    else:
        redeem_on_basket(shown, looked, basket, visitor=visitor, table=table, guest=guest, form=form, now=now)
        name = shown.name
    order = basket.order if basket else find_basket(visitor, table.restaurant)
    rows = list(order.applied_offers.live()) if order is not None else []
    still = {row.name for row in rows}
    replaced = tuple(sorted({row.name for row in basket.offers} - still)) if basket else ()
    if order is not None:
        told += tend_rows(order, rows, now=now)
    if shown.is_marked and (words := unmark_redeemed(guest, kind=kind, offer_id=offer_id, name=name)):
        told.append(words)
    return Redeemed(name=name, replaced=replaced, told=tuple(told), waits=waits, new_balance=new_balance)


def _read_without_lapsed(order: Order | None, *, but: str, now: datetime) -> tuple[Basket | None, list[str]]:
    """Read the basket once what is held no longer has left it; also returns words about that, `but` the offer asked for."""
    if order is None:
        return None, []
    basket = read_basket(order, now=now)
    lapsed = drop_lapsed(order, basket.offers, now=now)
    if lapsed:
        basket = read_basket(order, now=now)
    return basket, lapsed_words(offer for offer in lapsed if offer.offer_id != but)


def _find_shown(
    showcase: Showcase,
    guest: Guest,
    restaurant: Restaurant,
    form: QueryDict,
    *,
    kind: str,
    offer_id: str,
    now: datetime,
) -> ShownOffer:
    """Return the offer asked for. A reward that is not on offer any more may be this very purchase, sent a second time."""
    try:
        return find_offer(showcase, guest, restaurant, kind=kind, offer_id=offer_id, now=now)
    except port.UnknownOffer:
        if kind != REWARD or not form.get("purchase_key"):
            raise
        return _sold_meanwhile(offer_id)


def _buy(
    reward: ShownOffer,
    looked: Preview,
    basket: Basket | None,
    *,
    visitor: Visitor,
    table: Table,
    guest: Guest,
    form: QueryDict,
    now: datetime,
) -> Bought:
    """Buy a reward; what can be refused is refused before a point is spent.

    One out of reach is asked for all the same: it may be this very purchase, sent a second time.
    """
    if reward.offer is not None:
        if reward.discount is None:
            raise Conflict(_("This offer does nothing on this restaurant's menu. Your points are untouched."))
        check_item(looked, form)
    key = form.get("purchase_key", "")
    return buy(reward, looked, basket, purchase_key=key, visitor=visitor, table=table, guest=guest, form=form, now=now)


def _sold_meanwhile(reward_id: str) -> ShownOffer:
    return ShownOffer(
        kind=REWARD,
        id=reward_id,
        name="",
        description="",
        media_url="",
        expires_at=None,
        discount=None,
        uses_left=1,
        points=0,
        missing_points=0,
        is_applied=False,
        held_until=None,
        is_held_elsewhere=False,
    )
