"""Offers on the basket: apply (lock), withdraw (release), renew, and what the programme is told afterwards.

The programme is never called inside a transaction: an offer is held first, then written onto the order; it is taken off
the order first, then released. What a crash leaves in between lapses by itself or is found by `release_due`.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from loyalty import port
from loyalty.port import CollectableOffer, Hold, VoucherOffer
from menu.models import Restaurant
from orders.basket import touch
from orders.errors import ChoiceRefused, Conflict, OrderingRefused
from orders.models import AppliedOffer, Guest, LineItem, OfferKind, Order

log = structlog.get_logger("tableside.offers")

LONGEST_HOLD = timedelta(hours=1)


def hold_minutes() -> timedelta:
    """Return how long an offer is held for a basket that nobody touches."""
    return timedelta(minutes=settings.VOUCHER_LOCK_MINUTES)


def apply_voucher(
    order: Order,
    guest: Guest,
    voucher: VoucherOffer,
    *,
    picked: LineItem | None,
    bring: Callable[[], LineItem] | None = None,
    now: datetime,
) -> AppliedOffer:
    """Lock a voucher and put it on the order. Again: the same lock. Raises Conflict in words.

    `bring` adds the item that comes with it, in the same transaction and only the first time; what it raises stands.
    """
    kind = OfferKind.VOUCHER
    hold = _lock(kind, order, guest.contact_id, voucher.id, now=now)
    try:
        return _write(order, guest, voucher, kind, hold, picked=picked, bring=bring, now=now)
    except (Conflict, ChoiceRefused, OrderingRefused):
        _release_unless_applied(order, kind, voucher.id, hold, now=now)
        raise


def apply_collectable(
    order: Order,
    guest: Guest,
    collectable: CollectableOffer,
    *,
    picked: LineItem | None,
    bring: Callable[[], LineItem] | None = None,
    now: datetime,
) -> AppliedOffer:
    """Lock a collectable reward and put it on the order; it is on one order at a time. Raises Conflict in words.

    `bring`: as above. Where the programme cannot hold it, the row is the hold: of ours, at most one has it.
    """
    kind = OfferKind.COLLECTABLE
    _free_lapsed(collectable.id, order, now=now)
    hold = _lock(kind, order, guest.contact_id, collectable.id, now=now)
    try:
        return _write(order, guest, collectable, kind, hold, picked=picked, bring=bring, now=now)
    except (Conflict, ChoiceRefused, OrderingRefused):
        _release_unless_applied(order, kind, collectable.id, hold, now=now)
        raise
    except IntegrityError as taken:
        _release_unless_applied(order, kind, collectable.id, hold, now=now)
        raise Conflict(_("This reward is on another order already.")) from taken


def withdraw(order: Order, *, kind: str, offer_id: str, now: datetime) -> AppliedOffer | None:
    """Take an offer off the order with the item it added, then release it; None where it was not on it. Raises Conflict."""
    with transaction.atomic():
        touch(order, now=now)
        offer = order.applied_offers.live().filter(kind=kind, offer_id=offer_id).first()
        if offer is None:
            return None
        take_off(offer, now=now)
    release_due(now=now, orders=[order.pk])
    return offer


def take_off(offer: AppliedOffer, *, now: datetime) -> bool:
    """Take an offer off its order, with the line it added if nobody changed that. Runs inside a transaction."""
    taken = AppliedOffer.objects.live().filter(pk=offer.pk, redeemed_at=None).update(withdrawn_at=now, cents=0)
    if taken and offer.added_line_id is not None:
        LineItem.objects.filter(pk=offer.added_line_id, quantity=1, note="", order__placed_at=None).delete()
    return bool(taken)


def take_off_everything(guest: Guest, *, now: datetime) -> list[int]:
    """Take every offer off the guest's baskets: they sign out, or somebody else signs in. Returns the ids of the baskets.

    Runs inside the transaction in which they leave, so that no other tab puts one on in between; the caller releases what
    was taken off after that. Raises Conflict where one of these baskets is being paid: the discount is the payment's.
    """
    baskets = list(Order.objects.baskets().filter(guest=guest).order_by("pk"))
    for order in baskets:
        touch(order, now=now)
    for offer in AppliedOffer.objects.live().filter(order__in=baskets, redeemed_at=None):
        take_off(offer, now=now)
    return [order.pk for order in baskets]


def withdraw_everywhere(guest: Guest, *, kind: str, offer_id: str, now: datetime) -> None:
    """Take an offer off whichever basket of the guest it is on. Raises Conflict where that one is being paid."""
    on_it = AppliedOffer.objects.live().filter(order=OuterRef("pk"), kind=kind, offer_id=offer_id)
    for order in Order.objects.baskets().filter(Exists(on_it), guest=guest):
        withdraw(order, kind=kind, offer_id=offer_id, now=now)


def renew(rows: Iterable[AppliedOffer], *, now: datetime) -> None:
    """Hold these offers of a basket for longer, because it was just changed; for an hour in all at most.

    What is held for longer already, after a payment that failed, keeps its time.
    """
    for offer in rows:
        until = min(now + hold_minutes(), (offer.applied_at or now) + LONGEST_HOLD)
        if offer.held_until is None or offer.held_until < until:
            _hold_until(offer, until, now=now)


def hold_for_payment(order: Order, *, until: datetime, now: datetime) -> list[AppliedOffer]:
    """Make the order's offers outlive its payment, taking lapsed locks again; return those that are gone meanwhile."""
    offers = order.applied_offers.live().filter(redeemed_at=None)
    return [offer for offer in offers if not _hold_until(offer, until, now=now)]


