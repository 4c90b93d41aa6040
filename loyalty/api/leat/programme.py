"""The programme, and the units that points are given for."""

import re

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field

from loyalty.api.auth import Bearer
from loyalty.api.fields import Payload, Sent, Text
from loyalty.api.leat.answers import Answer, Refused, answer, invalid
from loyalty.dialects.leat.codes import Code
from loyalty.dialects.leat.programme import LoyaltyProgrammeObject, UnitObject, programme_object, unit_object
from loyalty.models import Programme, Unit, find_programme
from loyalty.receptions import MOST_POINTS

router = Router(tags=["Programme"], auth=Bearer("programme"))
NAME = re.compile(r"[A-Za-z0-9_-]{1,50}")


class NewUnit(Payload):
    """A unit to be made. Points for it are set by staff; until then one for one."""

    name: Text
    label: str = Field(max_length=80)
    prefix: str = Field("", max_length=10)
    is_default: bool = False


@router.get("/loyalty-program", response=Answer[LoyaltyProgrammeObject])
def show_programme(request: HttpRequest) -> HttpResponse:
    """Return the one programme."""
    programme = find_programme()
    shown = programme_object(name=programme.name, max_amount=MOST_POINTS, unit=show_unit(programme.unit, programme))
    return answer(shown)


@router.get("/units", response=Answer[list[UnitObject]])
def list_units(request: HttpRequest) -> HttpResponse:
    """Return all units."""
    programme = find_programme()
    return answer([show_unit(unit, programme) for unit in Unit.objects.all()])


@router.post("/units", response=Answer[UnitObject])
def create_unit(request: HttpRequest, unit: Sent[NewUnit]) -> HttpResponse:
    """Make a unit, the programme's own if it is to be the default."""
    if not NAME.fullmatch(unit.name):
        raise invalid("name", "Must be letters, digits, - and _, at most 50.")
    programme = find_programme()
    try:
        with transaction.atomic():
            row = Unit.objects.create(name=unit.name, label=unit.label, prefix=unit.prefix)
            if unit.is_default:
                Programme.objects.update(unit=row)
                programme.unit = row
    except IntegrityError as error:
        raise Refused(Code.UNIT_EXISTS) from error
    return answer(show_unit(row, programme))


def show_unit(unit: Unit, programme: Programme) -> UnitObject:
    """Return a unit as Leat's JSON."""
    return unit_object(
        id=unit.pk,
        name=unit.name,
        label=unit.label,
        prefix=unit.prefix,
        is_default=unit.pk == programme.unit_id,
    )
