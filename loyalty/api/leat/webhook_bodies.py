"""What a webhook says: the row that it is about, as the API shows it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from loyalty.api.leat.cards import show_card
from loyalty.api.leat.gift_card_transactions import card_entries, show_entry
from loyalty.api.leat.people import show_contacts
from loyalty.api.leat.prepaid import owner_of, prepaid_entries, show_prepaid
from loyalty.api.leat.showing import shown_credits, shown_promotion, shown_reward, shown_voucher
from loyalty.dialects.leat.promotions import promotion_object
from loyalty.dialects.leat.receptions import credit_reception_object
from loyalty.dialects.leat.rewards import reward_object
from loyalty.dialects.leat.vouchers import voucher_object
from loyalty.dialects.leat.webhooks import webhook_body
from loyalty.models import (
    Contact,
    ContactIdentifier,
    PointsEntry,
    Promotion,
    Reward,
    Voucher,
    WebhookEvent,
    find_programme,
)

type Shown = Mapping[str, Any]
type Show = Callable[[UUID, datetime], Shown | None]


def write_body(event_type: str, subject: UUID, *, now: datetime) -> str | None:
    """Return the body of an event about the row of this uuid, as it is now; None where the row is gone."""
    key, show = SHOWN[WebhookEvent(event_type)]
    shown = show(subject, now)
    return None if shown is None else webhook_body(event_type, key, shown)


def _contact(subject: UUID, now: datetime) -> Shown | None:
    return next(iter(show_contacts(Contact.objects.members().filter(uuid=subject), now=now)), None)


def _card(subject: UUID, now: datetime) -> Shown | None:
    row = ContactIdentifier.objects.select_related("contact").filter(uuid=subject).first()
    return show_card(row) if row else None


def _credits(subject: UUID, now: datetime) -> Shown | None:
    entry = PointsEntry.objects.select_related("contact", "shop", "unit").filter(uuid=subject).first()
    return credit_reception_object(shown_credits(entry, find_programme())) if entry else None


def _prepaid(subject: UUID, now: datetime) -> Shown | None:
    entry = prepaid_entries().filter(uuid=subject).first()
    return show_prepaid(entry, owner_of(entry), find_programme()) if entry else None


def _gift_card(subject: UUID, now: datetime) -> Shown | None:
    entry = card_entries().filter(uuid=subject).first()
    return show_entry(entry, find_programme()) if entry else None


def _voucher(subject: UUID, now: datetime) -> Shown | None:
    voucher = Voucher.objects.select_related("promotion", "contact").filter(uuid=subject).first()
    return voucher_object(shown_voucher(voucher, now=now)) if voucher else None


def _reward(subject: UUID, now: datetime) -> Shown | None:
    reward = Reward.objects.filter(uuid=subject).first()
    return reward_object(shown_reward(reward, find_programme())) if reward else None


def _promotion(subject: UUID, now: datetime) -> Shown | None:
    promotion = Promotion.objects.filter(uuid=subject).first()
    return promotion_object(shown_promotion(promotion)) if promotion else None


SHOWN: Mapping[WebhookEvent, tuple[str, Show]] = {
    WebhookEvent.CONTACT_CREATED: ("contact", _contact),
    WebhookEvent.CONTACT_UPDATED: ("contact", _contact),
    WebhookEvent.CONTACT_IDENTIFIER_CREATED: ("contact_identifier", _card),
    WebhookEvent.CREDIT_RECEPTION_CREATED: ("credit_reception", _credits),
    WebhookEvent.PREPAID_TRANSACTION_CREATED: ("prepaid_transaction", _prepaid),
    WebhookEvent.GIFT_CARD_TRANSACTION_CREATED: ("giftcard_transaction", _gift_card),
    WebhookEvent.VOUCHER_CREATED: ("voucher", _voucher),
    WebhookEvent.VOUCHER_UPDATED: ("voucher", _voucher),
    WebhookEvent.VOUCHER_REDEEMED: ("voucher", _voucher),
    WebhookEvent.VOUCHER_DELETED: ("voucher", _voucher),
    WebhookEvent.REWARD_UPDATED: ("reward", _reward),
    WebhookEvent.PROMOTION_UPDATED: ("promotion", _promotion),
}
