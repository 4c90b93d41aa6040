"""Custom attributes: their definitions as Leat shows them, and values of clients brought into the definitions' types."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

from loyalty.attributes import AttributeType, Definition
from loyalty.dialects.leat.moments import read_day, read_moment, write_moment
from loyalty.dialects.leat.reading import flag

LONGEST_TEXT = 10_000


class OptionObject(TypedDict):
    """A choice of a select."""

    value: str
    label: str
    description: str | None
    media: None


class GroupObject(TypedDict):
    """A heading over attributes."""

    id: int
    name: str
    label: str
    position: int
    created_by_user: bool


class AttributeObject(TypedDict):
    """A definition, in the long form that the official client needs."""

    id: int
    entity: str
    name: str
    label: str
    type: str
    data_type: str
    group_name: str | None
    group: GroupObject | None
    is_piggy_defined: bool
    is_soft_read_only: bool
    is_hard_read_only: bool
    field_type: str
    has_unique_value: bool
    description: str
    options: list[OptionObject]
    position: int
    created_at: str
    meta: list[Any]
    can_be_deleted: bool
    last_used_date: str | None
    created_by_user: bool
    placeholder: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRecord:
    """What is kept of a group."""

    id: int
    name: str
    label: str
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeRecord:
    """What is kept of a definition. `options` are pairs of value and label."""

    id: int
    entity: str
    definition: Definition
    created_at: datetime
    options: Sequence[tuple[str, str]] = ()
    group: GroupRecord | None = None
    position: int = 0
    is_standard: bool = False
    is_read_only: bool = False

    @property
    def name(self) -> str:
        """The name under which its values stand."""
        return self.definition.name


def attribute_object(record: AttributeRecord) -> AttributeObject:
    """Return a definition."""
    definition = record.definition
    return {
        "id": record.id,
        "entity": record.entity,
        "name": record.name,
        "label": definition.label or record.name,
        "type": definition.type.value,
        "data_type": definition.type.value,
        "group_name": record.group.name if record.group else None,
        "group": group_object(record.group) if record.group else None,
        "is_piggy_defined": record.is_standard,
        "is_soft_read_only": record.is_read_only,
        "is_hard_read_only": record.is_read_only,
        "field_type": definition.type.value,
        "has_unique_value": definition.type is AttributeType.IDENTIFIER,
        "description": definition.description,
        "options": option_objects(record.options),
        "position": record.position,
        "created_at": write_moment(record.created_at),
        "meta": [],
        "can_be_deleted": not record.is_standard,
        "last_used_date": None,
        "created_by_user": not record.is_standard,
        "placeholder": None,
    }


def option_objects(options: Sequence[tuple[str, str]]) -> list[OptionObject]:
    """Return the choices of a select."""
    return [{"value": value, "label": label, "description": None, "media": None} for value, label in options]


def group_object(record: GroupRecord) -> GroupObject:
    """Return a group."""
    return {
        "id": record.id,
        "name": record.name,
        "label": record.label or record.name,
        "position": record.position,
        "created_by_user": True,
    }


def read_values(values: Mapping[str, object], definitions: Mapping[str, Definition]) -> dict[str, object]:
    """Return the values that a client sent as their definitions want them: "1" for true, days without times.

    What cannot be read stays as it is, for `loyalty.attributes.attribute_problems` to say so.
    """
    return {
        name: _read_value(value, definitions[name]) if name in definitions else value for name, value in values.items()
    }


def display_value(value: object) -> str | None:
    """Return a value as people read it; none stays null."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return ", ".join(str(entry) for entry in value)
    if isinstance(value, dict):
        return " – ".join(str(entry) for entry in value.values())
    return str(value)


def _read_value(value: object, definition: Definition) -> object:
    """Return one value as its definition wants it."""
    if value is None or value == "":
        return None
    match definition.type:
        case AttributeType.BOOLEAN:
            return _truth(value)
        case AttributeType.NUMBER | AttributeType.FLOAT:
            return _number(value)
        case AttributeType.MULTI_SELECT:
            return [str(entry) for entry in value] if isinstance(value, list) else _parts(value)
        case AttributeType.DATE | AttributeType.BIRTH_DATE:
            return _day(value)
        case AttributeType.DATE_TIME:
            return _moment(value)
        case AttributeType.DATE_RANGE | AttributeType.TIME_RANGE:
            return value
        case _:
            return _text(value)


def _truth(value: object) -> object:
    found = flag(value)
    return value if found is None else found


def _number(value: object) -> object:
    if isinstance(value, str):
        text = value.strip()
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else text
    if isinstance(value, float) and value == int(value):
        return int(value)
    return value


def _parts(value: object) -> object:
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


def _day(value: object) -> object:
    try:
        return read_day(value).isoformat() if isinstance(value, str) else value
    except ValueError:
        return value


def _moment(value: object) -> object:
    try:
        return write_moment(read_moment(value)) if isinstance(value, str) else value
    except (ValueError, OverflowError):
        return value


def _text(value: object) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    # Too long to be a text: a list is none either, which says so.
    return [] if isinstance(value, str) and len(value) > LONGEST_TEXT else value
