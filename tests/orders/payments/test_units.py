"""How Stripe and Mollie count money, worked out by hand, and back again for every currency there is."""

from decimal import Decimal

import pytest

from menu.money import currency_codes, minor_digits
from orders.payments.port import ProviderRefused
from orders.payments.units import from_mollie, from_stripe, to_mollie, to_stripe


@pytest.mark.parametrize(
    ("cents", "currency", "units"),
    [
        (2450, "EUR", 2450),
        (500, "JPY", 500),  # no decimals anywhere
        (5120, "KWD", 5120),  # three decimals, the last a nought
        (5, "ISK", 500),  # no decimals in ISO 4217, two at Stripe
        (5, "UGX", 500),
        (500, "MGA", 5),  # hundredths in ISO 4217, none at Stripe
        (1045, "HUF", 1045),
    ],
)
def test_stripe_counts_in_units_of_its_own(cents: int, currency: str, units: int) -> None:
    assert to_stripe(cents, currency) == units
    assert from_stripe(units, currency) == cents


@pytest.mark.parametrize(("cents", "currency"), [(5124, "KWD"), (1, "BHD"), (501, "MGA")])
def test_what_stripe_cannot_count_is_refused(cents: int, currency: str) -> None:
    with pytest.raises(ProviderRefused):
        to_stripe(cents, currency)


@pytest.mark.parametrize(
    ("cents", "currency", "value"),
    [
        (2450, "EUR", "24.50"),
        (5, "EUR", "0.05"),
        (500, "JPY", "500"),
        (1505, "KWD", "1.505"),
        (100000000, "EUR", "1000000.00"),
    ],
)
def test_mollie_writes_exactly_the_decimals_of_the_currency(cents: int, currency: str, value: str) -> None:
    assert to_mollie(cents, currency) == {"currency": currency, "value": value}
    assert from_mollie({"currency": currency, "value": value}) == (cents, currency)


@pytest.mark.parametrize("amount", [{}, {"currency": "EUR"}, {"currency": "EUR", "value": "x"}, None])
def test_what_is_no_amount_is_not_guessed_at(amount: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="no amount"):
        from_mollie(amount)


def test_a_fraction_of_a_cent_is_no_amount() -> None:
    with pytest.raises(ValueError, match="no amount"):
        from_mollie({"currency": "EUR", "value": "1.005"})


def test_every_currency_comes_back_as_it_went() -> None:
    for currency in currency_codes():
        cents = 12000
        assert from_mollie(to_mollie(cents, currency)) == (cents, currency)
        assert from_stripe(to_stripe(cents, currency), currency) == cents
        assert Decimal(to_mollie(cents, currency)["value"]) == Decimal(cents).scaleb(-minor_digits(currency))
