"""What a menu file says, whatever its format: frozen values that a parser fills and the merge reads. No database."""

from dataclasses import dataclass, field
from datetime import datetime, time
from decimal import Decimal
from enum import Enum
from typing import Final


class Unsaid(Enum):
    """The type of `UNSAID`: the file says nothing of this field, so that an import leaves it as it is."""

    UNSAID = "unsaid"


UNSAID: Final = Unsaid.UNSAID

# Sold out until somebody says otherwise (True), until a moment, or on sale (False).
SoldOut = bool | datetime


class FileRefused(Exception):
    """The file as a whole cannot be imported; the message is one line that says why. Nothing was changed."""


@dataclass(frozen=True)
class Line:
    """A line of the report: the entry's own name, and what became of it."""

    name: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class FoundCategory:
    """A category. `parent` is the parent's source key; an implied one is only mentioned: made if there is none yet."""

    source_key: str
    slug: str
    name: str
    parent: str | Unsaid | None = UNSAID
    description: str | Unsaid = UNSAID
    position: int | Unsaid = UNSAID
    available_from: time | Unsaid | None = UNSAID
    available_until: time | Unsaid | None = UNSAID
    weekdays: str | Unsaid = UNSAID
    is_hidden: bool | Unsaid = UNSAID
    is_implied: bool = False


@dataclass(frozen=True, kw_only=True)
class FoundOption:
    """An option of a modifier group. A made-up SKU is used for a new row only."""

    source_key: str
    name: str
    sku: str = ""
    sku_is_made: bool = False
    price_cents: int = 0
    position: int | Unsaid = UNSAID
    is_default: bool | Unsaid = UNSAID
    max_quantity: int | Unsaid = UNSAID
    allergens: tuple[str, ...] | Unsaid | None = UNSAID
    diets: tuple[str, ...] | Unsaid = UNSAID
    is_hidden: bool | Unsaid = UNSAID
    sold_out: SoldOut | Unsaid = UNSAID


@dataclass(frozen=True, kw_only=True)
class FoundGroup:
    """A modifier group with its options."""

    source_key: str
    key: str
    name: str
    min_choices: int | Unsaid = UNSAID
    max_choices: int | Unsaid | None = UNSAID
    free_choices: int | Unsaid = UNSAID
    position: int | Unsaid = UNSAID
    options: tuple[FoundOption, ...] = ()


@dataclass(frozen=True)
class Asked:
    """A group asked with a product, by its source key (or the key it has in the database); None: the group's own bounds."""

    group: str
    min_choices: int | None = None
    max_choices: int | None = None


@dataclass(frozen=True, kw_only=True)
class FoundSize:
    """A size of a product. A made-up SKU is used for a new row only."""

    source_key: str
    sku: str
    name: str
    price_cents: int
    sku_is_made: bool = False
    position: int | Unsaid = UNSAID
    is_hidden: bool | Unsaid = UNSAID
    sold_out: SoldOut | Unsaid = UNSAID


@dataclass(frozen=True, kw_only=True)
class FoundProduct:
    """A product, with a price of its own or with sizes; `categories` and `asks` name others by their source keys."""

    source_key: str
    sku: str
    name: str
    price_cents: int | None
    sku_is_made: bool = False
    description: str | Unsaid = UNSAID
    position: int | Unsaid = UNSAID
    kind: str | Unsaid = UNSAID
    tax_rate: Decimal | Unsaid | None = UNSAID
    allergens: tuple[str, ...] | Unsaid | None = UNSAID
    diets: tuple[str, ...] | Unsaid = UNSAID
    is_alcohol: bool | Unsaid = UNSAID
    discountable: bool | Unsaid = UNSAID
    earns_points: bool | Unsaid = UNSAID
    is_hidden: bool | Unsaid = UNSAID
    sold_out: SoldOut | Unsaid = UNSAID
    drawing: str | Unsaid = UNSAID
    categories: tuple[str, ...] | Unsaid = UNSAID
    asks: tuple[Asked, ...] | Unsaid = UNSAID
    sizes: tuple[FoundSize, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """A whole menu. `gone` are the source keys of entries that the file itself calls deleted."""

    categories: tuple[FoundCategory, ...] = ()
    groups: tuple[FoundGroup, ...] = ()
    products: tuple[FoundProduct, ...] = ()
    currency: str | None = None
    prices_include_tax: bool | None = None
    tax_rate: Decimal | None = None
    skipped: tuple[Line, ...] = ()
    notes: tuple[Line, ...] = ()
    gone: frozenset[str] = frozenset()


@dataclass
class Findings:
    """What a parser has found so far that is no entry: what it left out, what it has to say, and keys already used."""

    skipped: list[Line] = field(default_factory=list)
    notes: list[Line] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)

    def skip(self, name: str, reason: str) -> None:
        """Name an entry that does not get into the menu."""
        self.skipped.append(Line(name, reason))

    def note(self, name: str, reason: str) -> None:
        """Name an entry that gets into the menu otherwise than the file has it."""
        line = Line(name, reason)
        if line not in self.notes[-50:]:
            self.notes.append(line)
