"""From the embedded programme's rows to the offers and the wallet that the port shows. Four queries, however many offers."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.db.models import Subquery

from loyalty import models
from loyalty.attributes import DISCOUNT_ATTRIBUTES
from loyalty.errors import UnknownContact
from loyalty.models import Contact, Programme, Reward, RewardReception, Voucher, expired_points
from loyalty.till import is_marked, work_out
from loyalty.values import CollectableOffer, RewardOffer, Tier, TillCode, VoucherOffer, Wallet

_DISCOUNT_NAMES = [definition.name for definition in DISCOUNT_ATTRIBUTES]


def read_wallet(contact_uuid: uuid.UUID, *, now: datetime) -> Wallet:
    """Return what a member has. Raises UnknownContact."""
    contact = (
        Contact.objects.members()
        .filter(uuid=contact_uuid)
        .select_related("tier")
        .annotate(
            expired_points=expired_points(now=now),
            points_each=Subquery(Programme.objects.values("unit__points_each")[:1]),
            has_tills=Subquery(Programme.objects.values("has_tills")[:1]),
            programme_currency=Subquery(Programme.objects.values("currency")[:1]),
        )
        .first()
    )
    if contact is None:
        raise UnknownContact
    annotated = vars(contact)
    balance = contact.balance - annotated["expired_points"]
    # Before anybody looked at the programme's row there is none, and its defaults hold.
    currency = annotated["programme_currency"] or Programme._meta.get_field("currency").get_default()
    points_each = annotated["points_each"]
    return Wallet(
        contact_id=str(contact.uuid),
        first_name=contact.first_name,
        is_verified=contact.verified_at is not None,
        balance=balance,
        available_points=max(0, balance),
        points_per_unit=Decimal(1) if points_each is None else points_each,
        tier=Tier(name=contact.tier.name, multiplier=contact.tier.multiplier) if contact.tier else None,
        vouchers=tuple(
            voucher_offer(voucher, currency=currency, now=now)
            for voucher in contact.vouchers.to_show(now=now).annotate(is_marked=is_marked("voucher", contact))
        ),
        collectables=tuple(
            collectable_offer(reception, currency=currency, now=now)
            for reception in contact.receptions.to_show(now=now).annotate(is_marked=is_marked("reception", contact))
        ),
        rewards=tuple(
            reward_offer(reward, balance=balance, currency=currency)
            for reward in Reward.objects.to_buy(contact).annotate(is_marked=is_marked("reward", contact))
        ),
        has_tills=annotated["has_tills"] is not False,
    )


def voucher_offer(voucher: Voucher, *, currency: str, now: datetime) -> VoucherOffer:
    """Return a voucher, read with its promotion and `with_locks`, as the port shows it."""
    promotion = voucher.promotion
    return VoucherOffer(
        id=str(voucher.uuid),
        name=promotion.name,
        description=promotion.description,
        attributes=discount_attributes(promotion.attributes),
        currency=promotion.currency or currency,
        media_url=promotion.media_url,
        expires_at=voucher.expires_at,
        is_marked=vars(voucher).get("is_marked", False),
        code=voucher.code,
        uses_left=voucher.total_redemptions_allowed - voucher.times_redeemed,
        held_until=voucher.held_until(now=now),
    )


def collectable_offer(reception: RewardReception, *, currency: str, now: datetime) -> CollectableOffer:
    """Return a bought reward, read with its reward, as the port shows it."""
    return CollectableOffer(
        id=str(reception.uuid),
        name=reception.title,
        description=reception.reward.description,
        attributes=discount_attributes(reception.attributes),
        currency=reception.currency or currency,
        media_url=reception.reward.media_url,
        expires_at=reception.expires_at,
        is_marked=vars(reception).get("is_marked", False),
        reward_id=str(reception.reward.uuid),
        points=reception.points,
        held_until=reception.held_until(now=now),
    )


def reward_offer(reward: Reward, *, balance: int, currency: str) -> RewardOffer:
    """Return a reward as the port shows it to somebody with `balance` points."""
    duration = reward.expiration_duration
    return RewardOffer(
        id=str(reward.uuid),
        name=reward.title,
        description=reward.description,
        attributes=discount_attributes(reward.attributes),
        currency=reward.currency or currency,
        media_url=reward.media_url,
        is_marked=vars(reward).get("is_marked", False),
        points=reward.required_points,
        missing_points=max(0, reward.required_points - balance),
        stock=reward.stock,
        valid_seconds=int(duration.total_seconds()) if duration is not None else None,
    )


def shown_till_code(code: models.TillCode, *, now: datetime) -> TillCode:
    """Return a till code as the port shows it, worked out as long as a till would take it."""
    is_live = code.used_at is None and code.ended_at is None and code.expires_at > now
    digits = work_out(code) if is_live else ""
    return TillCode(digits=digits, until=code.expires_at, is_used=code.used_at is not None)


def discount_attributes(attributes: Mapping[str, object]) -> dict[str, object]:
    """Return the attributes that describe the discount, without those that staff defined for themselves."""
    return {name: attributes[name] for name in _DISCOUNT_NAMES if name in attributes}
