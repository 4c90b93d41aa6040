"""The contract of the loyalty port for orders and returns: what they earn and take back, once (loyalty/port.py)."""

from dataclasses import replace

import pytest

from loyalty.port import (
    AppliedDiscount,
    Charge,
    Conflict,
    InvalidDocument,
    Loyalty,
    OrderDocument,
    OrderLine,
    PointsResult,
    ReturnDocument,
    ReturnedLine,
    TooMuchReturned,
    UnknownOrder,
    VoucherLink,
)
from tests.loyalty.benches import Bench
from tests.loyalty.factories import NOW
from tests.test_port import balance, bench, buy, member, order, programme, returned, voucher_of

__all__ = ["bench", "member", "programme"]  # the contract's own fixtures

pytestmark = pytest.mark.django_db


def test_an_order_earns_once_and_says_the_same_again(programme: Loyalty, member: str) -> None:
    results = [programme.process_order(order(member), now=NOW) for _repeat in range(2)]

    assert results == [PointsResult(points=39, new_balance=39)] * 2
    assert balance(programme, member) == 39


def test_what_a_line_brought_about_later_can_be_told_and_earns_nothing(programme: Loyalty, member: str) -> None:
    document = order(member)
    programme.process_order(document, now=NOW)
    results = {document.lines[0].external_identifier: (VoucherLink(id="a"),)}

    for _repeat in range(2):
        programme.add_results(document.external_identifier, results, now=NOW)

    assert balance(programme, member) == 39


def test_the_same_identifier_with_other_content_is_a_conflict(programme: Loyalty, member: str) -> None:
    programme.process_order(order(member), now=NOW)

    with pytest.raises(Conflict):
        programme.process_order(order(member, 2950), now=NOW)

    assert balance(programme, member) == 39


def test_returns_take_points_by_what_is_kept_each_once(programme: Loyalty, member: str) -> None:
    programme.process_order(order(member), now=NOW)

    first = [programme.process_return(returned(1, 1950), now=NOW) for _repeat in range(2)]
    second = programme.process_return(returned(1, 1950, identifier="return-2"), now=NOW)

    assert first == [PointsResult(points=-20, new_balance=19)] * 2
    assert second == PointsResult(points=-19, new_balance=0)


def test_a_return_that_cannot_be_is_refused(programme: Loyalty, member: str) -> None:
    programme.process_order(order(member), now=NOW)

    with pytest.raises(UnknownOrder):
        programme.process_return(returned(1, 1950, order="order-2"), now=NOW)
    with pytest.raises(TooMuchReturned):
        programme.process_return(returned(3, 1950), now=NOW)
    unknown = ReturnedLine(external_identifier="line-9", quantity=1, net_cents=0)
    with pytest.raises(InvalidDocument):
        programme.process_return(replace(returned(1, 0), lines=(unknown,)), now=NOW)

    assert balance(programme, member) == 39


def bill(contact_id: str) -> OrderDocument:
    """3 x 3.33 with cheese at 0.50 each, 1.00 off the line, 2.01 off the order; a card sold; wine of which 0.29 is tax."""
    cheese = replace(_line("cheese", 50, 3), order_discount_cents=26)
    pizza = replace(
        _line("pizza", 333, 3), discount_cents=100, total_cents=899, order_discount_cents=155, sub_lines=(cheese,)
    )
    card = replace(_line("card", 2500, 1), earns_points=False)
    wine = replace(_line("wine", 141, 1), order_discount_cents=20, tax_cents=29)
    return replace(
        order(contact_id),
        order_amount_cents=899 + 150 + 2500 + 141,
        total_discount_cents=301,
        total_cents=899 + 150 + 2500 + 141 - 201 + 29 + 300,
        lines=(pizza, card, wine),
        discounts=(
            AppliedDiscount(external_identifier="d1", name="Pizza", cents=100, line_identifiers=("pizza",)),
            AppliedDiscount(external_identifier="d2", name="Order", cents=201),
        ),
        charges=(
            Charge(external_identifier="c1", type="TAX", cents=29),
            Charge(external_identifier="c2", type="GRATUITY", cents=300),
        ),
    )


def _line(identifier: str, cents: int, quantity: int) -> OrderLine:
    return OrderLine(
        external_identifier=identifier,
        name=identifier.title(),
        sku=identifier.upper(),
        quantity=quantity,
        price_cents=cents,
        total_cents=cents * quantity,
    )


def test_points_are_counted_to_the_cent_and_taken_back_so(programme: Loyalty, member: str) -> None:
    # What earns is 899 - 155 + 150 - 26 + 141 - 20 + 29 = 1018 cents.
    earned = programme.process_order(bill(member), now=NOW)
    parts = [
        [ReturnedLine(external_identifier="cheese", quantity=1, net_cents=42)],  # 976 kept
        [ReturnedLine(external_identifier="wine", quantity=1, net_cents=150)],  # 826 kept
        [
            ReturnedLine(external_identifier="pizza", quantity=3, net_cents=744),
            ReturnedLine(external_identifier="cheese", quantity=2, net_cents=82),
        ],
    ]

    taken = [
        programme.process_return(
            ReturnDocument(
                external_identifier=f"return-{number}", order_identifier="order-1", returned_at=NOW, lines=tuple(lines)
            ),
            now=NOW,
        )
        for number, lines in enumerate(parts)
    ]

    assert earned == PointsResult(points=10, new_balance=10)
    assert [(one.points, one.new_balance) for one in taken] == [(-1, 9), (-1, 8), (-8, 0)]


def test_what_was_used_is_named_on_the_order(bench: Bench, programme: Loyalty, member: str) -> None:
    voucher_id = voucher_of(bench, member)
    link = programme.redeem(member, voucher_id, order="order-1", release_key="", shop="demo", now=NOW)
    discount = AppliedDiscount(external_identifier="d1", name="10% off", cents=390, redemption=link)
    document = order(member)
    pizza = replace(document.lines[0], order_discount_cents=390)

    result = programme.process_order(
        replace(document, total_discount_cents=390, total_cents=3510, lines=(pizza,), discounts=(discount,)), now=NOW
    )

    assert result == PointsResult(points=35, new_balance=35)


def test_a_return_makes_a_balance_negative_if_the_points_are_spent(
    bench: Bench, programme: Loyalty, member: str
) -> None:
    programme.process_order(order(member), now=NOW)
    buy(programme, member, bench.make_reward(points=30))

    assert programme.process_return(returned(2, 3900), now=NOW) == PointsResult(points=-39, new_balance=-30)
    wallet = programme.wallet(member, shop="demo", now=NOW)
    assert (wallet.balance, wallet.available_points) == (-30, 0)
