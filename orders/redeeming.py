"""From a confirmed offer to the basket: a voucher or a collectable reward is held, a reward bought first. One call a view.

What an offer would do is `applying`, the holds are `offers`, spending points is `purchases`.
"""

from dataclasses import dataclass
from datetime import datetime

from django.http import QueryDict
from django.utils.translation import gettext as _

from loyalty import port
from menu.models import Table
from orders.applying import check_item, redeem_on_basket
from orders.basket import find_basket
from orders.errors import Conflict, OrderingRefused
from orders.guest import Visitor
from orders.models import Guest, Order
from orders.offers import drop_lapsed
from orders.purchases import Bought, buy
from orders.showcase import Showcase, ShownOffer, find_offer, read_offers
from orders.tending import lapsed_words, tend_offers
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
    order = find_basket(visitor, table.restaurant)
    lapsed = drop_lapsed(order, now=now) if order is not None else []
    told = lapsed_words(offer for offer in lapsed if offer.offer_id != offer_id)
    applied = list(order.applied_offers.live()) if order is not None else []
    showcase = read_offers(guest, table.restaurant, applied, now=now)
    waits, new_balance = "", None
    if kind == REWARD:
        bought = _buy(offer_id, showcase, order, visitor=visitor, table=table, guest=guest, form=form, now=now)
        name, waits, new_balance = bought.name, bought.refusal, bought.new_balance
    else:
        shown = find_offer(showcase, guest, table.restaurant, kind=kind, offer_id=offer_id, now=now)
        redeem_on_basket(shown, visitor=visitor, table=table, guest=guest, form=form, now=now)
        name = shown.name
    order = find_basket(visitor, table.restaurant)
    still = set(order.applied_offers.live().values_list("name", flat=True)) if order is not None else set()
    replaced = tuple(sorted({row.name for row in applied} - still))
    if order is not None:
        told += tend_offers(order, now=now)
    was = showcase.find(kind, offer_id)
    if was is not None and was.is_marked and (words := unmark_redeemed(guest, kind=kind, offer_id=offer_id, name=name)):
        told.append(words)
    return Redeemed(name=name, replaced=replaced, told=tuple(told), waits=waits, new_balance=new_balance)


def _buy(
    reward_id: str,
    showcase: Showcase,
    order: Order | None,
    *,
    visitor: Visitor,
    table: Table,
    guest: Guest,
    form: QueryDict,
    now: datetime,
) -> Bought:
    """Buy a reward; what can be refused is refused before a point is spent.

    One that is not on offer any more, or out of reach, is asked for all the same: it may be this very purchase, sent a
    second time.
    """
    try:
        reward = find_offer(showcase, guest, table.restaurant, kind=REWARD, offer_id=reward_id, now=now)
    except port.UnknownOffer:
        if not form.get("purchase_key"):
            raise
        reward = _sold_meanwhile(reward_id)
    else:
        if reward.discount is None:
            raise Conflict(_("This offer does nothing on this restaurant's menu. Your points are untouched."))
        check_item(reward, table.restaurant, order, form, now=now)
    key = form.get("purchase_key", "")
    return buy(reward, purchase_key=key, visitor=visitor, table=table, guest=guest, form=form, now=now)


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
