"""Frozen values and pure rules of the loyalty programme. No Django, no clock, no random, no floats in any result.

Discounts: what an offer takes off a bill, and the parser of the custom attributes that say so. Points: what an order
earns. People: one spelling of an address, and the day of a birthday.
"""

import re
from calendar import isleap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from math import isfinite


def gettext_noop(message: str) -> str:
    """Mark `message` for translators and return it as it is; whoever shows it translates it."""
    return message


def round_half_up(numerator: int, denominator: int) -> int:
    """Return the quotient of two whole numbers (`numerator` >= 0, `denominator` > 0), rounded half up: 31.5 -> 32."""
    return (2 * numerator + denominator) // (2 * denominator)


# Points and people ----------------------------------------------------------------------------------------------------


def points_for(
    net_cents: int, *, currency_digits: int, points_per_unit: Decimal, tier_multiplier: Decimal = Decimal(1)
) -> int:
    """Return the points for `net_cents` of items that earn: rate and tier multiply first, one floor at the end."""
    rate, rate_divisor = points_per_unit.as_integer_ratio()
    multiplier, multiplier_divisor = tier_multiplier.as_integer_ratio()
    cents_per_unit: int = 10**currency_digits
    return net_cents * rate * multiplier // (rate_divisor * multiplier_divisor * cents_per_unit)


def share_out(cents: int, weights: Sequence[int]) -> list[int]:
    """Return `cents`, at most the sum of the weights, shared by largest remainder; of equal ones the first gets more."""
    total = sum(weights)
    if not total:
        return [0] * len(weights)
    shares = [cents * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda position: -(cents * weights[position] % total))
    for position in by_remainder[: cents - sum(shares)]:
        shares[position] += 1
    return shares


def normalise_email(email: str) -> str:
    """Return the one spelling under which an address is kept: without blanks around it, in small letters."""
    return email.strip().lower()


def birthday_in(year: int, birthdate: date) -> date:
    """Return the day of that year on which the birthday is kept: 29 February becomes 28 February in ordinary years."""
    if (birthdate.month, birthdate.day) == (2, 29) and not isleap(year):
        return date(year, 2, 28)
    return birthdate.replace(year=year)


# Discounts ------------------------------------------------------------------------------------------------------------

INVALID_OFFER = "invalid_offer"


class DiscountType(StrEnum):
    """The three kinds of discount of the Order at Table guide ("Common custom attributes")."""

    PERCENTAGE = "percentage_discount"
    ABSOLUTE = "absolute_discount"
    FREE_ITEM = "free_item"


class Split(StrEnum):
    """How a discount is shared over its lines: by what is left of each, or in equal portions (RBI's wording)."""

    PROPORTIONAL = "proportional"
    EQUAL = "equal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """What an offer takes off: a percentage, an amount or one free unit, of the order or of matching products."""

    discount_type: DiscountType
    value: Decimal = Decimal(0)
    """Percent (above 0, at most 100) or, of an absolute discount, major units of the currency; 0 for a free item."""
    amount_cents: int = 0
    """The amount of an absolute discount; 0 for the other types."""
    product_codes: tuple[str, ...] = ()
    category: str = ""
    max_units: int = 1
    max_cents: int | None = None
    includes_modifiers: bool = False
    minimum_cents: int = 0
    exclusive: bool = False
    split: Split = Split.PROPORTIONAL

    @property
    def is_order_level(self) -> bool:
        """Whether it applies to the whole order: it names neither a product nor a category."""
        return not self.product_codes and not self.category


@dataclass(frozen=True, slots=True)
class InvalidDiscount:
    """Attributes that make no usable discount. `problem` is a sentence for staff, still to be translated."""

    attribute: str
    """The attribute at fault, without the prefix."""
    problem: str


def parse_discount(
    attributes: Mapping[str, object], *, currency_digits: int, prefix: str = ""
) -> Discount | InvalidDiscount:
    """Read a discount from custom attributes named `prefix` + name; any value may arrive, none raises.

    A missing attribute, null and an empty text mean the same: not set. `currency_digits` are the decimals of the
    currency's minor unit. Source: Order at Table guide, "Common custom attributes".
    """
    reading = _Reading(attributes, prefix)
    discount = _read_discount(reading, currency_digits)
    for attribute, problem in reading.problems.items():
        return InvalidDiscount(attribute, problem)
    return discount


def discount_problems(attributes: Mapping[str, object], *, currency_digits: int, prefix: str = "") -> Mapping[str, str]:
    """Return every problem that forbids saving these attributes, by attribute name without prefix; none: empty."""
    reading = _Reading(attributes, prefix)
    _read_discount(reading, currency_digits)
    return reading.problems


def parse_plain_number(value: object) -> Decimal | None:
    """Return a plain decimal number given as text or number ("5", "5.00", 5, 5.5), exactly; None for anything else.

    Blanks, signs, exponents, commas, percent signs, booleans, NaN and numbers of absurd length are not plain numbers.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        return Decimal(value) if len(value) <= _LONGEST_NUMBER and _PLAIN_NUMBER.fullmatch(value) else None
    if isinstance(value, float) and isfinite(value):
        value = Decimal(repr(value))
    elif isinstance(value, int) and value.bit_length() <= 4 * _LONGEST_NUMBER:
        value = Decimal(value)
    if not isinstance(value, Decimal) or not value.is_finite() or value.is_signed():
        return None
    return value if -_LONGEST_NUMBER <= value.adjusted() <= _LONGEST_NUMBER else None


