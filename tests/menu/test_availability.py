"""Sold out, back on sale, paused: what is written, when "until tomorrow" ends, and which menu versions follow."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from menu.availability import mark_sold_out, put_back_on_sale, set_ordering, tomorrow_of
from menu.models import Modifier, Product, Restaurant, Variant
from tests.factories import NOW, ModifierFactory, ProductFactory, RestaurantFactory, VariantFactory


def amsterdam(day: int, hour: int) -> datetime:
    """A moment of June 2026 on the clock of Amsterdam; the 3rd is a Wednesday."""
    return datetime(2026, 6, day, hour, tzinfo=ZoneInfo("Europe/Amsterdam"))


LUNCH_AND_DINNER = "We-Su 11:00-14:30, 17:00-22:00"
BAR = "Mo-Su 16:00-03:00"
BAKERY = "Mo-Sa 05:00-13:00"


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        pytest.param("", (3, 19), (4, 6), id="no hours: six in the morning"),
        pytest.param("", (3, 5), (3, 6), id="no hours, in the small hours: the same morning"),
        pytest.param(LUNCH_AND_DINNER, (3, 12), (4, 11), id="at lunch: not dinner, the next day"),
        pytest.param(LUNCH_AND_DINNER, (7, 19), (10, 11), id="before the days off"),
        pytest.param(BAR, (3, 20), (4, 16), id="in the evening"),
        pytest.param(BAR, (4, 2), (4, 16), id="after midnight it is still the night before"),
        pytest.param(BAKERY, (3, 12), (4, 5), id="opens before six"),
    ],
)
def test_tomorrow_is_the_first_opening_of_the_next_day_of_service(
    hours: str, now: tuple[int, int], until: tuple[int, int]
) -> None:
    restaurant = Restaurant(opening_hours=hours, time_zone="Europe/Amsterdam")

    assert tomorrow_of(restaurant, now=amsterdam(*now)) == amsterdam(*until)


def test_tomorrow_is_right_over_the_change_of_the_clock() -> None:
    restaurant = Restaurant(opening_hours="Mo-Su 11:00-22:00", time_zone="Europe/Amsterdam")
    saturday_evening = datetime(2026, 10, 24, 18, tzinfo=UTC)  # 20:00; the clock goes back in the night

    assert tomorrow_of(restaurant, now=saturday_evening) == datetime(2026, 10, 25, 10, tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.parametrize("factory", [ProductFactory, VariantFactory, ModifierFactory])
def test_sold_out_and_back_writes_two_fields_and_a_new_menu_version(factory: type[ProductFactory]) -> None:
    thing: Product | Variant | Modifier = factory.create()
    restaurant = Restaurant.objects.get()
    before = restaurant.menu_version
    opened_in_a_form = type(thing)._default_manager.get(pk=thing.pk)
    type(thing)._default_manager.filter(pk=thing.pk).update(name="Renamed meanwhile")

    mark_sold_out(opened_in_a_form, until=None, now=NOW)

    thing.refresh_from_db()
    restaurant.refresh_from_db()
    assert (thing.name, thing.sold_out_since, thing.sold_out_until) == ("Renamed meanwhile", NOW, None)
    assert restaurant.menu_version == before + 1

    put_back_on_sale(opened_in_a_form)

    thing.refresh_from_db()
    restaurant.refresh_from_db()
    assert (thing.sold_out_since, thing.sold_out_until) == (None, None)
    assert restaurant.menu_version == before + 2


@pytest.mark.django_db
def test_pausing_keeps_the_message_and_the_menu_version() -> None:
    restaurant: Restaurant = RestaurantFactory.create()

    set_ordering(restaurant, ordering="paused", message="Back at eight.")

    stored = Restaurant.objects.get()
    assert (stored.ordering, stored.pause_message) == ("paused", "Back at eight.")
    assert stored.refusal(now=NOW) == "Back at eight."
    assert stored.menu_version == restaurant.menu_version


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("ordering", "message", "sentence"),
    [
        ("", "", "Choose whether diners can order."),
        ("closed", "", "Choose whether diners can order."),
        ("paused", "x" * 201, "The message is too long: at most 200 characters."),
    ],
)
def test_what_cannot_be_is_refused_and_writes_nothing(ordering: str, message: str, sentence: str) -> None:
    restaurant = RestaurantFactory.create()

    with pytest.raises(ValueError, match=sentence):
        set_ordering(restaurant, ordering=ordering, message=message)

    stored = Restaurant.objects.get()
    assert (stored.ordering, stored.pause_message) == ("on", "")
