"""Offers as tickets: the value on the stub, when it ends, how it stands, in words and numbers the templates print."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from babel.numbers import format_decimal, format_percent
from django.urls import reverse
from django.utils.formats import date_format, time_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from loyalty.domain import Discount
from menu.models import Restaurant
from menu.money import format_money_short
from orders.basket_view import Basket
from orders.models import Guest
from orders.pricing import Reason
from orders.showcase import Showcase, ShownOffer, shown_on_basket, value_words

ON_THE_MENU = 12


@dataclass(frozen=True)
class Ticket:
    """One offer as a ticket. `state` is "" (can be redeemed), "held", "lapsed", "elsewhere", "useless" or "far".

    `held_epoch` is the moment a hold ends, in seconds, for the countdown; `progress` the points there are, in percent.
    """

    kind: str
    id: str
    name: str
    description: str
    value: str
    ends: str
    state: str
    note: str
    points: str
    held_at: str
    held_epoch: int
    progress: int
    url: str
    is_marked: bool = False

    @property
    def can_open(self) -> bool:
        """Whether its page has anything to offer: redeeming it, or taking it off again."""
        return self.state in {"", "held", "lapsed"}

    @property
    def can_mark(self) -> bool:
        """Whether it can be marked for a till, or the mark be taken away."""
        return self.is_marked or self.state in {"", "lapsed"}

    @property
    def is_on_basket(self) -> bool:
        """Whether it is on this diner's basket, held or not any more."""
        return self.state in {"held", "lapsed"}


def tickets_of(offers: Iterable[ShownOffer], restaurant: Restaurant, *, now: datetime) -> tuple[Ticket, ...]:
    """Return the offers as tickets: those on the basket first, then those that can be used, then the others."""
    tickets = [ticket_of(offer, restaurant, now=now) for offer in offers]
    ranks = ("held", "lapsed", "", "far", "elsewhere", "useless")
    return tuple(sorted(tickets, key=lambda ticket: ranks.index(ticket.state)))


def ticket_of(offer: ShownOffer, restaurant: Restaurant, *, now: datetime) -> Ticket:
    """Return one offer as a ticket."""
    state = _state(offer, now=now)
    held = offer.held_until if state in {"held", "elsewhere"} else None
    return Ticket(
        kind=offer.kind,
        id=offer.id,
        name=offer.name,
        description=offer.description,
        value=value_on_stub(offer.worth, restaurant),
        ends=ends_words(offer.expires_at, restaurant, now=now),
        state=state,
        note=_note(offer, state),
        points=points_words(offer.points) if offer.kind == "reward" else "",
        held_at=time_format(restaurant.local(held).time()) if held else "",
        held_epoch=int(held.timestamp()) if held else 0,
        progress=_progress(offer),
        url=reverse("offer", args=[offer.kind, offer.id]),
        is_marked=offer.is_marked,
    )


def menu_tickets(showcase: Showcase, restaurant: Restaurant, *, now: datetime) -> tuple[Ticket, ...]:
    """Return the tickets on top of the menu: what is free and of use here, a dozen at most; the rest is on its own page."""
    usable = (offer for offer in showcase.free if offer.is_applied or offer.discount is not None)
    return tickets_of(usable, restaurant, now=now)[:ON_THE_MENU]


def block_context(
    guest: Guest, showcase: Showcase | None, restaurant: Restaurant, *, now: datetime
) -> dict[str, object]:
    """Return what every offers block needs: who, their balance, their tickets; `showcase` is None for nobody."""
    wallet = showcase.wallet if showcase else None
    return {
        "guest": guest,
        "showcase": showcase,
        "balance": points_words(wallet.balance) if wallet else "",
        "balance_number": number_words(wallet.balance) if wallet else "",
        "balance_unit": balance_unit(wallet.balance) if wallet else "",
        "tickets": menu_tickets(showcase, restaurant, now=now) if showcase else (),
    }


