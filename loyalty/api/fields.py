"""The types of what is sent: numbers as texts, "1" for true, moments in many spellings, all within what databases hold."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar
from uuid import UUID

from django.http import HttpRequest
from ninja.params.models import Body as BodyParam
from ninja.params.models import BodyModel
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from loyalty.api.bodies import read_body, read_json
from loyalty.dialects.leat.moments import read_moment

LARGEST = 2**31 - 1
LARGEST_CENTS = 10**12


class Payload(BaseModel):
    """What a call sends. Null and empty text mean not sent: form clients have no other way, and Leat's leave out nulls."""

    model_config = ConfigDict(coerce_numbers_to_str=True, extra="ignore", populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def leave_out_empty(cls, fields: Any) -> Any:
        """Drop what has no value."""
        if not isinstance(fields, dict):
            return fields
        return {name: value for name, value in fields.items() if value is not None and value != ""}


class OpenPayload(Payload):
    """A payload that also takes fields of any name (custom attributes at top level): they are in `model_extra`."""

    model_config = ConfigDict(coerce_numbers_to_str=True, extra="allow", populate_by_name=True)


def _parsed(read: Callable[[str], Any], sentence: str) -> Callable[[Any], Any]:
    def parse(value: Any) -> Any:
        if not isinstance(value, str):
            raise ValueError(sentence)
        try:
            return read(value)
        except (ValueError, OverflowError) as error:
            raise ValueError(sentence) from error

    return parse


Text = Annotated[str, Field(max_length=255)]
LongText = Annotated[str, Field(max_length=10_000)]
Email = Annotated[str, Field(max_length=254)]
Whole = Annotated[int, Field(ge=-LARGEST, le=LARGEST)]
Count = Annotated[int, Field(ge=0, le=LARGEST)]
Cents = Annotated[int, Field(ge=-LARGEST_CENTS, le=LARGEST_CENTS)]
Amount = Annotated[Decimal, Field(max_digits=14, decimal_places=3)]
Uuid = Annotated[
    UUID,
    BeforeValidator(_parsed(UUID, "Must be a UUID.")),
    WithJsonSchema({"type": "string", "format": "uuid"}),
]
Moment = Annotated[
    datetime,
    BeforeValidator(_parsed(read_moment, "Must be a moment such as 2026-05-31T18:00:00+02:00.")),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]


def as_uuid(text: str) -> UUID | None:
    """Return the UUID in an address; None where it is none, which then names nothing."""
    try:
        return UUID(text)
    except ValueError:
        return None


class _SentModel(BodyModel):
    """Django Ninja's model of a body, filled from JSON, forms and multipart alike; no body is one without fields."""

    read = staticmethod(read_body)

    @classmethod
    def get_request_data(cls, request: HttpRequest, api: Any, path_params: Any) -> dict[str, Any]:
        """Return the payload under the name of the view's argument."""
        return {str(cls.__read_from_single_attr__): cls.read(request)}


class _JsonModel(_SentModel):
    """The same of a body that is JSON, with exact decimals."""

    read = staticmethod(read_json)


class _SentParam(BodyParam):  # type: ignore[misc]
    _model = _SentModel

    @classmethod
    def _param_source(cls) -> str:
        return "body"


class _JsonParam(_SentParam):  # type: ignore[misc]
    _model = _JsonModel


_Fields = TypeVar("_Fields", bound=Payload)
# The annotation of a view's argument that is read from what was sent: `Sent[Payload]`; `Json[Payload]` where it is JSON.
Sent = Annotated[_Fields, _SentParam(default=...)]
Json = Annotated[_Fields, _JsonParam(default=...)]
