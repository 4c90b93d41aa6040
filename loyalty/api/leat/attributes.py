"""Custom attributes and their groups, with the older routes that are about one entity each."""

from collections.abc import Callable
from typing import Annotated, Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import BeforeValidator, Field

from loyalty.api.auth import Bearer
from loyalty.api.fields import Payload, Sent, Text
from loyalty.api.leat.answers import Answer, Refused, answer, invalid
from loyalty.api.leat.definitions import find_records, group_record, record_of
from loyalty.api.leat.finding import check_name
from loyalty.attributes import CONTACT_ATTRIBUTES, AttributeType
from loyalty.dialects.leat.attributes import AttributeObject, GroupObject, attribute_object, group_object
from loyalty.dialects.leat.codes import Code
from loyalty.dialects.leat.contacts import SYSTEM_NAMES, WRITABLE_FIELDS
from loyalty.models import AttributeGroup, CustomAttribute, Entity

router = Router(tags=["Custom attributes"], auth=Bearer("programme"))
MOST_OPTIONS = 100
SELECTS = {AttributeType.SELECT, AttributeType.MULTI_SELECT}
RESERVED = {Entity.CONTACT.value: {*SYSTEM_NAMES, *WRITABLE_FIELDS, *(each.name for each in CONTACT_ATTRIBUTES)}}
OptionText = Annotated[str, Field(max_length=120)]


def _name_options(options: Any) -> Any:
    """Return options given as plain texts as what they stand for."""
    if not isinstance(options, list):
        return options
    return [{"value": each, "label": each} if isinstance(each, str) else each for each in options]


class Option(Payload):
    """A choice of a select; its label can be left out."""

    value: OptionText
    label: OptionText = ""


Options = Annotated[list[Option], Field(max_length=MOST_OPTIONS), BeforeValidator(_name_options)]


class ByEntity(Payload):
    """Which entity's attributes."""

    entity: Entity


class Definition(Payload):
    """What defines an attribute whichever entity's it is."""

    name: Text
    label: str = Field(max_length=120)
    options: Options = []
    description: str = Field("", max_length=300)
    group_name: str = Field("", max_length=80)


class NewAttribute(Definition):
    """An attribute to be made."""

    entity: Entity
    type: AttributeType


class LegacyAttribute(Definition):
    """An attribute to be made on an older route; two of these call the type `data_type`."""

    type: AttributeType | None = None
    data_type: AttributeType | None = None


class ChangedAttribute(Payload):
    """What can be changed: not the name, not the type."""

    entity: Entity
    label: str | None = Field(None, max_length=120)
    options: Options | None = None
    description: str | None = Field(None, max_length=300)
    group_name: str | None = Field(None, max_length=80)


class NewGroup(Payload):
    """A group to be made."""

    entity: Entity
    name: str = Field(max_length=80)
    label: str = Field("", max_length=120)
    position: int = Field(0, ge=0, le=10_000)


@router.get("/custom-attributes", response=Answer[list[AttributeObject]])
def list_attributes(request: HttpRequest, asked: Query[ByEntity]) -> HttpResponse:
    """Return an entity's attributes, the standard ones too."""
    return answer([attribute_object(record) for record in find_records(asked.entity.value)])


@router.post("/custom-attributes", response={201: Answer[AttributeObject]})
def create_attribute(request: HttpRequest, attribute: Sent[NewAttribute]) -> HttpResponse:
    """Define an attribute."""
    made = _define(attribute, entity=attribute.entity.value, kind=attribute.type)
    return answer(_shown(made), status=201)


