"""Money put on gift cards and taken off, and both reversed (leat-api.md section 9)."""

import uuid as uuids
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router
from pydantic import Field

from loyalty import money
from loyalty.api.auth import Bearer
from loyalty.api.fields import Cents, Sent, Text
from loyalty.api.leat.answers import Answer, Listing, Paging, Refused, answer, invalid
from loyalty.api.leat.definitions import read_fitting
from loyalty.api.leat.finding import SentAttributes, find, find_shop
from loyalty.api.leat.gift_cards import find_card
from loyalty.api.leat.showing import shown_shop
from loyalty.api.pages import LARGEST_PAGE, read_page
from loyalty.dialects.leat.codes import Code
from loyalty.dialects.leat.gift_cards import GiftCardTransactionObject, ShownCardEntry, transaction_object
from loyalty.dialects.leat.pages import ViewingMeta, viewing_meta
from loyalty.errors import CardProblem, GiftCardUnavailable, NotEnoughMoney, NotTheLatest, TooMuchReturned
from loyalty.models import GiftCardProgramme, MoneyEntry, Programme, find_programme
from loyalty.models.vouchers import code_key

router = Router(tags=["Giftcard transactions"], auth=Bearer("money"))
PROBLEMS: Mapping[CardProblem | None, Code] = {
    CardProblem.EXPIRED: Code.GIFT_CARD_EXPIRED,
    CardProblem.OUT_OF_USE: Code.GIFT_CARD_EXPIRED,
    CardProblem.NO_TOP_UP: Code.GIFT_CARD_NO_TOP_UP,
    CardProblem.TOO_MUCH: Code.GIFT_CARD_MAXIMUM,
}


class AskedEntries(Paging):
    """Which transactions; the oldest first unless asked."""

    sort: str = "created_at"
    per_page: int | None = Field(None, ge=1, le=LARGEST_PAGE, alias="perPage")
    giftcard_hash: Text | None = None
    giftcard_uuid: Text | None = None
    giftcard_program_uuid: Text | None = None
    shop_uuid: Text | None = None


class NewEntry(SentAttributes):
    """Money to be put on a card or (negative) taken off."""

    giftcard_uuid: Text
    amount_in_cents: Cents
    shop_uuid: Text


@router.get("/giftcard-transactions", response=Listing[GiftCardTransactionObject, ViewingMeta])
def list_entries(request: HttpRequest, asked: Query[AskedEntries]) -> HttpResponse:
    """Return what happened on gift cards."""
    entries = card_entries().filter(**asked.filters())
    if asked.giftcard_hash:
        entries = entries.filter(account__gift_card__code_key=code_key(asked.giftcard_hash))
    if asked.giftcard_uuid:
        entries = entries.filter(account=find_card(asked.giftcard_uuid).account)
    if asked.giftcard_program_uuid:
        programmes = GiftCardProgramme.objects.all()
        programme = find(programmes, asked.giftcard_program_uuid, Code.UNKNOWN_GIFT_CARD_PROGRAMME)
        entries = entries.filter(account__gift_card__programme=programme)
    if asked.shop_uuid:
        entries = entries.filter(shop=find_shop(asked.shop_uuid))
    limit = asked.limit or asked.per_page or 10
    page = read_page(entries.order_by(*asked.ordering()), page=asked.page, limit=limit, most=100)
    programme_shown = find_programme()
    shown = [show_entry(entry, programme_shown) for entry in page.rows]
    return answer(shown, meta=viewing_meta(**page.numbers))


@router.post("/giftcard-transactions", response=Answer[GiftCardTransactionObject])
def create_entry(request: HttpRequest, wanted: Sent[NewEntry]) -> HttpResponse:
    """Put money on a card, or take it off; never below nothing."""
    if wanted.amount_in_cents == 0:
        raise invalid("amount_in_cents", "Must not be 0.")
    card = find_card(wanted.giftcard_uuid)
    shop = find_shop(wanted.shop_uuid)
    attributes = read_fitting("giftcard_transaction", wanted.custom_attributes, field="custom_attributes")
    source, now = f"api:{uuids.uuid4()}", timezone.now()
    with _refused():
        if wanted.amount_in_cents > 0:
            entry = money.top_up(
                card.account, wanted.amount_in_cents, source=source, shop=shop, attributes=attributes, now=now
            )
        else:
            entry = money.spend(
                card.account, -wanted.amount_in_cents, source=source, shop=shop, attributes=attributes, now=now
            )
    return answer(show_entry(entry, find_programme()))


@router.get("/giftcard-transactions/{uuid}", response=Answer[GiftCardTransactionObject])
def show_transaction(request: HttpRequest, uuid: str) -> HttpResponse:
    """Return one transaction."""
    return answer(show_entry(find(card_entries(), uuid, Code.UNKNOWN_GIFT_CARD_TRANSACTION), find_programme()))


@router.post("/giftcard-transactions/{uuid}/reverse", response=Answer[GiftCardTransactionObject])
def reverse_entry(request: HttpRequest, uuid: str) -> HttpResponse:
    """Write the opposite of a card's latest transaction; a second time answers the same one."""
    entry = find(card_entries(), uuid, Code.UNKNOWN_GIFT_CARD_TRANSACTION)
    with _refused():
        mirror = money.reverse(entry, now=timezone.now())
    return answer(show_entry(mirror, find_programme()))


router.add_api_operation(
    "/giftcard-transactions/{uuid}/correct",
    ["POST"],
    reverse_entry,
    response=Answer[GiftCardTransactionObject],
    operation_id="reverse_entry_at_its_older_address",
)


def card_entries() -> QuerySet[MoneyEntry]:
    """Return the movements on gift cards, each with its card and shop."""
    return MoneyEntry.objects.filter(account__gift_card__isnull=False).select_related("account__gift_card", "shop")


def show_entry(entry: MoneyEntry, programme: Programme) -> dict[str, Any]:
    """Return a movement on a card as JSON."""
    card = entry.account.gift_card
    shown = ShownCardEntry(
        id=entry.pk,
        uuid=entry.uuid,
        cents=entry.cents,
        card_id=card.pk,
        card_uuid=card.uuid,
        shop=shown_shop(entry.shop, programme),
        attributes=entry.attributes,
        created_at=entry.created_at,
    )
    return dict(transaction_object(shown))


@contextmanager
def _refused() -> Iterator[None]:
    """Refuse with the codes that gift cards have."""
    try:
        yield
    except GiftCardUnavailable as error:
        raise Refused(PROBLEMS.get(error.problem, Code.GIFT_CARD_EXPIRED)) from error
    except NotEnoughMoney as error:
        raise Refused(Code.GIFT_CARD_TOO_LOW) from error
    except (NotTheLatest, TooMuchReturned) as error:
        raise Refused(Code.NOT_THE_LATEST_TRANSACTION) from error