def drop_lapsed(order: Order, rows: Iterable[AppliedOffer], *, now: datetime) -> list[AppliedOffer]:
    """Of the offers on a basket nobody is paying, take off what is held no longer; return it, so that the diner can be told.

    Raises Conflict where the basket is being paid.
    """
    lapsed = [offer for offer in rows if offer.held_until is not None and offer.held_until <= now]
    if lapsed:
        with transaction.atomic():
            touch(order, now=now)
            lapsed = [offer for offer in lapsed if take_off(offer, now=now)]
        release_due(now=now, orders=[order.pk])
    return lapsed


def release_due(*, now: datetime, orders: list[int] | None = None) -> int:
    """Tell the programme of every offer that was taken off; what it cannot be told now is told by the next sweep."""
    due = AppliedOffer.objects.to_release()
    if orders is not None:
        due = due.filter(order__in=orders)
    released = 0
    for offer in due:
        if _tell_released(OfferKind(offer.kind), offer.offer_id, offer.release_key, now=now):
            released += AppliedOffer.objects.to_release().filter(pk=offer.pk).update(released_at=now)
    return released


def gone_words(kind: str) -> str:
    """Say that an offer is none any more."""
    if kind == OfferKind.VOUCHER:
        return _("This voucher cannot be used any more.")
    return _("This reward cannot be used any more.")


def taken_words(kind: str, restaurant: Restaurant, until: datetime | None) -> str:
    """Say that an offer is held elsewhere, and until when if that is known."""
    is_voucher = kind == OfferKind.VOUCHER
    if until is None and is_voucher:
        return _("This voucher is being used on another order.")
    if until is None:
        return _("This reward is being used on another order.")
    time = time_format(restaurant.local(until).time())
    if is_voucher:
        return _("Until %(time)s this voucher is being used on another order.") % {"time": time}
    return _("Until %(time)s this reward is being used on another order.") % {"time": time}


