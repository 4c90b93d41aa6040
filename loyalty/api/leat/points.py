"""Credits given and taken by themselves, what a value is worth, and the history of both kinds of transaction (section 7)."""

from typing import Any, Literal

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router
from pydantic import Field

from loyalty import receptions
from loyalty.api.auth import Bearer
from loyalty.api.fields import Amount, OpenPayload, Payload, Sent, Text, Whole, as_uuid
from loyalty.api.leat.answers import Answer, Listing, Paging, Refused, answer, invalid
from loyalty.api.leat.finding import find, find_member, find_named, find_shop, pick_attributes
from loyalty.api.leat.showing import shown_credits, shown_reception, with_contacts
from loyalty.api.pages import read_page
from loyalty.dialects.leat.codes import Code
from loyalty.dialects.leat.pages import ViewingMeta, viewing_meta
from loyalty.dialects.leat.receptions import (
    CalculatedObject,
    CreditReceptionObject,
    RewardReceptionObject,
    credit_reception_object,
    reward_reception_object,
)
from loyalty.errors import Conflict, TooManyPoints, UnknownReception
from loyalty.models import EntryKind, PointsEntry, Programme, RewardReception, Unit, find_programme
from loyalty.receptions import Credits

router = Router(tags=["Credits"], auth=Bearer("points"))
PURCHASE = "reception:"
"""How an entry of the ledger is named after the reward that was bought."""


class NewCredits(OpenPayload):
    """Credits as they are, or what a value of a unit is worth; custom attributes stand beside these fields."""

    contact_uuid: Text
    shop_uuid: Text
    credits: Whole | None = None
    unit_value: Amount | None = None
    unit_name: Text | None = None
    contact_identifier_value: Text | None = None
    pos_transaction_uuid: Text | None = None
    pos_transaction_id: str | None = Field(None, max_length=100)


class AskedCredits(Payload):
    """A value whose worth is asked."""

    shop_uuid: Text
    unit_value: Amount
    contact_uuid: Text | None = None
    unit_name: Text | None = None


class AskedTransactions(Paging):
    """Which transactions."""

    type: Literal["credit_receptions", "reward_receptions"] | None = None
    shop_uuid: Text | None = None
    contact_uuid: Text | None = None


@router.post("/credit-receptions", response=Answer[CreditReceptionObject])
def create_credits(request: HttpRequest, given: Sent[NewCredits]) -> HttpResponse:
    """Give credits, or (negative) take them back: a refund may leave less than none."""
    if given.credits is None and given.unit_value is None:
        raise invalid("credits", "Say how many credits, or which value they are for (unit_value).")
    named = find_named(given.contact_uuid, given.contact_identifier_value)
    shop = find_shop(given.shop_uuid)
    programme = find_programme()
    unit = _find_unit(given.unit_name, programme)
    wanted = Credits(
        points=given.credits,
        unit=unit if given.unit_name or given.unit_value is not None else None,
        unit_value=given.unit_value,
        pos_transaction=_pos_transaction(given),
        attributes=pick_attributes("loyalty_transaction", given.model_extra),
    )
    try:
        entry = receptions.receive(named.contact, wanted, shop=shop, now=timezone.now())
    except TooManyPoints as error:
        raise Refused(Code.CREDIT_MAXIMUM) from error
    except Conflict as error:
        raise Refused(Code.POS_TRANSACTION_LINKED) from error
    named.contact.refresh_from_db(fields=["balance"])
    return answer(credit_reception_object(shown_credits(entry, programme, contact=named.contact, card=named.card)))


