"""The ledger: what comes, goes, expires and comes back, and that balance, rows and buckets always say the same."""

from datetime import UTC, datetime, timedelta

import pytest

from loyalty import ledger, purchases
from loyalty.errors import NotEnoughPoints
from loyalty.ledger import Cause, open_ledger
from loyalty.models import Contact, EntryKind, PointsEntry, Reward, RewardReception
from loyalty.order_processing import process_order, process_return
from tests.loyalty.documents import give_back, line, order
from tests.loyalty.factories import NOW, ContactFactory, RewardFactory, ShopFactory, member

pytestmark = pytest.mark.django_db

JANUARY = datetime(2026, 1, 15, 12, tzinfo=UTC)
END_OF_JANUARY = datetime(2026, 1, 31, 23, tzinfo=UTC)
END_OF_MARCH = datetime(2026, 3, 31, 22, tzinfo=UTC)


def rows(contact: Contact) -> list[tuple[str, int]]:
    return list(contact.points_entries.order_by("pk").values_list("kind", "points"))


def buckets(contact: Contact) -> dict[datetime | None, int]:
    return dict(contact.buckets.values_list("expires_at", "remaining"))


def balance(contact: Contact) -> int:
    contact.refresh_from_db()
    return contact.balance


def earn(contact: Contact, points: int, *, source: str, expires_at: datetime | None = None) -> PointsEntry:
    with open_ledger(contact, now=JANUARY) as book:
        return book.earn(points, Cause(source=source), expires_at=expires_at)


@pytest.fixture
def two_buckets() -> Contact:
    """A hundred points until the end of January, fifty until the end of March."""
    contact: Contact = ContactFactory.create()
    earn(contact, 100, source="one", expires_at=END_OF_JANUARY)
    earn(contact, 50, source="two", expires_at=END_OF_MARCH)
    return contact


def buy_for(contact: Contact, points: int) -> RewardReception:
    reward: Reward = RewardFactory.create(required_points=points)
    bought, _balance = purchases.buy(reward, contact=contact, purchase_key="key", shop=None, now=JANUARY)
    return bought


def test_spending_takes_the_soonest_ending_points_first(two_buckets: Contact) -> None:
    buy_for(two_buckets, 120)

    assert buckets(two_buckets) == {END_OF_JANUARY: 0, END_OF_MARCH: 30}
    assert balance(two_buckets) == 30


def test_an_undone_purchase_restores_the_same_buckets_and_dates(two_buckets: Contact) -> None:
    bought = buy_for(two_buckets, 120)

    new_balance = purchases.undo(bought, contact=two_buckets, now=JANUARY + timedelta(days=1))

    assert buckets(two_buckets) == {END_OF_JANUARY: 100, END_OF_MARCH: 50}
    assert (new_balance, balance(two_buckets)) == (150, 150)


def test_points_that_come_back_past_their_date_expire_at_once_as_two_visible_rows(two_buckets: Contact) -> None:
    bought = buy_for(two_buckets, 120)
    february = datetime(2026, 2, 10, 12, tzinfo=UTC)

    new_balance = purchases.undo(bought, contact=two_buckets, now=february)

    assert rows(two_buckets)[-2:] == [(EntryKind.UNDO, 120), (EntryKind.EXPIRE, -100)]
    assert buckets(two_buckets) == {END_OF_JANUARY: 0, END_OF_MARCH: 50}
    assert (new_balance, balance(two_buckets)) == (50, 50)


def test_points_without_end_are_spent_last() -> None:
    contact: Contact = ContactFactory.create()
    earn(contact, 10, source="for ever")
    earn(contact, 10, source="until march", expires_at=END_OF_MARCH)

    buy_for(contact, 15)

    assert buckets(contact) == {None: 5, END_OF_MARCH: 0}


def test_points_past_their_date_cannot_be_spent_though_no_worker_ran(two_buckets: Contact) -> None:
    reward: Reward = RewardFactory.create(required_points=51)
    february = END_OF_JANUARY + timedelta(days=3)

    with pytest.raises(NotEnoughPoints) as refused:
        purchases.buy(reward, contact=two_buckets, purchase_key="key", shop=None, now=february)

    assert refused.value.missing == 1
    assert not two_buckets.receptions.exists()


