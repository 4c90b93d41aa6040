"""The contract of the loyalty port for stored money: gift cards and prepaid balances (loyalty/port.py)."""

import uuid
from datetime import timedelta

import pytest

from loyalty.models import ThrottleHit
from loyalty.port import (
    Asker,
    Conflict,
    GiftCardUnavailable,
    Loyalty,
    MoneyKind,
    MoneyLink,
    NotEnoughMoney,
    StoredMoney,
    TooMuchReturned,
    TooOften,
    UnknownGiftCard,
)
from tests.loyalty.benches import Bench
from tests.loyalty.factories import NOW
from tests.test_port import bench, member, programme

__all__ = ["bench", "member", "programme"]  # the contract's own fixtures

pytestmark = pytest.mark.django_db


@pytest.fixture
def asker() -> Asker:
    return Asker(guest_id=uuid.uuid4(), ip_address="192.0.2.1")


@pytest.fixture
def card(bench: Bench, programme: Loyalty, asker: Asker) -> StoredMoney:
    """A card with 20.00 on it."""
    return programme.find_gift_card(bench.make_gift_card(cents=2000), asker=asker, now=NOW)


def spend(programme: Loyalty, money: StoredMoney, cents: int, source: str) -> MoneyLink:
    return programme.spend_money(money.kind, money.id, cents, currency="EUR", source=source, shop="demo", now=NOW)


def test_gift_cards_are_asked_for_only_where_there_are_some(bench: Bench, programme: Loyalty) -> None:
    assert not programme.takes_gift_cards()

    bench.make_gift_card(cents=100)

    assert programme.takes_gift_cards()


def test_a_card_is_found_by_its_code_and_names_itself_without_giving_it_away(
    bench: Bench, programme: Loyalty, asker: Asker
) -> None:
    code = bench.make_gift_card(cents=2000)

    found = programme.find_gift_card(f" {code.lower()} ", asker=asker, now=NOW)

    assert (found.kind, found.balance_cents, found.currency) == (MoneyKind.GIFT_CARD, 2000, "EUR")
    assert found.name == f"…{code[-4:]}"
    with pytest.raises(UnknownGiftCard):
        programme.find_gift_card("no such card", asker=asker, now=NOW)


def test_guessing_is_limited_per_browser(programme: Loyalty, asker: Asker) -> None:
    for _guess in range(30):
        with pytest.raises(UnknownGiftCard):
            programme.find_gift_card("GUESS", asker=asker, now=NOW)

    with pytest.raises(TooOften):
        programme.find_gift_card("GUESS", asker=asker, now=NOW)
    with pytest.raises(UnknownGiftCard):
        programme.find_gift_card("GUESS", asker=asker, now=NOW + timedelta(minutes=11))


def test_cards_that_are_there_are_no_guesses(bench: Bench, programme: Loyalty, asker: Asker) -> None:
    code = bench.make_gift_card(cents=2000)

    for _step in range(31):
        programme.find_gift_card(code, asker=asker, now=NOW)

    assert ThrottleHit.objects.count() == 0
    with pytest.raises(UnknownGiftCard):
        programme.find_gift_card("GUESS", asker=asker, now=NOW)
    assert ThrottleHit.objects.count() == 2  # of the browser, and of its network


def test_after_too_many_guesses_even_a_card_that_is_there_is_not_looked_up(
    bench: Bench, programme: Loyalty, asker: Asker
) -> None:
    code = bench.make_gift_card(cents=2000)
    for _guess in range(30):
        with pytest.raises(UnknownGiftCard):
            programme.find_gift_card("GUESS", asker=asker, now=NOW)

    with pytest.raises(TooOften):
        programme.find_gift_card(code, asker=asker, now=NOW)


def test_spending_is_once_per_source(bench: Bench, programme: Loyalty, asker: Asker, card: StoredMoney) -> None:
    first, again = (spend(programme, card, 1500, "payment:1") for _time in range(2))

    assert first == again
    with pytest.raises(NotEnoughMoney):
        spend(programme, card, 501, "payment:2")
    with pytest.raises(Conflict):
        spend(programme, card, 1400, "payment:1")
    assert spend(programme, card, 500, "payment:3").id != first.id


def test_what_was_spent_comes_back_in_parts_and_never_more(programme: Loyalty, card: StoredMoney) -> None:
    spent = spend(programme, card, 2000, "payment:1")

    once, twice = (programme.give_money_back(spent, 684, source="refund:1", now=NOW) for _time in range(2))

    assert once == twice
    with pytest.raises(TooMuchReturned):
        programme.give_money_back(spent, 1317, source="refund:2", now=NOW)
    programme.give_money_back(spent, 1316, source="refund:3", now=NOW)
    assert spend(programme, card, 2000, "payment:2").kind == MoneyKind.GIFT_CARD


def test_another_currency_or_an_unknown_card_is_refused(programme: Loyalty, card: StoredMoney) -> None:
    with pytest.raises(GiftCardUnavailable):
        programme.spend_money(card.kind, card.id, 100, currency="CHF", source="p1", shop="demo", now=NOW)
    for unknown in ("nonsense", str(uuid.uuid4())):
        with pytest.raises(UnknownGiftCard):
            programme.spend_money(card.kind, unknown, 100, currency="EUR", source="p2", shop="demo", now=NOW)

    assert spend(programme, card, 2000, "p3").id


def test_a_prepaid_balance_is_the_members(bench: Bench, programme: Loyalty, member: str) -> None:
    assert programme.prepaid(member) is None
    bench.give_money(member, 1000)

    balance = programme.prepaid(member)

    assert balance is not None
    assert (balance.kind, balance.balance_cents, balance.currency) == (MoneyKind.PREPAID, 1000, "EUR")
    spend(programme, balance, 1000, "payment:1")
    assert programme.prepaid(member) is None


def test_a_card_that_was_sold_is_issued_once_per_key(bench: Bench, programme: Loyalty, asker: Asker) -> None:
    bench.make_gift_card(cents=100)

    first, again = (
        programme.issue_gift_card(2500, currency="EUR", key="line:1", shop="demo", now=NOW) for _time in range(2)
    )

    assert first == again
    assert programme.find_gift_card(first.code, asker=asker, now=NOW).balance_cents == 2500
    with pytest.raises(Conflict):
        programme.issue_gift_card(2600, currency="EUR", key="line:1", shop="demo", now=NOW)
    with pytest.raises(GiftCardUnavailable):
        programme.issue_gift_card(10001, currency="EUR", key="line:2", shop="demo", now=NOW)
