"""Promotions and rewards as programs set them up and change them; staff do it in the admin."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext

from loyalty.errors import InvalidDetails
from loyalty.models import Promotion, Reward, WebhookEvent
from loyalty.webhooks import announce


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionDetails:
    """What a new promotion is to be; `valid_seconds` is how long its vouchers last."""

    name: str
    description: str = ""
    voucher_limit: int | None = None
    limit_per_contact: int | None = None
    redemptions_per_voucher: int = 1
    valid_seconds: int | None = None
    attributes: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardChanges:
    """What is to be changed; None leaves it. Attributes are put over those it has; one without a value goes."""

    title: str | None = None
    description: str | None = None
    points: int | None = None
    attributes: Mapping[str, object] = field(default_factory=dict)


def make_promotion(details: PromotionDetails) -> Promotion:
    """Make a promotion. Raises InvalidDetails."""
    promotion = Promotion(
        name=details.name,
        description=details.description,
        voucher_limit=details.voucher_limit,
        limit_per_contact=details.limit_per_contact,
        redemptions_per_voucher=details.redemptions_per_voucher,
        expiration_duration=timedelta(seconds=details.valid_seconds) if details.valid_seconds is not None else None,
        attributes=_with_values(details.attributes),
    )
    _check(promotion)
    promotion.save()
    return promotion


def change_reward(reward: Reward, changes: RewardChanges, *, now: datetime) -> None:
    """Change all of it or nothing; what was bought keeps its title and discount. Raises InvalidDetails."""
    wanted = {"title": changes.title, "description": changes.description, "required_points": changes.points}
    given = {name: value for name, value in wanted.items() if value is not None}
    with transaction.atomic():
        Reward.objects.filter(pk=reward.pk).update(purchases=F("purchases"))
        reward.refresh_from_db()
        reward.attributes = _with_values({**reward.attributes, **changes.attributes})
        for name, value in given.items():
            setattr(reward, name, value)
        _check(reward)
        reward.save(update_fields=[*given, "attributes"])
        announce(WebhookEvent.REWARD_UPDATED, reward.uuid, now=now)


def _with_values(attributes: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in attributes.items() if value is not None and value != ""}


def _check(row: Promotion | Reward) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        problems = error.message_dict
        raise InvalidDetails(
            {"attributes" if name == "__all__" else name: " ".join(said) for name, said in problems.items()}
        ) from error
    if isinstance(row, Promotion) and row.expiration_duration is not None and row.expiration_duration <= timedelta(0):
        raise InvalidDetails({"expiration_duration": gettext("must be more than zero")})
