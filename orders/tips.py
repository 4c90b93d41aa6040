"""Tips: what is offered, and reading what the diner chose; nothing is chosen from the start."""

import re
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from menu.models import Restaurant
from orders.errors import ChoiceRefused
from orders.pricing import percent_of

MOST_TIP_CENTS = 1_000_000
_AMOUNT = re.compile(r"[0-9]{1,7}(?:[.,][0-9]{1,3})?")


@dataclass(frozen=True)
class TipChoice:
    """The diner's choice: `code` as the form has it ("", "0", a percentage, "other"), and the amount typed for other."""

    code: str = ""
    amount_cents: int = 0

    def cents(self, items_cents: int) -> int:
        """Return the tip in minor units on items of `items_cents` before discounts."""
        if self.code == "other":
            return self.amount_cents
        return percent_of(items_cents, Decimal(self.code)) if self.code else 0


@dataclass(frozen=True)
class TipOption:
    """A percentage offered, and what it comes to."""

    percent: int
    cents: int


def tip_options(restaurant: Restaurant, items_cents: int) -> tuple[TipOption, ...]:
    """Return the percentages the restaurant offers, with their amounts on items before discounts."""
    return tuple(
        TipOption(percent=percent, cents=percent_of(items_cents, Decimal(percent)))
        for percent in offered_percents(restaurant)
    )


def offered_percents(restaurant: Restaurant) -> tuple[int, ...]:
    """Return the whole percentages from 1 to 100 that the restaurant offers."""
    return tuple(percent for percent in restaurant.tip_percents if type(percent) is int and 0 < percent <= 100)


def read_tip(code: str, amount: str, restaurant: Restaurant) -> TipChoice:
    """Return the diner's choice. Raises ChoiceRefused on "tip" or "tip_amount"."""
    code = code.strip()
    if code in ("", "0"):
        return TipChoice(code=code)
    if code == "other":
        return TipChoice(code=code, amount_cents=_read_amount(amount.strip(), restaurant))
    if code.isascii() and code.isdigit() and len(code) <= 3 and int(code) in offered_percents(restaurant):
        return TipChoice(code=code)
    raise ChoiceRefused({"tip": _("Choose one of the tips offered, or another amount.")})


def _read_amount(text: str, restaurant: Restaurant) -> int:
    if not _AMOUNT.fullmatch(text):
        raise ChoiceRefused({"tip_amount": _("Write the tip as an amount, such as 2.50.")})
    cents = Decimal(text.replace(",", ".")).scaleb(restaurant.digits)
    if cents != cents.to_integral_value():
        raise ChoiceRefused(
            {
                "tip_amount": _("That is finer than the smallest coin of %(currency)s.")
                % {"currency": restaurant.currency}
            }
        )
    if cents > MOST_TIP_CENTS:
        raise ChoiceRefused({"tip_amount": _("That is too much for a tip here. Please speak to our staff.")})
    return int(cents)
