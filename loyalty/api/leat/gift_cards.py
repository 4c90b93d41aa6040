"""Gift cards and their programmes: listed, found, made, mailed. Money on them: gift_card_transactions.py."""

import uuid as uuids
from typing import Any

from django.conf import settings
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router
from pydantic import Field

from loyalty import card_mail, gift_cards
from loyalty.api.auth import Bearer
from loyalty.api.fields import Payload, Sent, Text
from loyalty.api.leat.answers import Answer, Listing, Refused, answer, invalid
from loyalty.api.leat.finding import Attributes, Numbered, find, find_member
from loyalty.api.pages import read_page
from loyalty.currency import minor_digits
from loyalty.dialects.leat.codes import Code
from loyalty.dialects.leat.gift_cards import (
    SENT,
    GiftCardObject,
    GiftCardProgramObject,
    ShownGiftCard,
    ShownProgramme,
    gift_card_object,
    programme_object,
)
from loyalty.dialects.leat.pages import GiftCardMeta, gift_card_meta
from loyalty.errors import GiftCardUnavailable, UnknownContact
from loyalty.models import GiftCard, GiftCardProgramme
from loyalty.models.vouchers import code_key

router = Router(tags=["Giftcards"], auth=Bearer("money"))
DIGITAL = {"1", "DIGITAL"}
MESSAGE = "custom.message"
LONGEST_MESSAGE = 1000


class AskedCards(Numbered):
    """Which cards."""

    giftcard_program_uuid: Text | None = None


class ByHash(Payload):
    """A card's code."""

    hash: Text


class NewGiftCard(Payload):
    """A card to be made; of the two types only digital ones (1) can be."""

    type: Text
    giftcard_program_uuid: Text


class Mailed(Payload):
    """To whom a card is to be mailed; the tag `custom.message` is put into the mail."""

    contact_uuid: Text
    email_uuid: Text | None = None
    merge_tags: Attributes = Field(default_factory=dict)

    def message(self) -> str:
        """Return the personal words. Raises Refused."""
        said = self.merge_tags.get(MESSAGE) or ""
        if not isinstance(said, str) or len(said) > LONGEST_MESSAGE:
            raise invalid("merge_tags", f"{MESSAGE} must be a text of at most {LONGEST_MESSAGE} characters.")
        return said


@router.get("/giftcard-programs", response=Answer[list[GiftCardProgramObject]])
def list_programmes(request: HttpRequest) -> HttpResponse:
    """Return the kinds of gift cards."""
    programmes = GiftCardProgramme.objects.annotate(card_count=Count("cards")).order_by("pk")
    return answer([programme_object(shown_programme(programme)) for programme in programmes])


@router.get("/giftcards", response=Listing[GiftCardObject, GiftCardMeta])
def list_cards(request: HttpRequest, asked: Query[AskedCards]) -> HttpResponse:
    """Return cards in the order in which they were made."""
    cards = GiftCard.objects.select_related("account", "programme").order_by("pk")
    if asked.giftcard_program_uuid:
        cards = cards.filter(programme=_find_programme(asked.giftcard_program_uuid))
    page = read_page(cards, page=asked.page, limit=asked.limit or 30, most=100)
    return answer([show_card(card) for card in page.rows], meta=gift_card_meta(**page.numbers))


@router.get("/giftcards/find-one-by", response=Answer[GiftCardObject])
def find_by_hash(request: HttpRequest, asked: Query[ByHash]) -> HttpResponse:
    """Return the card with this code, however it is typed, whether or not it can be spent."""
    key = code_key(asked.hash)
    card = GiftCard.objects.select_related("account", "programme").filter(code_key=key).first() if key else None
    if card is None:
        raise Refused(Code.UNKNOWN_GIFT_CARD)
    return answer(show_card(card))


@router.get("/giftcards/{uuid}", response=Answer[GiftCardObject])
def show_gift_card(request: HttpRequest, uuid: str) -> HttpResponse:
    """Return one card."""
    return answer(show_card(find_card(uuid)))


@router.post("/giftcards", response=Answer[GiftCardObject])
def create_card(request: HttpRequest, wanted: Sent[NewGiftCard]) -> HttpResponse:
    """Make a card with nothing on it; a transaction loads it."""
    if wanted.type.upper() not in DIGITAL:
        raise Refused(Code.ONLY_DIGITAL_GIFT_CARDS)
    programme = _find_programme(wanted.giftcard_program_uuid)
    try:
        card = gift_cards.issue_card(programme, cents=0, key=f"api:{uuids.uuid4()}", now=timezone.now())
    except GiftCardUnavailable as error:  # staff have ended this kind
        raise Refused(Code.UNKNOWN_GIFT_CARD_PROGRAMME) from error
    return answer(show_card(card))


@router.post("/giftcards/{uuid}/send-by-email", response=Answer[str])
def send_by_email(request: HttpRequest, uuid: str, wanted: Sent[Mailed]) -> HttpResponse:
    """Have a worker mail a card's code to a contact; the mail is ours, whichever `email_uuid` names."""
    card = find_card(uuid)
    contact = find_member(wanted.contact_uuid)
    try:
        card_mail.ask(card, contact, message=wanted.message(), now=timezone.now())
    except UnknownContact as error:
        raise invalid("contact_uuid", "This contact has no address.") from error
    return answer(SENT)


def find_card(uuid: str) -> GiftCard:
    """Return a card with its account and programme."""
    return find(GiftCard.objects.select_related("account", "programme"), uuid, Code.UNKNOWN_GIFT_CARD)


def show_card(card: GiftCard) -> dict[str, Any]:
    """Return a card read with its account and programme as JSON."""
    currency = card.account.currency
    shown = ShownGiftCard(
        id=card.pk,
        uuid=card.uuid,
        code=card.code,
        balance_cents=card.account.balance_cents,
        currency=currency,
        digits=minor_digits(currency),
        can_be_topped_up=card.programme.can_be_topped_up,
        is_active=card.is_active,
        expires_at=card.expires_at,
        address=f"{settings.SITE_URL}/",
        programme=shown_programme(card.programme),
    )
    return dict(gift_card_object(shown))


def shown_programme(programme: GiftCardProgramme) -> ShownProgramme:
    """Return a kind of gift card, with how many there are where that was asked."""
    return ShownProgramme(
        id=programme.pk,
        uuid=programme.uuid,
        name=programme.name,
        max_cents=programme.max_amount_cents,
        valid_days=programme.expiration_days,
        is_active=programme.is_active,
        cards=vars(programme).get("card_count", 0),
    )


def _find_programme(uuid: str) -> GiftCardProgramme:
    return find(GiftCardProgramme.objects.all(), uuid, Code.UNKNOWN_GIFT_CARD_PROGRAMME)
