"""Money as integer minor units of an ISO 4217 currency: its digits, and the one formatter."""

import copy
from decimal import Decimal
from functools import lru_cache

import iso4217
from babel import Locale
from babel.numbers import NumberPattern


@lru_cache(maxsize=1)
def currency_codes() -> frozenset[str]:
    """Return the ISO 4217 codes of currencies that money can be counted in (gold, test codes and the like left out)."""
    return frozenset(currency.code for currency in iso4217.Currency if currency.exponent is not None)


@lru_cache(maxsize=256)
def minor_digits(currency: str) -> int:
    """Return the decimal digits of `currency`'s minor unit, from ISO 4217 (EUR 2, JPY 0, KWD 3). Raises ValueError."""
    if currency not in currency_codes():
        raise ValueError(f"unknown currency {currency!r}")
    exponent = iso4217.Currency(currency).exponent
    if exponent is None:
        raise ValueError(f"{currency!r} has no minor unit")
    return exponent


def major(cents: int, currency: str) -> Decimal:
    """Return `cents` in major units (2450 EUR -> 24.50)."""
    return Decimal(cents).scaleb(-minor_digits(currency))


@lru_cache(maxsize=64)
def _pattern(currency: str, language: str) -> tuple[NumberPattern, Locale]:
    locale = Locale.parse(language, sep="-")
    pattern = copy.copy(locale.currency_formats["standard"])
    pattern.frac_prec = (minor_digits(currency), minor_digits(currency))
    return pattern, locale


@lru_cache(maxsize=8192)
def format_money(cents: int, currency: str, language: str) -> str:
    """Return `cents` as a diner of `language` reads it: "€24.50", "€ 24,50", "24,50 €"."""
    pattern, locale = _pattern(currency, language)
    return str(pattern.apply(major(cents, currency), locale, currency=currency, currency_digits=False))


def format_money_short(cents: int, currency: str, language: str) -> str:
    """Return `cents` without decimals where there are only noughts: "€5", "€ 5", "4,50 €"."""
    digits = minor_digits(currency)
    if not digits or cents % 10**digits:
        return format_money(cents, currency, language)
    pattern, locale = copy.copy(_pattern(currency, language)[0]), _pattern(currency, language)[1]
    pattern.frac_prec = (0, 0)
    return str(pattern.apply(major(cents, currency), locale, currency=currency, currency_digits=False))