_LONGEST_NUMBER = 100
_PLAIN_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")


class _Reading:
    """One pass over the attributes of an offer: typed values out, problems collected by attribute."""

    def __init__(self, attributes: Mapping[str, object], prefix: str) -> None:
        self.attributes = attributes
        self.prefix = prefix
        self.problems: dict[str, str] = {}

    def raw(self, name: str) -> object:
        value = self.attributes.get(self.prefix + name)
        return None if value == "" else value

    def refuse(self, name: str, problem: str) -> None:
        self.problems.setdefault(name, problem)

    def number(self, name: str) -> Decimal:
        number = parse_plain_number(self.raw(name))
        if number is None:
            self.refuse(name, gettext_noop("must be a plain number such as 5 or 5.50"))
        elif number == 0:
            self.refuse(name, gettext_noop("must be more than zero"))
        return number or Decimal(0)

    def whole_number(self, name: str, *, at_least: int) -> int | None:
        """Return a whole number, or None when it is not set."""
        if self.raw(name) is None:
            return None
        number = parse_plain_number(self.raw(name))
        whole, per = number.as_integer_ratio() if number is not None else (0, 0)
        if per != 1:
            self.refuse(name, gettext_noop("must be a whole number"))
        elif whole < at_least:
            self.refuse(name, gettext_noop("must be more than zero"))
        return whole

    def text(self, name: str) -> str:
        value = self.raw(name)
        if isinstance(value, int) and not isinstance(value, bool) and parse_plain_number(value) is not None:
            return str(value)  # A SKU or slug of digits, turned into a number on its way here.
        if value is not None and not isinstance(value, str):
            self.refuse(name, gettext_noop("must be a text"))
        return value if isinstance(value, str) else ""

    def flag(self, name: str) -> bool:
        value = self.raw(name)
        if value is not None and not isinstance(value, bool):
            self.refuse(name, gettext_noop("must be yes or no"))
        return value is True

    def choice[Choice: StrEnum](self, name: str, choices: type[Choice]) -> Choice | None:
        value = self.raw(name)
        for choice in choices:
            if value == choice.value:
                return choice
        if value is not None:
            self.refuse(name, gettext_noop("is not one of the known words"))
        return None


def _read_discount(reading: _Reading, currency_digits: int) -> Discount:
    """Read everything; what it returns counts only if `reading` found no problems."""
    discount_type = reading.choice("discount_type", DiscountType)
    if discount_type is None:
        reading.refuse("discount_type", gettext_noop("is missing"))
        discount_type = DiscountType.FREE_ITEM
    product_codes, category = _read_target(reading)
    value, amount_cents = _read_value(reading, discount_type, currency_digits)
    max_units = None
    if discount_type is not DiscountType.FREE_ITEM:
        max_units = reading.whole_number("max_units", at_least=1)
    elif not product_codes and not category:
        reading.refuse("product_code", gettext_noop("a free item needs a product or a category"))
    return Discount(
        discount_type=discount_type,
        value=value,
        amount_cents=amount_cents,
        product_codes=product_codes,
        category=category,
        max_units=1 if max_units is None else max_units,
        max_cents=reading.whole_number("max_cents", at_least=1),
        includes_modifiers=reading.flag("includes_modifiers"),
        minimum_cents=reading.whole_number("minimum_cents", at_least=0) or 0,
        exclusive=reading.flag("exclusive"),
        split=reading.choice("split", Split) or Split.PROPORTIONAL,
    )


def _read_target(reading: _Reading) -> tuple[tuple[str, ...], str]:
    """Return the product codes and the category; a text that names nothing must not discount the whole order."""
    codes_text = reading.text("product_code")
    product_codes = tuple(code.strip() for code in codes_text.split(",") if code.strip())
    if codes_text and not product_codes:
        reading.refuse("product_code", gettext_noop("names no product"))
    category_text = reading.text("category")
    category = category_text.strip()
    if category_text and not category:
        reading.refuse("category", gettext_noop("names no category"))
    return product_codes, category


def _read_value(reading: _Reading, discount_type: DiscountType, currency_digits: int) -> tuple[Decimal, int]:
    """Return the value, percent held to 100, and the amount in minor units (0 unless absolute)."""
    if discount_type is DiscountType.FREE_ITEM:
        return Decimal(0), 0
    value = reading.number("discount_value")
    if discount_type is DiscountType.PERCENTAGE:
        return min(value, Decimal(100)), 0
    numerator, denominator = value.as_integer_ratio()
    amount_cents = round_half_up(numerator * 10**currency_digits, denominator)
    if amount_cents == 0:
        reading.refuse("discount_value", gettext_noop("is less than the smallest coin of the currency"))
    return value, amount_cents
