"""Amounts as Leat shows them to people: with a symbol in front. Numbers stay in minor units everywhere else."""

from decimal import Decimal

SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}


def display_amount(cents: int, *, currency: str, digits: int, space: str = "") -> str:
    """Return "€50.00"; orders have a `space` after the symbol, other currencies their code and a blank."""
    number = f"{Decimal(abs(cents)).scaleb(-digits):.{digits}f}"
    symbol = SYMBOLS.get(currency)
    return f"{'-' if cents < 0 else ''}{symbol + space if symbol else currency + ' '}{number}"


def major_units(cents: int, *, digits: int) -> float | int:
    """Return minor units as a number of major ones for JSON: 4000 -> 40, 1050 -> 10.5."""
    amount = Decimal(cents).scaleb(-digits)
    return int(amount) if amount == amount.to_integral_value() else float(amount)
