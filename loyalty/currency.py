"""The decimals of a currency's minor unit."""

from functools import lru_cache

import iso4217


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
