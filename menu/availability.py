"""What staff change in the middle of service: sold out, back on sale, ordering paused. Operations only, no pages."""

from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from menu.models import Modifier, Product, Restaurant, Variant
from menu.models.restaurant import Ordering
from menu.models.versioned import renew_menu

# A night at the bar belongs to the day before until then; also when things come back where no opening hours are known.
DAY_BEGINS = time(6)

type SoldThing = Product | Variant | Modifier


def mark_sold_out(thing: SoldThing, *, until: datetime | None, now: datetime) -> None:
    """Take a product, size or option off sale from `now` until `until` (None: until somebody puts it back)."""
    _write(thing, since=now, until=until)


def put_back_on_sale(thing: SoldThing) -> None:
    """Put a product, size or option back on sale."""
    _write(thing, since=None, until=None)


def _write(thing: SoldThing, *, since: datetime | None, until: datetime | None) -> None:
    """Write the two fields alone, so that a form open elsewhere loses nothing, and make a new menu version."""
    thing.sold_out_since, thing.sold_out_until = since, until
    with transaction.atomic():
        type(thing)._default_manager.filter(pk=thing.pk).update(sold_out_since=since, sold_out_until=until)
        renew_menu(restaurant_ids=[thing.menu_owner_id()])


def tomorrow_of(restaurant: Restaurant, *, now: datetime) -> datetime:
    """Return when "until tomorrow" ends: the first opening of the next day of service, or 6:00 without opening hours."""
    local = restaurant.local(now)
    since_midnight = timedelta(hours=DAY_BEGINS.hour)
    today = (local.replace(tzinfo=None) - since_midnight).date()
    openings = (
        datetime.combine(today + timedelta(days=days), span.opens, tzinfo=restaurant.zone)
        for days in range(1, 9)
        for span in restaurant.hours
        if span.weekday == (today + timedelta(days=days)).weekday()
    )
    fallback = datetime.combine(today + timedelta(days=1), DAY_BEGINS, tzinfo=restaurant.zone)
    return min((opening for opening in openings if opening > local), default=fallback)


def set_ordering(restaurant: Restaurant, *, ordering: str, message: str) -> None:
    """Let diners order, or not. Raises ValueError for an unknown state or too long a message, saying which.

    The menu itself stays as printed: whether orders are taken is asked anew for each diner, so no new menu version.
    """
    longest = Restaurant._meta.get_field("pause_message").max_length or 0
    if ordering not in Ordering.values:
        raise ValueError(_("Choose whether diners can order."))
    if len(message) > longest:
        raise ValueError(_("The message is too long: at most %(longest)d characters.") % {"longest": longest})
    restaurant.ordering, restaurant.pause_message = ordering, message
    Restaurant.objects.filter(pk=restaurant.pk).update(ordering=ordering, pause_message=message)