@router.put("/custom-attributes/{name}", response=Answer[AttributeObject])
def update_attribute(request: HttpRequest, name: str, changes: Sent[ChangedAttribute]) -> HttpResponse:
    """Change an attribute's words, choices or group."""
    row = CustomAttribute.objects.filter(entity=changes.entity.value, name=name).first()
    if row is None:
        raise Refused(Code.UNKNOWN_MODEL)
    if row.is_predefined:
        raise invalid("name", "The system itself keeps this attribute.")
    if changes.options is not None:
        row.options = _options(changes.options, AttributeType(row.type))
    for field in ("label", "description", "group_name"):
        value = getattr(changes, field)
        if value is not None:
            setattr(row, field, value)
    row.save(update_fields=["options", "label", "description", "group_name"])
    return answer(_shown(row))


@router.get("/custom-attribute-groups", response=Answer[list[GroupObject]])
def list_groups(request: HttpRequest, asked: Query[ByEntity]) -> HttpResponse:
    """Return an entity's groups."""
    rows = AttributeGroup.objects.filter(entity=asked.entity.value)
    return answer([group_object(group_record(row)) for row in rows])


@router.post("/custom-attribute-groups", response={201: Answer[GroupObject]})
def create_group(request: HttpRequest, group: Sent[NewGroup]) -> HttpResponse:
    """Make a group."""
    try:
        with transaction.atomic():
            row = AttributeGroup.objects.create(
                entity=group.entity.value, name=group.name, label=group.label, position=group.position
            )
    except IntegrityError as error:
        raise Refused(Code.ATTRIBUTE_EXISTS) from error
    return answer(group_object(group_record(row)), status=201)


def _serve_legacy(path: str, entity: Entity) -> None:
    """Serve the older route of one entity's attributes."""

    def listing(request: HttpRequest) -> HttpResponse:
        return answer([attribute_object(record) for record in find_records(entity.value)])

    def create(request: HttpRequest, attribute: Sent[LegacyAttribute]) -> HttpResponse:
        kind = attribute.type or attribute.data_type
        if kind is None:
            raise invalid("type", "Field required")
        return answer(_shown(_define(attribute, entity=entity.value, kind=kind)))

    _name_view(listing, f"list_{entity.value}_attributes", "Return the attributes of this entity.")
    _name_view(create, f"create_{entity.value}_attribute", "Define an attribute of this entity.")
    router.get(path, response=Answer[list[AttributeObject]], deprecated=True)(listing)
    router.post(path, response=Answer[AttributeObject], deprecated=True)(create)


def _name_view(view: Callable[..., HttpResponse], name: str, words: str) -> None:
    view.__name__ = name
    view.__doc__ = words


for _path, _entity in {
    "/contact-attributes": Entity.CONTACT,
    "/reward-attributes": Entity.REWARD,
    "/promotion-attributes": Entity.PROMOTION,
    "/loyalty-transaction-attributes": Entity.LOYALTY_TRANSACTION,
}.items():
    _serve_legacy(_path, _entity)


def _define(attribute: Definition, *, entity: str, kind: AttributeType) -> CustomAttribute:
    check_name(attribute.name)
    if attribute.name in RESERVED.get(entity, ()) or attribute.name.startswith("subscription_status_"):
        raise Refused(Code.ATTRIBUTE_EXISTS)
    options = _options(attribute.options, kind)
    try:
        with transaction.atomic():
            return CustomAttribute.objects.create(
                entity=entity,
                name=attribute.name,
                label=attribute.label,
                type=kind.value,
                options=options,
                description=attribute.description,
                group_name=attribute.group_name,
                position=CustomAttribute.objects.filter(entity=entity).count(),
            )
    except IntegrityError as error:
        raise Refused(Code.ATTRIBUTE_EXISTS) from error


def _options(options: list[Option], kind: AttributeType) -> list[dict[str, str]]:
    if kind not in SELECTS:
        return []
    if not options:
        raise invalid("options", "A select needs options.")
    return [{"value": option.value, "label": option.label or option.value} for option in options]


def _shown(row: CustomAttribute) -> AttributeObject:
    group = AttributeGroup.objects.filter(entity=row.entity, name=row.group_name).first() if row.group_name else None
    return attribute_object(record_of(row, group))
