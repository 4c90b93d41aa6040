"""The decimals of a currency's minor unit, and amounts in the reader's language."""

import copy
from decimal import Decimal
from functools import lru_cache

import iso4217
from babel import Locale
from django.utils.translation import get_language


@lru_cache(maxsize=256)
def minor_digits(currency: str) -> int:
    """Return the decimals of `currency`'s minor unit, from ISO 4217 (EUR 2, JPY 0, KWD 3). Raises ValueError."""
    try:
        exponent = iso4217.Currency(currency).exponent
    except ValueError as error:
        raise ValueError(f"unknown currency {currency!r}") from error
    if exponent is None:
        raise ValueError(f"{currency!r} has no minor unit")
    return exponent


def amount_words(cents: int, currency: str) -> str:
    """Return an amount as people read it, in the language that is active: "€24.50", "−€5.00"."""
    digits = minor_digits(currency)
    locale = Locale.parse(get_language() or "en", sep="-")
    pattern = copy.copy(locale.currency_formats["standard"])
    pattern.frac_prec = (digits, digits)
    written = pattern.apply(Decimal(abs(cents)).scaleb(-digits), locale, currency=currency, currency_digits=False)
    return f"−{written}" if cents < 0 else str(written)
