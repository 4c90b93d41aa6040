"""The attributes that there are for an entity: the standard ones, and those that staff and other programs defined."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from loyalty.api.leat.answers import Refused
from loyalty.attributes import CONTACT_ATTRIBUTES, Definition, attribute_problems
from loyalty.dialects.leat.attributes import AttributeRecord, GroupRecord, read_values
from loyalty.dialects.leat.codes import Code
from loyalty.dialects.leat.contacts import PERSONAL, SYSTEM
from loyalty.models import AttributeGroup, CustomAttribute, Entity, find_definitions

STANDARD_ID = 1_000_000_000
"""Standard attributes are in no table; their ids start here."""

STANDARD_SINCE = datetime(2026, 1, 1, tzinfo=UTC)


def find_records(entity: str) -> list[AttributeRecord]:
    """Return the definitions of an entity, the standard ones first; two queries at most."""
    groups = {group.name: group for group in AttributeGroup.objects.filter(entity=entity)}
    rows = CustomAttribute.objects.filter(entity=entity)
    return [*_standard(entity), *(record_of(row, groups.get(row.group_name)) for row in rows)]


def find_custom(entity: str) -> list[AttributeRecord]:
    """Return the definitions of an entity without their groups: enough to show values; one query."""
    return [*_standard(entity), *(record_of(row, None) for row in CustomAttribute.objects.filter(entity=entity))]


def record_of(row: CustomAttribute, group: AttributeGroup | None) -> AttributeRecord:
    """Return a row as a value."""
    options = [(str(option["value"]), str(option.get("label") or option["value"])) for option in row.options]
    definition = row.definition
    return AttributeRecord(
        id=row.pk,
        entity=row.entity,
        definition=Definition(
            name=definition.name,
            type=definition.type,
            label=row.label,
            options=definition.options,
            description=row.description,
        ),
        created_at=row.created_at,
        options=options,
        group=group_record(group) if group else _nameless_group(row.group_name),
        position=row.position,
        is_standard=row.is_predefined,
    )


def group_record(group: AttributeGroup) -> GroupRecord:
    """Return a group as a value."""
    return GroupRecord(id=group.pk, name=group.name, label=group.label, position=group.position)


def read_fitting(entity: str, values: Mapping[str, Any], *, field: str) -> dict[str, object]:
    """Return what a client sent for the attributes of `entity`, brought into their types; no query where it is nothing.

    Refuses (1003, `field`.name) what is not defined or does not fit.
    """
    if not values:
        return {}
    definitions = find_definitions(entity)
    read = read_values(values, definitions)
    problems = attribute_problems(read, definitions)
    if problems:
        errors = {f"{field}.{name}" if name else field: [problem] for name, problem in problems.items()}
        raise Refused(Code.INVALID, errors=errors)
    return read


def _standard(entity: str) -> list[AttributeRecord]:
    if entity != Entity.CONTACT:
        return []
    definitions = (*PERSONAL, *CONTACT_ATTRIBUTES, *SYSTEM)
    return [
        AttributeRecord(
            id=STANDARD_ID + position,
            entity=entity,
            definition=definition,
            created_at=STANDARD_SINCE,
            position=position,
            is_standard=True,
            is_read_only=definition in SYSTEM,
        )
        for position, definition in enumerate(definitions)
    ]


def _nameless_group(name: str) -> GroupRecord | None:
    """Return the group that only its attributes name: staff write it there, without making one."""
    return GroupRecord(id=0, name=name, label=name, position=0) if name else None
