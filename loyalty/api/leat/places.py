"""Shops, tiers and perks."""

from typing import Annotated, Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field

from loyalty.api.auth import Bearer
from loyalty.api.fields import Payload, Sent, Text
from loyalty.api.leat.answers import Answer, answer, invalid
from loyalty.api.leat.finding import check_name, find, find_shop
from loyalty.api.leat.people import tier_record
from loyalty.dialects.leat.codes import Code
from loyalty.dialects.leat.tiers import PerkObject, ShopObject, TierObject, perk_object, shop_object, tier_object
from loyalty.models import Perk, PerkType, Shop, Tier

router = Router(tags=["Programme"], auth=Bearer("programme"))
YES_OR_NO = [{"label": "Yes", "value": "true", "default": False}, {"label": "No", "value": "false", "default": True}]


class PerkOptionFields(Payload):
    """A value that a perk can have."""

    label: str = Field("", max_length=120)
    value: str = Field(max_length=120)
    default: bool = False


PerkOptions = Annotated[list[PerkOptionFields], Field(max_length=100)]


class NewPerk(Payload):
    """A perk to be made."""

    name: Text
    label: str = Field(max_length=120)
    data_type: PerkType
    options: PerkOptions = []


class ChangedPerk(Payload):
    """What can be changed of a perk."""

    label: str | None = Field(None, max_length=120)
    options: PerkOptions | None = None


@router.get("/shops", response=Answer[list[ShopObject]])
def list_shops(request: HttpRequest) -> HttpResponse:
    """Return all restaurants."""
    return answer([show_shop(shop) for shop in Shop.objects.all()])


@router.get("/shops/{uuid}", response=Answer[ShopObject])
def get_shop(request: HttpRequest, uuid: str) -> HttpResponse:
    """Return a restaurant."""
    return answer(show_shop(find_shop(uuid)))


@router.get("/tiers", response=Answer[list[TierObject]])
def list_tiers(request: HttpRequest) -> HttpResponse:
    """Return all tiers, the lowest first."""
    return answer([tier_object(tier_record(tier)) for tier in Tier.objects.all()])


@router.get("/perks", response=Answer[list[PerkObject]])
def list_perks(request: HttpRequest) -> HttpResponse:
    """Return all perks."""
    return answer([show_perk(perk) for perk in Perk.objects.all()])


@router.post("/perks", response=Answer[PerkObject])
def create_perk(request: HttpRequest, perk: Sent[NewPerk]) -> HttpResponse:
    """Make a perk."""
    check_name(perk.name)
    options = _options(perk.options, perk.data_type)
    try:
        with transaction.atomic():
            row = Perk.objects.create(name=perk.name, label=perk.label, data_type=perk.data_type.value, options=options)
    except IntegrityError as error:
        raise invalid("name", "There is a perk of this name already.") from error
    return answer(show_perk(row))


@router.get("/perks/{uuid}", response=Answer[PerkObject])
def get_perk(request: HttpRequest, uuid: str) -> HttpResponse:
    """Return a perk."""
    return answer(show_perk(_find_perk(uuid)))


@router.put("/perks/{uuid}", response=Answer[PerkObject])
def update_perk(request: HttpRequest, uuid: str, changes: Sent[ChangedPerk]) -> HttpResponse:
    """Change a perk's words or values."""
    row = _find_perk(uuid)
    row.label = changes.label or row.label
    if changes.options is not None:
        row.options = _options(changes.options, PerkType(row.data_type))
    row.save(update_fields=["label", "options"])
    return answer(show_perk(row))


@router.delete("/perks/{uuid}", response=Answer[None])
def delete_perk(request: HttpRequest, uuid: str) -> HttpResponse:
    """Delete a perk."""
    _find_perk(uuid).delete()
    return answer(None)


def show_shop(shop: Shop) -> ShopObject:
    """Return a restaurant as Leat's JSON."""
    return shop_object(uuid=str(shop.uuid), name=shop.name, reference=shop.reference)


def show_perk(perk: Perk) -> PerkObject:
    """Return a perk as Leat's JSON."""
    return perk_object(
        uuid=str(perk.uuid), label=perk.label, name=perk.name, data_type=perk.data_type, options=perk.options
    )


def _find_perk(uuid: str) -> Perk:
    return find(Perk.objects.all(), uuid, Code.UNKNOWN_PERK)


def _options(options: list[PerkOptionFields], kind: PerkType) -> list[dict[str, Any]]:
    if kind is PerkType.SINGLE_SELECT and not options:
        raise invalid("options", "One of several needs options.")
    if not options:
        return YES_OR_NO
    return [
        {"label": option.label or option.value, "value": option.value, "default": option.default} for option in options
    ]
