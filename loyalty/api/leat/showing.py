"""From rows to the values that the dialect writes: offers, contacts, shops, credits. No query but where it says so."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from loyalty.currency import minor_digits
from loyalty.dialects.leat.amounts import major_units
from loyalty.dialects.leat.nested import IdentifierObject, NestedContact, NestedShop, NestedUnit
from loyalty.dialects.leat.promotions import ShownPromotion
from loyalty.dialects.leat.receptions import ShownCredits, ShownReception
from loyalty.dialects.leat.rewards import ShownReward
from loyalty.dialects.leat.vouchers import ShownRedemption, ShownVoucher
from loyalty.models import (
    Contact,
    PointsEntry,
    Programme,
    Promotion,
    Redemption,
    Reward,
    RewardReception,
    Shop,
    Unit,
    Voucher,
    expired_points,
)


def shown_promotion(promotion: Promotion) -> ShownPromotion:
    """Return a promotion."""
    return ShownPromotion(
        uuid=promotion.uuid,
        name=promotion.name,
        description=promotion.description,
        voucher_limit=promotion.voucher_limit,
        limit_per_contact=promotion.limit_per_contact,
        redemptions_per_voucher=promotion.redemptions_per_voucher,
        valid_seconds=_seconds(promotion),
        media_url=_whole_address(promotion.media_url),
        attributes=promotion.attributes,
    )


def shown_voucher(voucher: Voucher, *, now: datetime) -> ShownVoucher:
    """Return a voucher read with its promotion and contact; one with several uses asks for its locks unless read along."""
    return ShownVoucher(
        uuid=voucher.uuid,
        code=voucher.code,
        status=voucher.state(now=now).value,
        activates_at=voucher.activates_at,
        expires_at=voucher.expires_at,
        redeemed_at=voucher.redeemed_at,
        uses=voucher.total_redemptions_allowed,
        used=voucher.times_redeemed,
        attributes=voucher.attributes,
        contact=shown_contact(voucher.contact) if voucher.contact else None,
        promotion=shown_promotion(voucher.promotion),
    )


def shown_redemption(redemption: Redemption) -> ShownRedemption:
    """Return one use."""
    return ShownRedemption(uuid=redemption.uuid, redeemed_at=redemption.redeemed_at)


def shown_contact(contact: Contact) -> NestedContact:
    """Return a contact without what they have."""
    return NestedContact(uuid=contact.uuid, email=contact.email, id=contact.pk)


def shown_owner(contact: Contact) -> NestedContact:
    """Return a contact with the points they have now; one query unless read by `with_points` or `with_contacts`."""
    expired: int | None = vars(contact).get("points_expired")
    if expired is None:
        rows = Contact.objects.filter(pk=contact.pk)
        expired = rows.values_list(expired_points(now=timezone.now()), flat=True).get()
    return NestedContact(uuid=contact.uuid, email=contact.email, id=contact.pk, balance=contact.balance - expired)


def with_points(contacts: "QuerySet[Contact, Contact]") -> "QuerySet[Contact, Contact]":
    """Return the query with what is to be taken off the balances before they are shown."""
    return contacts.annotate(points_expired=expired_points(now=timezone.now()))


def with_contacts[Row: (PointsEntry, RewardReception)](rows: "QuerySet[Row, Row]") -> "QuerySet[Row, Row]":
    """Return the query with the contacts of its rows as they are to be shown; one query more however many rows."""
    return rows.prefetch_related(Prefetch("contact", queryset=with_points(Contact.objects.all())))


def shown_shop(shop: Shop | None, programme: Programme) -> NestedShop:
    """Return a shop; what happened in none happened at the programme."""
    if shop is None:
        return NestedShop(name=programme.name)
    return NestedShop(id=shop.pk, uuid=shop.uuid, name=shop.name, reference=shop.reference)


def shown_unit(unit: Unit | None, programme: Programme) -> NestedUnit:
    """Return a unit, the programme's own where none is named."""
    named = unit or programme.unit
    return NestedUnit(
        id=named.pk,
        name=named.name,
        label=named.label,
        prefix=named.prefix,
        is_default=named.pk == programme.unit_id,
    )


def shown_reward(reward: Reward, programme: Programme, *, bought: RewardReception | None = None) -> ShownReward:
    """Return a reward; inside what was bought with the discount that it had then."""
    digits = minor_digits(reward.currency or programme.currency)
    cents = reward.cost_price_cents
    return ShownReward(
        id=reward.pk,
        uuid=reward.uuid,
        title=bought.title if bought else reward.title,
        description=reward.description,
        points=bought.points if bought else reward.required_points,
        reward_type=reward.reward_type,
        is_active=reward.is_active,
        media_url=_whole_address(reward.media_url),
        cost_price=major_units(cents, digits=digits) if cents is not None else None,
        stock=reward.stock,
        is_pre_redeemable=reward.is_pre_redeemable,
        valid_seconds=_seconds(reward),
        attributes=bought.attributes if bought else reward.attributes,
    )


def shown_reception(
    reception: RewardReception,
    programme: Programme,
    *,
    contact: Contact | None = None,
    card: IdentifierObject | None = None,
) -> ShownReception:
    """Return a reward bought, read with its reward, contact and shop."""
    return ShownReception(
        uuid=reception.uuid,
        title=reception.title,
        points=reception.points,
        contact=shown_owner(contact or reception.contact),
        shop=shown_shop(reception.shop, programme),
        reward=shown_reward(reception.reward, programme, bought=reception),
        created_at=reception.created_at,
        expires_at=reception.expires_at,
        is_collected=reception.collected_at is not None,
        identifier=card,
    )


def shown_credits(
    entry: PointsEntry,
    programme: Programme,
    *,
    contact: Contact | None = None,
    card: IdentifierObject | None = None,
) -> ShownCredits:
    """Return an entry of the points ledger, read with its contact, shop and unit."""
    return ShownCredits(
        uuid=entry.uuid,
        points=entry.points,
        contact=shown_owner(contact or entry.contact),
        shop=shown_shop(entry.shop, programme),
        created_at=entry.created_at,
        unit=shown_unit(entry.unit, programme),
        unit_value=float(entry.unit_value) if entry.unit_value is not None else None,
        attributes=entry.attributes,
        identifier=card,
    )


def _seconds(offer: Any) -> int | None:
    duration = offer.expiration_duration
    return None if duration is None else int(duration.total_seconds())


def _whole_address(address: str) -> str:
    """Return the address of a picture as somebody elsewhere needs it."""
    return f"{settings.SITE_URL}{address}" if address.startswith("/") else address
