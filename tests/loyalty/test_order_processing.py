"""What orders earn and returns take back: offer-rules.md, worked cases E and F as far as the programme sees them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from loyalty.documents import OrderDocument, PointsResult, ReturnDocument
from loyalty.errors import Conflict, InvalidDocument, TooMuchReturned, UnknownOrder
from loyalty.models import Contact, OrderReturn, PointsEntry, ProcessedOrder, Shop, Tier, find_programme
from loyalty.order_processing import process_order, process_return
from tests.loyalty.documents import give_back, line, order
from tests.loyalty.factories import NOW, TierFactory, member

pytestmark = pytest.mark.django_db


def process(document: OrderDocument, contact: Contact, shop: Shop) -> PointsResult:
    row = process_order(document, contact=contact, shop=shop, now=NOW)
    return PointsResult(points=row.points, new_balance=row.new_balance)


def take_back(document: ReturnDocument) -> PointsResult:
    row = process_return(document, now=NOW)
    return PointsResult(points=row.points, new_balance=row.new_balance)


def balance(contact: Contact) -> int:
    contact.refresh_from_db()
    return contact.balance


def test_24_less_20_percent_earns_19_not_24(contact: Contact, shop: Shop) -> None:
    document = order(contact, line("a", 2400, order_discount_cents=480))

    assert process(document, contact, shop) == PointsResult(points=19, new_balance=19)

    entry = PointsEntry.objects.get()
    assert (entry.unit_value, entry.points, entry.shop) == (Decimal("19.20"), 19, shop)


def test_discounts_on_lines_count_like_those_on_the_order(contact: Contact, shop: Shop) -> None:
    document = order(contact, line("a", 1000, quantity=3, discount_cents=1000, order_discount_cents=5))

    assert process(document, contact, shop).points == 19


def test_what_earns_nothing_earns_nothing_its_modifiers_included(contact: Contact, shop: Shop) -> None:
    gift_card = line("card", 5000, earns_points=False, sub_lines=(line("wrapping", 500),))
    pizza = line("pizza", 1200, sub_lines=(line("cheese", 200),))

    assert process(order(contact, gift_card, pizza), contact, shop).points == 14


def test_three_lines_of_99_cents_earn_two_points_by_basket(contact: Contact, shop: Shop) -> None:
    document = order(contact, *(line(name, 99) for name in "abc"))

    assert process(document, contact, shop).points == 2


@pytest.mark.parametrize(("currency", "cents", "points"), [("JPY", 1999, 1999), ("KWD", 19999, 19), ("EUR", 1999, 19)])
def test_points_are_counted_in_major_units_of_the_currency(
    contact: Contact, shop: Shop, currency: str, cents: int, points: int
) -> None:
    assert process(order(contact, line("a", cents), currency=currency), contact, shop).points == points


def test_the_tier_multiplies_before_the_single_floor(contact: Contact, shop: Shop) -> None:
    tier: Tier = TierFactory.create(multiplier="1.5")
    contact.move_to_tier(tier, now=NOW - timedelta(days=1))

    assert process(order(contact, line("a", 1999)), contact, shop).points == 29


def test_the_tier_is_that_of_when_the_order_was_paid(contact: Contact, shop: Shop) -> None:
    tier: Tier = TierFactory.create(multiplier="2")
    contact.move_to_tier(tier, now=NOW)
    earlier = order(contact, line("a", 1000), paid_at=NOW - timedelta(seconds=1))

    assert process(earlier, contact, shop).points == 10
    assert process(order(contact, line("a", 1000)), contact, shop).points == 20


def test_a_tier_is_reached_by_points_earned_in_all(contact: Contact, shop: Shop) -> None:
    silver: Tier = TierFactory.create(reached_at_points=50)
    TierFactory.create(reached_at_points=1000)

    process(order(contact, line("a", 4900)), contact, shop)
    assert Contact.objects.get(pk=contact.pk).tier is None
    process(order(contact, line("a", 100)), contact, shop)

    assert Contact.objects.get(pk=contact.pk).tier == silver


def test_the_same_order_again_earns_nothing_and_says_the_same(contact: Contact, shop: Shop) -> None:
    document = order(contact, line("a", 1900))
    first = process(document, contact, shop)
    process(order(contact, line("b", 500)), contact, shop)

    again = process(document, contact, shop)

    assert again == first
    assert balance(contact) == 24


def test_the_same_identifier_with_other_content_is_a_conflict(contact: Contact, shop: Shop) -> None:
    document = order(contact, line("a", 1900))
    process(document, contact, shop)

    with pytest.raises(Conflict):
        process(replace(document, lines=(line("a", 2900),)), contact, shop)

    assert balance(contact) == 19
    assert ProcessedOrder.objects.count() == 1


def test_somebody_elses_order_of_that_identifier_is_a_conflict(contact: Contact, shop: Shop) -> None:
    process(order(contact, line("a", 1900), identifier="order-1"), contact, shop)
    other = member()

    with pytest.raises(Conflict):
        process(order(other, line("a", 1900), identifier="order-1"), other, shop)

    assert balance(other) == 0


def test_points_expire_at_the_end_of_a_day_on_the_programmes_clock(contact: Contact, shop: Shop) -> None:
    programme = find_programme()
    programme.points_valid_days = 365
    programme.save()

    process(order(contact, line("a", 1900)), contact, shop)

    # The end of 3 June 2027 in Amsterdam.
    assert PointsEntry.objects.get().expires_at == datetime(2027, 6, 3, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    "lines",
    [
        (replace(line("a", 100), total_cents=99),),
        (replace(line("a", 100), quantity=-1, total_cents=-100),),
        (line("a", 100, order_discount_cents=101),),
        (line("a", 100), line("a", 100)),
        (line("a", 100, sub_lines=(line("a", 50),)),),
    ],
)
def test_an_order_that_contradicts_itself_is_refused(contact: Contact, shop: Shop, lines: tuple[object, ...]) -> None:
    with pytest.raises(InvalidDocument):
        process(order(contact, *lines), contact, shop)  # type: ignore[arg-type]

    assert not ProcessedOrder.objects.exists()
    assert balance(contact) == 0


def test_an_order_in_no_currency_is_refused(contact: Contact, shop: Shop) -> None:
    with pytest.raises(InvalidDocument):
        process(order(contact, line("a", 100), currency="XYZ"), contact, shop)

    assert not ProcessedOrder.objects.exists()


# Returns --------------------------------------------------------------------------------------------------------------


def test_four_returns_of_4_80_take_5_5_5_4(contact: Contact, shop: Shop) -> None:
    document = order(contact, line("a", 600, quantity=4, order_discount_cents=480))
    process(document, contact, shop)

    results = [take_back(give_back(document.external_identifier, ("a", 1, 480))) for _unit in range(4)]

    assert [result.points for result in results] == [-5, -5, -5, -4]
    assert results[-1].new_balance == balance(contact) == 0


def test_returning_line_one_of_two_keeps_the_discount_of_the_other(contact: Contact, shop: Shop) -> None:
    document = order(
        contact, line("one", 15000, order_discount_cents=3000), line("two", 6000, order_discount_cents=1200)
    )
    assert process(document, contact, shop).points == 168

    assert take_back(give_back(document.external_identifier, ("one", 1, 12000))).points == -120
    assert balance(contact) == 48


def test_returning_the_second_of_279_and_221_takes_what_it_earned(contact: Contact, shop: Shop) -> None:
    document = order(contact, line("one", 1200, order_discount_cents=279), line("two", 950, order_discount_cents=221))
    assert process(document, contact, shop).points == 16

    # 16.50 less 7.29 keeps 9.21.
    assert take_back(give_back(document.external_identifier, ("two", 1, 729))).points == -7


def test_the_free_unit_takes_no_points_with_it(contact: Contact, shop: Shop) -> None:
    document = order(contact, line("pizza", 400, quantity=3, discount_cents=400))
    process(document, contact, shop)

    paid_first = [
        take_back(give_back(document.external_identifier, ("pizza", 1, cents))).points for cents in (400, 400, 0)
    ]

    assert paid_first == [-4, -4, 0]


def test_a_return_is_corrected_with_the_tier_and_rate_of_its_order(contact: Contact, shop: Shop) -> None:
    contact.move_to_tier(TierFactory.create(multiplier="2"), now=NOW - timedelta(days=1))
    document = order(contact, line("a", 1000, quantity=2))
    process(document, contact, shop)
    contact.move_to_tier(None, now=NOW)
    unit = find_programme().unit
    unit.points_each = Decimal(10)
    unit.save()

    assert take_back(give_back(document.external_identifier, ("a", 1, 1000))).points == -20


def test_a_return_asked_for_twice_is_made_once(contact: Contact, shop: Shop) -> None:
    document = order(contact, line("a", 1000, quantity=2))
    process(document, contact, shop)
    asked = give_back(document.external_identifier, ("a", 1, 1000), identifier="return-1")

    assert [take_back(asked) for _time in range(2)] == [PointsResult(points=-10, new_balance=10)] * 2

    assert OrderReturn.objects.count() == 1
    assert balance(contact) == 10


def test_the_same_return_identifier_with_other_content_is_a_conflict(contact: Contact, shop: Shop) -> None:
    document = order(contact, line("a", 1000, quantity=2))
    process(document, contact, shop)
    take_back(give_back(document.external_identifier, ("a", 1, 1000), identifier="return-1"))

    with pytest.raises(Conflict):
        take_back(give_back(document.external_identifier, ("a", 2, 2000), identifier="return-1"))

    assert balance(contact) == 10


@pytest.mark.parametrize(
    "lines",
    [(("a", 2, 1000),), (("a", 1, 1001),), (("a", 1, 1000), ("b", 2, 100)), (("a", 1, 600), ("a", 0, 600))],
)
def test_more_than_is_left_is_refused_whole(
    contact: Contact, shop: Shop, lines: tuple[tuple[str, int, int], ...]
) -> None:
    document = order(contact, line("a", 1000, quantity=2), line("b", 500))
    process(document, contact, shop)
    take_back(give_back(document.external_identifier, ("a", 1, 1000)))

    with pytest.raises(TooMuchReturned):
        take_back(give_back(document.external_identifier, *lines))

    assert OrderReturn.objects.count() == 1
    assert balance(contact) == 15


def test_a_line_that_the_order_does_not_have_is_refused(contact: Contact, shop: Shop) -> None:
    document = order(contact, line("a", 1000))
    process(document, contact, shop)

    with pytest.raises(InvalidDocument):
        take_back(give_back(document.external_identifier, ("b", 1, 0)))

    assert not OrderReturn.objects.exists()


def test_an_unknown_order_is_told_so() -> None:
    with pytest.raises(UnknownOrder):
        take_back(give_back("nobody's"))


def test_money_alone_can_be_given_back(contact: Contact, shop: Shop) -> None:
    document = order(contact, line("a", 1000))
    process(document, contact, shop)

    assert take_back(give_back(document.external_identifier, ("a", 0, 250))).points == -3
    assert take_back(give_back(document.external_identifier, ("a", 1, 750))).points == -7


def test_an_order_for_nothing_earns_nothing_and_can_be_returned(contact: Contact, shop: Shop) -> None:
    document = order(contact, line("a", 1000, order_discount_cents=1000))

    assert process(document, contact, shop) == PointsResult(points=0, new_balance=0)
    assert take_back(give_back(document.external_identifier, ("a", 1, 0))) == PointsResult(points=0, new_balance=0)


def test_modifiers_are_returned_by_their_own_identifier(contact: Contact, shop: Shop) -> None:
    document = order(contact, line("pizza", 1200, sub_lines=(line("cheese", 200),)))
    process(document, contact, shop)

    assert take_back(give_back(document.external_identifier, ("pizza", 1, 1200), ("cheese", 1, 200))).points == -14
