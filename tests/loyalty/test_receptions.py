"""Credit receptions: points given and taken without an order (leat-api.md section 7)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from loyalty import membership, receptions
from loyalty.errors import Conflict, TooManyPoints, UnknownContact, UnknownReception
from loyalty.models import Contact, PointsEntry, Programme, Shop, TierChange, Unit, find_programme
from loyalty.receptions import Credits
from tests.loyalty.factories import NOW, ShopFactory, TierFactory, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    made: Shop = ShopFactory.create()
    return made


def balance(contact: Contact) -> int:
    contact.refresh_from_db()
    assert contact.balance == sum(contact.points_entries.values_list("points", flat=True))
    return contact.balance


def test_points_are_given_as_they_are_and_end_as_earned_ones_do(shop: Shop) -> None:
    find_programme()
    Programme.objects.update(points_valid_days=30)
    contact = member()

    entry = receptions.receive(contact, Credits(points=25), shop=shop, now=NOW)

    assert (entry.points, entry.shop, balance(contact)) == (25, shop, 25)
    assert entry.expires_at == find_programme().points_expire_at(earned_at=NOW)
    contact.refresh_from_db()
    assert contact.earned_points == 25


@pytest.mark.parametrize(("value", "points"), [("10.40", 10), ("10.999", 10), ("-3.50", -3), ("0", 0)])
def test_a_value_is_worth_its_units_floored_once(shop: Shop, value: str, points: int) -> None:
    contact = member()
    unit = find_programme().unit

    entry = receptions.receive(contact, Credits(unit=unit, unit_value=Decimal(value)), shop=shop, now=NOW)

    assert (entry.points, balance(contact)) == (points, points)


def test_the_tier_multiplies_before_the_floor(shop: Shop) -> None:
    contact = member()
    contact.move_to_tier(TierFactory.create(multiplier="1.5"), now=NOW)
    contact.refresh_from_db()
    unit = Unit.objects.create(name="visit", label="Visit", points_each=Decimal("2.5"))

    assert receptions.worth(Decimal("1.3"), unit, contact=contact) == 4
    assert TierChange.objects.count() == 1


def test_a_refund_takes_points_below_zero_if_need_be(shop: Shop) -> None:
    contact = member(5)

    receptions.receive(contact, Credits(points=-8), shop=shop, now=NOW)

    assert balance(contact) == -3


def test_a_transaction_of_a_till_counts_once(shop: Shop) -> None:
    contact = member()
    once = Credits(points=10, pos_transaction="till-1")
    receptions.receive(contact, once, shop=shop, now=NOW)

    with pytest.raises(Conflict):
        receptions.receive(contact, once, shop=shop, now=NOW)

    assert balance(contact) == 10


@pytest.mark.parametrize("points", [1_000_001, -1_000_001])
def test_nobody_gives_or_takes_a_fortune_at_once(shop: Shop, points: int) -> None:
    contact = member(1)

    with pytest.raises(TooManyPoints):
        receptions.receive(contact, Credits(points=points), shop=shop, now=NOW)

    assert balance(contact) == 1


def test_a_balance_stays_within_what_a_column_holds(shop: Shop) -> None:
    contact = member(2_000_000_000)

    with pytest.raises(TooManyPoints):
        receptions.receive(contact, Credits(points=1), shop=shop, now=NOW)

    assert balance(contact) == 2_000_000_000


@pytest.mark.parametrize("points", [25, -25])
def test_a_reversal_is_the_opposite_and_happens_once(shop: Shop, points: int) -> None:
    contact = member(50)
    entry = receptions.receive(contact, Credits(points=points), shop=shop, now=NOW)
    later = NOW + timedelta(hours=1)

    mirror = receptions.reverse(entry, now=later)

    assert (mirror.points, mirror.about_id) == (-points, entry.pk)
    assert receptions.reverse(entry, now=later).pk == mirror.pk
    assert balance(contact) == 50


def test_somebody_erased_since_they_were_looked_up_is_given_nothing(shop: Shop) -> None:
    contact = member(10)
    seen_before = Contact.objects.get(pk=contact.pk)
    membership.erase(contact, now=NOW)

    with pytest.raises(UnknownContact):
        receptions.receive(seen_before, Credits(points=5), shop=shop, now=NOW)

    assert balance(contact) == 10


def test_only_credit_receptions_are_reversed_by_themselves(shop: Shop) -> None:
    contact = member(50)
    earned = PointsEntry.objects.get()
    mirror = receptions.reverse(receptions.receive(contact, Credits(points=1), shop=shop, now=NOW), now=NOW)

    for entry in (earned, mirror):
        with pytest.raises(UnknownReception):
            receptions.reverse(entry, now=NOW)

    assert balance(contact) == 50