@router.post("/credit-receptions/{uuid}/reverse", response=Answer[CreditReceptionObject])
def reverse_credits(request: HttpRequest, uuid: str) -> HttpResponse:
    """Take credits back that were given by themselves (orders are returned); a second time changes nothing."""
    entry = find(PointsEntry.objects.select_related("contact", "shop", "unit"), uuid, Code.UNKNOWN_CREDIT_RECEPTION)
    try:
        mirror = receptions.reverse(entry, now=timezone.now())
    except UnknownReception as error:
        raise Refused(Code.UNKNOWN_CREDIT_RECEPTION) from error
    except TooManyPoints as error:
        raise Refused(Code.CREDIT_MAXIMUM) from error
    fresh = PointsEntry.objects.select_related("contact", "shop", "unit").get(pk=mirror.pk)
    return answer(credit_reception_object(shown_credits(fresh, find_programme())))


@router.get("/credit-receptions/calculate", response=Answer[CalculatedObject])
def calculate(request: HttpRequest, asked: Query[AskedCredits]) -> HttpResponse:
    """Say what a value would be worth, with the contact's tier if one is named."""
    find_shop(asked.shop_uuid)
    contact = find_member(asked.contact_uuid) if asked.contact_uuid else None
    unit = _find_unit(asked.unit_name, find_programme())
    return answer({"credits": receptions.worth(asked.unit_value, unit, contact=contact)})


@router.get("/loyalty-transactions", response=Listing[CreditReceptionObject | RewardReceptionObject, ViewingMeta])
def list_transactions(request: HttpRequest, asked: Query[AskedTransactions]) -> HttpResponse:
    """Return every change of balances, each as a credit or as a reward reception; the newest first unless asked."""
    entries = with_contacts(PointsEntry.objects.select_related("shop", "unit")).filter(**asked.filters())
    if asked.contact_uuid:
        entries = entries.filter(contact=find_member(asked.contact_uuid))
    if asked.shop_uuid:
        entries = entries.filter(shop=find_shop(asked.shop_uuid))
    if asked.type:
        entries = _of_type(entries, asked.type)
    page = read_page(entries.order_by(*asked.ordering()), page=asked.page, limit=asked.limit or 10, most=100)
    return answer(_show(page.rows, find_programme()), meta=viewing_meta(**page.numbers))


def _of_type(entries: "QuerySet[PointsEntry]", kind: str) -> "QuerySet[PointsEntry]":
    is_purchase = Q(kind=EntryKind.SPEND, source__startswith=PURCHASE)
    return entries.filter(is_purchase if kind == "reward_receptions" else ~is_purchase)


def _show(entries: list[PointsEntry], programme: Programme) -> list[Any]:
    """Return entries as JSON; one query for all the rewards among them."""
    bought = {entry.source.removeprefix(PURCHASE): entry for entry in entries if _names_purchase(entry)}
    rows = RewardReception.objects.filter(uuid__in=list(bought)).select_related("reward", "shop")
    found = {str(row.uuid): row for row in with_contacts(rows)}
    shown: list[Any] = []
    for entry in entries:
        reception = found.get(entry.source.removeprefix(PURCHASE)) if _names_purchase(entry) else None
        if reception is None:
            shown.append(credit_reception_object(shown_credits(entry, programme)))
        else:
            shown.append(reward_reception_object(shown_reception(reception, programme)))
    return shown


def _names_purchase(entry: PointsEntry) -> bool:
    return entry.kind == EntryKind.SPEND and entry.source.startswith(PURCHASE)


def _find_unit(name: str | None, programme: Programme) -> Unit:
    """Return the unit of this name, the programme's own without one."""
    if not name:
        return programme.unit
    unit = Unit.objects.filter(name=name).first()
    if unit is None:
        raise Refused(Code.UNKNOWN_UNIT)
    return unit


def _pos_transaction(given: NewCredits) -> str:
    """Return the till's own name of the sale; the till alone knows it, so all that can be wrong with it is its form."""
    if given.pos_transaction_uuid is None:
        return given.pos_transaction_id or ""
    known = as_uuid(given.pos_transaction_uuid)
    if known is None:
        raise Refused(Code.UNKNOWN_POS_TRANSACTION)
    return str(known)