def _write(
    order: Order,
    guest: Guest,
    offer: VoucherOffer | CollectableOffer,
    kind: OfferKind,
    hold: Hold,
    *,
    picked: LineItem | None,
    bring: Callable[[], LineItem] | None,
    now: datetime,
) -> AppliedOffer:
    with transaction.atomic():
        touch(order, now=now)
        # Taken off and put on again: the lock is the same one, so it must not be released any more.
        again = AppliedOffer.objects.to_release().filter(order=order, kind=kind, offer_id=offer.id)
        again.update(released_at=now)
        mine = AppliedOffer.objects.live().filter(order=order, kind=kind, offer_id=offer.id)
        if mine.update(release_key=hold.release_key, held_until=hold.until) == 1:
            return mine.get()
        row = AppliedOffer.objects.create(
            order=order,
            kind=kind,
            offer_id=offer.id,
            contact_id=guest.contact_id,
            name=offer.name,
            attributes=dict(offer.attributes),
            expires_at=offer.expires_at,
            picked_line=picked,
            release_key=hold.release_key,
            applied_at=now,
            held_until=hold.until,
        )
        if bring is not None:
            line = bring()
            if line.quantity == 1:
                row.added_line = line
                row.save(update_fields=["added_line"])
        return row


def _lock(kind: OfferKind, order: Order, contact_id: str, offer_id: str, *, now: datetime) -> Hold:
    """Have the programme hold an offer for a basket that is looked after. Raises Conflict in words."""
    try:
        return _ask_for_hold(kind, order, contact_id, offer_id, until=now + hold_minutes(), now=now)
    except port.OfferTaken as taken:
        raise Conflict(taken_words(kind, order.restaurant, taken.until)) from taken
    except (port.OfferUnavailable, port.UnknownOffer) as gone:
        raise Conflict(gone_words(kind)) from gone


def _ask_for_hold(kind: str, order: Order, contact_id: str, offer_id: str, *, until: datetime, now: datetime) -> Hold:
    programme = port.load()
    ask = programme.lock if kind == OfferKind.VOUCHER else programme.lock_collectable
    return ask(contact_id, offer_id, holder=str(order.uuid), until=until, now=now)


def _hold_until(offer: AppliedOffer, until: datetime, *, now: datetime) -> bool:
    """Hold one offer until then; False where it is somebody else's by now, or off the order. A programme that is away changes nothing."""
    try:
        hold = _ask_for_hold(offer.kind, offer.order, offer.contact_id, offer.offer_id, until=until, now=now)
    except port.ProgrammeAway:
        return True
    except port.LoyaltyError:
        return False
    held = AppliedOffer.objects.live().filter(pk=offer.pk)
    if held.update(release_key=hold.release_key, held_until=hold.until) == 1:
        return True
    # It left the order while it was held anew: whoever took it off has let go of the hold before this one.
    _release_unless_applied(offer.order, OfferKind(offer.kind), offer.offer_id, hold, now=now)
    return False


def _free_lapsed(collectable_id: str, order: Order, *, now: datetime) -> None:
    """Take a reward off a basket that let its time pass."""
    elsewhere = AppliedOffer.objects.live().filter(
        kind=OfferKind.COLLECTABLE,
        offer_id=collectable_id,
        redeemed_at=None,
        held_until__lte=now,
        order__payment_state="unpaid",
        order__placed_at=None,
    )
    lapsed = list(elsewhere.exclude(order=order).select_related("order"))
    for offer in lapsed:
        with suppress(Conflict), transaction.atomic():  # being paid by now: it has let nothing pass
            touch(offer.order, now=now)
            take_off(offer, now=now)
    if lapsed:
        release_due(now=now, orders=[offer.order_id for offer in lapsed])


def _release_unless_applied(order: Order, kind: OfferKind, offer_id: str, hold: Hold, *, now: datetime) -> None:
    """Let go of what could not be put on the order, unless the same form, sent twice, has put it there."""
    if not order.applied_offers.live().filter(kind=kind, offer_id=offer_id).exists():
        _tell_released(kind, offer_id, hold.release_key, now=now)


def _tell_released(kind: OfferKind, offer_id: str, release_key: str, *, now: datetime) -> bool:
    """End a hold at the programme; True once there is nothing more to say."""
    if not release_key:
        return True  # the programme never held it
    programme = port.load()
    tell = programme.release if kind == OfferKind.VOUCHER else programme.release_collectable
    try:
        tell(offer_id, release_key=release_key, now=now)
    except port.ProgrammeAway:
        return False
    except port.LoyaltyError as error:
        log.info("nothing to release", reason=type(error).__name__)
    return True