def test_the_worker_expires_points_once_however_late_it_wakes(two_buckets: Contact) -> None:
    week_late = END_OF_JANUARY + timedelta(days=7)

    assert [ledger.expire_points(now=week_late) for _run in range(2)] == [1, 0]

    assert rows(two_buckets)[-1] == (EntryKind.EXPIRE, -100)
    assert balance(two_buckets) == 50


def test_points_are_good_until_the_very_end_of_their_last_day(two_buckets: Contact) -> None:
    assert ledger.expire_points(now=END_OF_JANUARY - timedelta(seconds=1)) == 0

    assert balance(two_buckets) == 150


def test_the_same_cause_earns_once(two_buckets: Contact) -> None:
    again = earn(two_buckets, 100, source="one", expires_at=END_OF_JANUARY)

    assert again == PointsEntry.objects.get(source="one")
    assert balance(two_buckets) == 150


def test_a_balance_below_zero_is_filled_by_the_next_points() -> None:
    contact = member(85)
    document = order(contact, line("a", 1900))
    process_order(document, contact=contact, shop=ShopFactory.create(), now=NOW)
    purchases.buy(RewardFactory.create(), contact=contact, purchase_key="key", shop=None, now=NOW)
    assert balance(contact) == 4

    given_back = process_return(give_back(document.external_identifier, ("a", 1, 1900)), now=NOW)
    below = balance(contact)
    next_order = process_order(order(contact, line("b", 2000)), contact=contact, shop=ShopFactory.create(), now=NOW)

    assert (given_back.points, given_back.new_balance, below) == (-19, -15, -15)
    assert (next_order.points, next_order.new_balance, balance(contact)) == (20, 5, 5)
    assert sum(buckets(contact).values()) == 5


def test_an_undone_purchase_fills_a_balance_below_zero_first() -> None:
    contact = member(100)
    document = order(contact, line("a", 2000))
    process_order(document, contact=contact, shop=ShopFactory.create(), now=NOW)
    reward: Reward = RewardFactory.create(required_points=120)
    reception, _balance = purchases.buy(reward, contact=contact, purchase_key="key", shop=None, now=NOW)
    process_return(give_back(document.external_identifier, ("a", 1, 2000)), now=NOW)
    assert balance(contact) == -20

    purchases.undo(reception, contact=contact, now=NOW)

    assert (balance(contact), buckets(contact)) == (100, {None: 100})


def test_spending_while_below_zero_is_refused() -> None:
    contact = member()
    Contact.objects.filter(pk=contact.pk).update(balance=-15)

    with pytest.raises(NotEnoughPoints) as refused:
        purchases.buy(RewardFactory.create(), contact=contact, purchase_key="key", shop=None, now=NOW)

    assert refused.value.missing == 115
    assert not PointsEntry.objects.exists()


def test_staff_adjust_with_a_reason_and_their_name() -> None:
    contact = member(10)

    ledger.adjust(contact, 25, reason="birthday of the house", by="anna", now=NOW)
    ledger.adjust(contact, -5, reason="typo", by="anna", now=NOW)

    last = contact.points_entries.first()
    assert last is not None
    assert (last.kind, last.points, last.reason, last.made_by) == (EntryKind.ADJUST, -5, "typo", "anna")
    assert balance(contact) == 30


def test_an_adjustment_never_takes_more_than_there_is() -> None:
    contact = member(10)

    with pytest.raises(NotEnoughPoints):
        ledger.adjust(contact, -11, reason="typo", by="anna", now=NOW)

    assert balance(contact) == 10
    assert contact.points_entries.count() == 1


@pytest.mark.parametrize("reason", ["", "  "])
def test_an_adjustment_without_a_reason_is_refused(reason: str) -> None:
    contact = member(10)

    with pytest.raises(ValueError, match="reason"):
        ledger.adjust(contact, 5, reason=reason, by="anna", now=NOW)

    assert balance(contact) == 10
