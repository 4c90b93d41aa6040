"""Buying a reward with points: it becomes a collectable reward at once, then goes onto the basket; and undoing that."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loyalty import port
from menu.models import Table
from orders.applying import Preview, redeem_on_basket
from orders.basket_view import Basket
from orders.errors import ChoiceRefused, Conflict, OrderingRefused
from orders.guest import Visitor
from orders.models import AppliedOffer, Guest, OfferKind
from orders.offers import withdraw_everywhere
from orders.showcase import ShownOffer

LONGEST_KEY = 64


@dataclass(frozen=True)
class Bought:
    """A reward bought. `refusal` says why it waits in the wallet instead of being on the basket; empty where it is on it."""

    name: str
    new_balance: int
    refusal: str


def buy(
    reward: ShownOffer,
    looked: Preview,
    basket: Basket | None,
    *,
    purchase_key: str,
    visitor: Visitor,
    table: Table,
    guest: Guest,
    form: QueryDict,
    now: datetime,
) -> Bought:
    """Spend the points, once per key, and put the reward on the basket as it was just read, where `looked` allows it.

    Raises Conflict (nothing was spent), port.UnknownOffer, port.ProgrammeAway.
    """
    if not 0 < len(purchase_key) <= LONGEST_KEY:
        raise Conflict(_("Please open the offer again and confirm it there."))
    try:
        purchase = port.load().buy(
            guest.contact_id, reward.id, purchase_key=purchase_key, shop=table.restaurant.slug, now=now
        )
    except port.NotEnoughPoints as short:
        raise Conflict(missing_words(short.missing)) from short
    except port.OutOfStock as gone:
        raise Conflict(_("This reward is out of stock. Your points are untouched.")) from gone
    except (port.OfferUnavailable, port.Conflict) as gone:
        raise Conflict(_("This reward cannot be bought any more. Your points are untouched.")) from gone
    collectable = replace(
        reward,
        kind=OfferKind.COLLECTABLE,
        id=purchase.collectable.id,
        name=purchase.collectable.name,
        expires_at=purchase.collectable.expires_at,
        missing_points=0,
        offer=purchase.collectable,
    )
    try:
        redeem_on_basket(collectable, looked, basket, visitor=visitor, table=table, guest=guest, form=form, now=now)
    except (Conflict, OrderingRefused) as later:
        return Bought(name=collectable.name, new_balance=purchase.new_balance, refusal=later.message)
    except ChoiceRefused as later:
        return Bought(name=collectable.name, new_balance=purchase.new_balance, refusal=" ".join(later.errors.values()))
    return Bought(name=collectable.name, new_balance=purchase.new_balance, refusal="")


def missing_words(points: int) -> str:
    """Say how many points a reward is out of reach."""
    return ngettext("%(count)d point missing.", "%(count)d points missing.", points) % {"count": points}


def undo(guest: Guest, collectable_id: str, *, now: datetime) -> int:
    """Give the points of a reward not collected yet back, taking it off the basket first; return the new balance.

    Raises Conflict (collected, being paid, or on an order that waits to be paid), port.UnknownOffer, port.ProgrammeAway.
    """
    if AppliedOffer.objects.live().filter(
        kind=OfferKind.COLLECTABLE, offer_id=collectable_id, redeemed_at=None, order__placed_at__isnull=False
    ):
        raise Conflict(_("This reward is on an order you placed, so its points cannot come back."))
    withdraw_everywhere(guest, kind=OfferKind.COLLECTABLE, offer_id=collectable_id, now=now)
    try:
        return port.load().undo_purchase(guest.contact_id, collectable_id, now=now)
    except (port.OfferTaken, port.OfferUnavailable) as gone:
        raise Conflict(_("This reward cannot be given back any more.")) from gone
