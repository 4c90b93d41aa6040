"""Custom attributes as values: their types, the predefined discount attributes, and the check of a value. No Django."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from loyalty.domain import DiscountType, Split, gettext_noop, parse_plain_number


class AttributeType(StrEnum):
    """The types an attribute can have (leat-api.md section 4)."""

    URL = "url"
    TEXT = "text"
    DATE = "date"
    PHONE = "phone"
    FLOAT = "float"
    COLOR = "color"
    EMAIL = "email"
    NUMBER = "number"
    SELECT = "select"
    BOOLEAN = "boolean"
    RICH_TEXT = "rich_text"
    DATE_TIME = "date_time"
    LONG_TEXT = "long_text"
    DATE_RANGE = "date_range"
    TIME_RANGE = "time_range"
    IDENTIFIER = "identifier"
    BIRTH_DATE = "birth_date"
    FILE_UPLOAD = "file_upload"
    MEDIA_UPLOAD = "media_upload"
    MULTI_SELECT = "multi_select"
    LICENSE_PLATE = "license_plate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What an attribute may hold."""

    name: str
    type: AttributeType
    label: str = ""
    options: tuple[str, ...] = ()
    description: str = ""


# The Order at Table guide's four ("Common custom attributes"), then those of offer-rules.md, rule 1.
DISCOUNT_ATTRIBUTES = (
    Definition(
        name="discount_type",
        type=AttributeType.SELECT,
        label=gettext_noop("Discount type"),
        options=tuple(kind.value for kind in DiscountType),
    ),
    Definition(name="discount_value", type=AttributeType.NUMBER, label=gettext_noop("Discount value")),
    Definition(name="product_code", type=AttributeType.TEXT, label=gettext_noop("Product code (SKU)")),
    Definition(name="category", type=AttributeType.TEXT, label=gettext_noop("Category")),
    Definition(name="max_units", type=AttributeType.NUMBER, label=gettext_noop("Units at most")),
    Definition(name="max_cents", type=AttributeType.NUMBER, label=gettext_noop("Amount at most, in cents")),
    Definition(name="includes_modifiers", type=AttributeType.BOOLEAN, label=gettext_noop("Extras included")),
    Definition(name="minimum_cents", type=AttributeType.NUMBER, label=gettext_noop("Minimum order, in cents")),
    Definition(name="exclusive", type=AttributeType.BOOLEAN, label=gettext_noop("Not with other offers")),
    Definition(
        name="split",
        type=AttributeType.SELECT,
        label=gettext_noop("Shared over the lines"),
        options=tuple(split.value for split in Split),
    ),
)
# Of Leat's standard attributes of a contact (leat-api.md section 3.1) those that are no field of ours.
CONTACT_ATTRIBUTES = (
    Definition(name="phonenumber", type=AttributeType.PHONE, label=gettext_noop("Phone number")),
    Definition(name="address", type=AttributeType.TEXT, label=gettext_noop("Address")),
    Definition(name="avatar", type=AttributeType.URL, label=gettext_noop("Picture")),
)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SERVICE_MODES = ("EAT_IN", "TAKEOUT", "DRIVE_THRU", "CURBSIDE", "TABLE_SERVICE")
# Rules that hold at tills only (rbi-api.md section 7).
TILL_ATTRIBUTES = (
    Definition(
        name="till_weekdays",
        type=AttributeType.MULTI_SELECT,
        label=gettext_noop("Days of the week at tills"),
        options=WEEKDAYS,
    ),
    Definition(
        name="till_service_modes",
        type=AttributeType.MULTI_SELECT,
        label=gettext_noop("Service modes at tills"),
        options=SERVICE_MODES,
    ),
    Definition(name="till_stores", type=AttributeType.TEXT, label=gettext_noop("Stores at tills")),
    Definition(name="till_enrolled_from", type=AttributeType.DATE, label=gettext_noop("At tills: joined from")),
    Definition(name="till_enrolled_until", type=AttributeType.DATE, label=gettext_noop("At tills: joined until")),
)
_OF_OFFERS = (*DISCOUNT_ATTRIBUTES, *TILL_ATTRIBUTES)
PREDEFINED: Mapping[str, Sequence[Definition]] = {
    "reward": _OF_OFFERS,
    "promotion": _OF_OFFERS,
    "contact": CONTACT_ATTRIBUTES,
}


