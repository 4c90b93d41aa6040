"""Offers marked for use at a till, and the code that names the member there. A mark holds nothing: see docs/adr/0014."""

from datetime import datetime

import structlog
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loyalty import port
from loyalty.port import MarkKind, TillCode
from menu.models import Restaurant
from orders.errors import Conflict
from orders.models import AppliedOffer, Guest, OfferKind
from orders.offers import taken_words, withdraw

log = structlog.get_logger("tableside.till")


def mark_for_till(guest: Guest, restaurant: Restaurant, *, kind: str, offer_id: str, now: datetime) -> bool:
    """Mark an offer for use at a till, and make a code where none is live; a second time changes nothing.

    Returns whether it left the guest's basket for that, on which its time had run out. Raises Conflict in words, port.OfferUnavailable,
    port.UnknownOffer, port.NoTills, port.ProgrammeAway.
    """
    _refuse_unproven(guest)
    wanted = _read_kind(kind)
    programme = port.load()
    has_left = wanted is not MarkKind.REWARD and _clear_baskets(guest, kind=wanted, offer_id=offer_id, now=now)
    try:
        programme.mark(guest.contact_id, wanted, offer_id, now=now)
    except port.OfferTaken as taken:
        raise Conflict(taken_words(wanted, restaurant, taken.until)) from taken
    except port.NotEnoughPoints as short:
        words = ngettext("%(count)d point missing.", "%(count)d points missing.", short.missing)
        raise Conflict(words % {"count": short.missing}) from short
    except port.OutOfStock as gone:
        raise Conflict(_("This reward is out of stock. Your points are untouched.")) from gone
    code = programme.till_code(guest.contact_id, now=now)
    if code is None or not code.digits:
        try:
            programme.new_till_code(guest.contact_id, now=now)
        except port.TooOften as often:  # it is marked all the same, and the page has a button for a code
            log.info("no till code", retry_after=often.retry_after)
    return has_left


def unmark_for_till(guest: Guest, *, kind: str, offer_id: str) -> None:
    """Take the mark away, if there is one. Raises Conflict, port.UnknownOffer, port.NoTills, port.ProgrammeAway."""
    _refuse_unproven(guest)
    port.load().unmark(guest.contact_id, _read_kind(kind), offer_id)


def unmark_redeemed(guest: Guest, *, kind: str, offer_id: str, name: str) -> str:
    """Take the mark off an offer that was redeemed here instead; return words for the diner.

    With the programme away it stays: a till finds the offer held, or used.
    """
    try:
        port.load().unmark(guest.contact_id, MarkKind(kind), offer_id)
    except port.LoyaltyError as error:
        log.info("mark not taken away", reason=type(error).__name__)
        return ""
    return _("%(offer)s is not marked for the till any more.") % {"offer": name}


def make_till_code(guest: Guest, *, now: datetime) -> TillCode:
    """Make a new code for the member; the one before it ends. Raises Conflict, port.TooOften, port.NoTills, port.ProgrammeAway."""
    _refuse_unproven(guest)
    return port.load().new_till_code(guest.contact_id, now=now)


def read_till_code(guest: Guest, *, now: datetime) -> TillCode | None:
    """Return the member's last code, if they ever made one and the programme can be reached."""
    try:
        return port.load().till_code(guest.contact_id, now=now)
    except port.LoyaltyError:
        return None


def _refuse_unproven(guest: Guest) -> None:
    if not guest.may_spend:
        raise Conflict(_("Please confirm your e-mail address first."))


def _read_kind(kind: str) -> MarkKind:
    try:
        return MarkKind(kind)
    except ValueError as error:
        raise port.UnknownOffer from error


def _clear_baskets(guest: Guest, *, kind: MarkKind, offer_id: str, now: datetime) -> bool:
    """Refuse what is on a basket; from the guest's own, what let its time pass is taken off: say so. Raises Conflict."""
    has_left = False
    on_baskets = AppliedOffer.objects.live().filter(
        kind=OfferKind(kind), offer_id=offer_id, contact_id=guest.contact_id, redeemed_at=None
    )
    for row in on_baskets.select_related("order__restaurant"):
        is_lapsed = row.held_until is not None and row.held_until <= now
        if row.order.guest_id != guest.pk or row.order.placed_at is not None:
            if not is_lapsed:
                raise Conflict(_("It is on another order of yours."))
        elif not is_lapsed or withdraw(row.order, kind=row.kind, offer_id=offer_id, now=now) is None:
            raise Conflict(_("It is on your basket. Take it off there first, then you can use it at the till."))
        else:
            has_left = True
    return has_left