def basket_context(
    guest: Guest | None, showcase: Showcase | None, basket: Basket | None, restaurant: Restaurant, *, now: datetime
) -> dict[str, object]:
    """Return what the basket says about offers: those on it and what they do, others to redeem, points to be earned."""
    if guest is None or showcase is None:
        return {"guest": guest}
    idle = {each.offer_id: idle_words(each.reason) for each in basket.priced.not_applicable} if basket else {}
    applied = [
        replace(ticket_of(shown_on_basket(row, restaurant), restaurant, now=now), note=idle.get(str(row.pk), ""))
        for row in (basket.offers if basket else ())
    ]
    others = (offer for offer in showcase.free if offer.is_usable and not offer.is_applied)
    points = basket.priced.points if basket else 0
    return {
        "guest": guest,
        "showcase": showcase,
        "applied_tickets": applied,
        "tickets": tickets_of(others, restaurant, now=now)[:ON_THE_MENU],
        "points_to_earn": points_words(points) if points else "",
    }


def idle_words(reason: Reason) -> str:
    """Say why an offer on the basket takes nothing off at the moment."""
    words = {
        Reason.NOTHING_LEFT: _("There is nothing left that it could take off."),
        Reason.REPLACED_BY_EXCLUSIVE: _("It cannot be combined with another offer on your basket."),
        Reason.MINIMUM_NOT_MET: _("Your basket is too small for it now."),
        Reason.INVALID_OFFER: _("It cannot be used on this menu."),
    }
    return words.get(reason, _("Nothing in your basket is part of it now."))


def value_on_stub(worth: Discount | None, restaurant: Restaurant) -> str:
    """Return what the stub says: "−10%", "−€5", "Free"; empty where the offer makes no sense."""
    if worth is None:
        return ""
    kind, value = value_words(worth)
    language = get_language() or "en"
    if kind == "percent":
        locale = language.replace("-", "_")
        return "−" + format_percent(Decimal(value) / 100, locale=locale, decimal_quantization=False)
    if kind == "amount":
        return "−" + format_money_short(worth.amount_cents, restaurant.currency, language)
    return _("Free")


def ends_words(expires_at: datetime | None, restaurant: Restaurant, *, now: datetime) -> str:
    """Say when an offer ends, by the restaurant's clock: "ends today", "ends on Friday", "ends 12 June"; empty: never."""
    if expires_at is None:
        return ""
    last = restaurant.local(expires_at - timedelta(microseconds=1)).date()  # midnight belongs to the day before
    today = restaurant.local(now).date()
    days = (last - today).days
    if days < 0:
        return _("ended")
    if days == 0:
        return _("ends today")
    if days == 1:
        return _("ends tomorrow")
    if days < 7:
        return _("ends on %(day)s") % {"day": date_format(last, "l")}
    # Translators: how a date is written; letters as in Django's `date` filter.
    pattern = _("j F") if last.year == today.year else _("j F Y")
    return _("ends %(date)s") % {"date": date_format(last, pattern)}


def points_words(points: int) -> str:
    """Return a number of points: "1 point", "1,240 points", "−15 points"."""
    return ngettext("%(count)s point", "%(count)s points", abs(points)) % {"count": number_words(points)}


def number_words(number: int) -> str:
    """Return a number the way the page's language writes it, with a real minus sign."""
    locale = (get_language() or "en").replace("-", "_")
    return ("−" if number < 0 else "") + format_decimal(abs(number), locale=locale)


def balance_unit(balance: int) -> str:
    """Return the word after the big number of a balance."""
    return ngettext("point", "points", abs(balance))


def missing_words(points: int) -> str:
    """Say how many points are missing."""
    return ngettext("%(count)s point missing", "%(count)s points missing", points) % {"count": number_words(points)}


def _state(offer: ShownOffer, *, now: datetime) -> str:
    if offer.is_applied:
        return "lapsed" if offer.held_until is not None and offer.held_until <= now else "held"
    if offer.discount is None:
        return "useless"
    if offer.missing_points:
        return "far"
    return "elsewhere" if offer.is_held_elsewhere else ""


def _note(offer: ShownOffer, state: str) -> str:
    if state == "far":
        return missing_words(offer.missing_points)
    if state == "useless":
        return _("Does nothing on this menu")
    if state == "" and offer.kind == "voucher" and offer.uses_left > 1:
        return ngettext("%(count)d use left", "%(count)d uses left", offer.uses_left) % {"count": offer.uses_left}
    return ""


def _progress(offer: ShownOffer) -> int:
    if not offer.points or not offer.missing_points:
        return 0
    return max(0, min(99, 100 * (offer.points - offer.missing_points) // offer.points))