def attribute_problems(values: object, definitions: Mapping[str, Definition]) -> dict[str, str]:
    """Return what is wrong with `values`, by attribute name, as sentences still to be translated; nothing wrong: empty.

    Null and an empty text are no value and always right.
    """
    if not isinstance(values, Mapping):
        return {"": gettext_noop("must be a list of names and values")}
    problems = {}
    for name, value in values.items():
        definition = definitions.get(name)
        if definition is None:
            problems[str(name)] = gettext_noop("is not an attribute that has been defined")
        elif value is not None and value != "":
            problem = _problem(definition, value)
            if problem:
                problems[str(name)] = problem
    return problems


def _problem(definition: Definition, value: object) -> str:
    if definition.type is AttributeType.SELECT:
        return "" if value in definition.options else gettext_noop("is not one of the options")
    if definition.type is AttributeType.MULTI_SELECT:
        known = isinstance(value, list) and all(choice in definition.options for choice in value)
        return "" if known else gettext_noop("must be a list of the options")
    is_right, problem = _CHECKS.get(definition.type, (_is_text, gettext_noop("must be a text")))
    return "" if is_right(value) else problem


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_short_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= 255 and "\n" not in value


def _is_number(value: object) -> bool:
    if isinstance(value, str):
        return parse_plain_number(value.removeprefix("-")) is not None
    return not isinstance(value, bool) and isinstance(value, int | float) and parse_plain_number(abs(value)) is not None


def _is_boolean(value: object) -> bool:
    return isinstance(value, bool)


def _matches(pattern: str) -> Callable[[object], bool]:
    compiled = re.compile(pattern)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


def _parses(parse: Callable[[str], object]) -> Callable[[object], bool]:
    def is_right(value: object) -> bool:
        try:
            return isinstance(value, str) and bool(parse(value))
        except ValueError:
            return False

    return is_right


def _range_of(parse: Callable[[str], object]) -> Callable[[object], bool]:
    """Return a check of {"start": …, "end": …} with both ends parsed by `parse`."""
    one = _parses(parse)
    return lambda value: (
        isinstance(value, Mapping)
        and set(value) == {"start", "end"}
        and one(value["start"])
        and one(value["end"])
        and value["start"] <= value["end"]
    )


def _time(text: str) -> bool:
    time.fromisoformat(text)
    return True


_DATE = (_parses(date.fromisoformat), gettext_noop("must be a date such as 2026-05-31"))
_NUMBER = (_is_number, gettext_noop("must be a plain number such as 5 or 5.50"))
_SHORT = (_is_short_text, gettext_noop("must be a text of one line"))
_ADDRESS = (_matches(r"https?://[^\s/]+(/\S*)?"), gettext_noop("must be an address such as https://example.com"))
_CHECKS: Mapping[AttributeType, tuple[Callable[[object], bool], str]] = {
    AttributeType.URL: _ADDRESS,
    AttributeType.FILE_UPLOAD: _ADDRESS,
    AttributeType.MEDIA_UPLOAD: _ADDRESS,
    AttributeType.TEXT: _SHORT,
    AttributeType.IDENTIFIER: _SHORT,
    AttributeType.LICENSE_PLATE: _SHORT,
    AttributeType.DATE: _DATE,
    AttributeType.BIRTH_DATE: _DATE,
    AttributeType.DATE_TIME: (
        _parses(datetime.fromisoformat),
        gettext_noop("must be a moment such as 2026-05-31T18:00:00+02:00"),
    ),
    AttributeType.PHONE: (_matches(r"\+?[0-9 ()/.-]{3,30}"), gettext_noop("must be a telephone number")),
    AttributeType.FLOAT: _NUMBER,
    AttributeType.NUMBER: _NUMBER,
    AttributeType.BOOLEAN: (_is_boolean, gettext_noop("must be yes or no")),
    AttributeType.COLOR: (_matches(r"#[0-9a-fA-F]{6}"), gettext_noop("must be a colour such as #c4432b")),
    AttributeType.EMAIL: (_matches(r"[^@\s]+@[^@\s]+\.[^@\s]+"), gettext_noop("must be an e-mail address")),
    AttributeType.DATE_RANGE: (_range_of(date.fromisoformat), gettext_noop("must be a start and an end date")),
    AttributeType.TIME_RANGE: (_range_of(_time), gettext_noop("must be a start and an end time")),
}
