"""How the providers count money: Stripe in units of its own, Mollie in decimal text. Ours are ISO 4217's minor units."""

from decimal import Decimal, InvalidOperation

from menu.money import major, minor_digits
from orders.payments.port import ProviderRefused

# docs.stripe.com/currencies. Ariary have hundredths in ISO 4217; krónur and shillings have none there, but do here.
STRIPE_WITHOUT_DECIMALS = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"}
)
STRIPE_THREE_DECIMALS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})


def to_stripe(cents: int, currency: str) -> int:
    """Return `cents` as Stripe counts them. Raises ProviderRefused where Stripe cannot charge this very amount."""
    units = major(cents, currency).scaleb(_stripe_digits(currency))
    if units != units.to_integral_value() or (currency in STRIPE_THREE_DECIMALS and units % 10):
        raise ProviderRefused(f"Stripe cannot charge {major(cents, currency)} {currency}")
    return int(units)


def from_stripe(units: int, currency: str) -> int:
    """Return Stripe's amount in minor units; `currency` in capitals."""
    return int(Decimal(units).scaleb(minor_digits(currency) - _stripe_digits(currency)))


def to_mollie(cents: int, currency: str) -> dict[str, str]:
    """Return `cents` as Mollie writes them, with exactly the currency's decimals: 24.50 EUR, 1000 JPY."""
    return {"currency": currency, "value": f"{major(cents, currency):f}"}


def from_mollie(amount: dict[str, str]) -> tuple[int, str]:
    """Return Mollie's amount as minor units and currency. Raises ValueError for what is none."""
    try:
        cents = Decimal(amount["value"]).scaleb(minor_digits(amount["currency"]))
    except (InvalidOperation, KeyError, TypeError) as error:
        raise ValueError(f"no amount: {amount!r}") from error
    if cents != cents.to_integral_value():
        raise ValueError(f"no amount: {amount!r}")
    return int(cents), amount["currency"]


def _stripe_digits(currency: str) -> int:
    if currency in STRIPE_WITHOUT_DECIMALS:
        return 0
    return 3 if currency in STRIPE_THREE_DECIMALS else 2
