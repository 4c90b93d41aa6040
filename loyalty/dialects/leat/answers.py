"""What Leat answers, as our values: people and offers (orders and money: answers_money). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from loyalty.attributes import DISCOUNT_ATTRIBUTES, AttributeType
from loyalty.dialects.leat.reading import day, flag, items, moment, must, parts, text, whole
from loyalty.values import CollectableOffer, RewardOffer, VoucherOffer

TERMS_ATTRIBUTE, MARKETING_ATTRIBUTE = "terms_accepted", "marketing_accepted"
ACTIVE, LOCKED, REDEEMED = "ACTIVE", "LOCKED", "REDEEMED"
# A login of the contact's own, which Leat shows to whoever may read contacts (leat-api.md section 3.1): never kept.
SECRETS = ("custom_app_login_code", "custom_app_login_url")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactSeen:
    """A contact as Leat has it. `marketing` is what its attribute says, `subscriptions` what its list of mailings does."""

    id: str
    email: str
    first_name: str
    last_name: str
    birthdate: date | None
    locale: str
    created_at: datetime | None
    tier: str
    terms: bool | None
    marketing: bool | None
    subscriptions: Mapping[str, bool]


def read_contact(answer: object, *, prefix: str) -> ContactSeen:
    """Read a full contact (leat-api.md section 3.1). Raises Unreadable."""
    contact = parts(answer)
    values = parts(contact.get("current_values"))
    locale = text(values.get("locale")).replace("_", "-").split("-")[0].lower()
    return ContactSeen(
        id=must(contact.get("uuid"), "contact uuid"),
        email=text(contact.get("email")) or text(values.get("email")),
        first_name=text(values.get("firstname")),
        last_name=text(values.get("lastname")),
        birthdate=day(values.get("birthdate")) or day(values.get("birth_date")),
        locale=locale or "en",
        created_at=moment(values.get("created_at")) or moment(contact.get("created_at")),
        tier=text(parts(contact.get("tier")).get("name")),
        terms=flag(values.get(prefix + TERMS_ATTRIBUTE)),
        marketing=flag(values.get(prefix + MARKETING_ATTRIBUTE)),
        subscriptions=_subscriptions(contact.get("subscriptions")),
    )


def _subscriptions(answer: object) -> dict[str, bool]:
    found = {}
    for one in items(answer):
        if kind := text(parts(one.get("subscription_type")).get("uuid")):
            found[kind] = flag(one.get("is_subscribed")) is True
    return found


def read_contact_id(answer: object) -> str:
    """Read the answer to creating a contact, or to a code that was right. Raises Unreadable."""
    return must(parts(answer).get("uuid"), "contact uuid")


def read_subscription_types(answer: object) -> list[str]:
    """Return the ids of the mailings that members can be asked about."""
    return [text(one.get("uuid")) for one in items(answer) if flag(one.get("active")) is not False]


def read_balance(answer: object) -> int:
    """Read points: an answer to credit-balance, or the part of a contact. Raises Unreadable."""
    return int(must(whole(parts(answer).get("balance")), "balance"))


# Offers ---------------------------------------------------------------------------------------------------------------


def discount_attributes(answer: Mapping[str, Any], *, prefix: str) -> dict[str, object]:
    """Return the discount attributes without prefix, from an object that may carry them flattened or under `attributes`.

    Numbers become texts, texts of yes and no become that, a choice given as an object becomes its value.
    """
    nested = parts(answer.get("attributes"))
    found: dict[str, object] = {}
    for definition in DISCOUNT_ATTRIBUTES:
        name = prefix + definition.name
        value = answer.get(name) if answer.get(name) is not None else nested.get(name)
        value = value.get("value") if isinstance(value, Mapping) else value
        if definition.type is AttributeType.BOOLEAN and flag(value) is not None:
            value = flag(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            number = whole(value)
            value = str(value if number is None else number)
        elif isinstance(value, str):
            value = value.strip()
        if value is not None and value != "":
            found[definition.name] = value
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherSeen:
    """A voucher as Leat has it, and the offer that it is."""

    offer: VoucherOffer
    status: str
    contact_id: str
    """Empty: for whoever has its code."""
    uses: int
    times_redeemed: int

    @property
    def is_multi_use(self) -> bool:
        """Whether it can be used more than once."""
        return self.uses > 1


def read_voucher(answer: object, *, prefix: str, currency: str, held_until: datetime | None = None) -> VoucherSeen:
    """Read a voucher (leat-api.md section 5.2). Raises Unreadable."""
    voucher = parts(answer)
    promotion = parts(voucher.get("promotion"))
    status = text(voucher.get("status")).upper()
    uses = whole(voucher.get("total_redemptions_allowed")) or whole(promotion.get("redemptions_per_voucher")) or 1
    left = whole(voucher.get("redemptions_remaining"))
    times = whole(voucher.get("times_redeemed"))
    if times is None:
        times = uses - left if left is not None else uses if status == REDEEMED else 0
    offer = VoucherOffer(
        id=must(voucher.get("uuid"), "voucher uuid"),
        name=text(promotion.get("name")) or text(voucher.get("name")),
        description=text(promotion.get("description")) or text(voucher.get("description")),
        attributes=discount_attributes(promotion, prefix=prefix),
        currency=currency,
        media_url=_media(promotion),
        expires_at=moment(voucher.get("expiration_date")),
        code=text(voucher.get("code")),
        uses_left=max(0, uses - times if left is None else left),
        held_until=held_until,
    )
    return VoucherSeen(
        offer=offer,
        status=status,
        contact_id=text(parts(voucher.get("contact")).get("uuid")),
        uses=uses,
        times_redeemed=times,
    )


def read_lock(answer: object) -> tuple[str, datetime | None]:
    """Return the release key and when Leat ends the lock by itself. Raises Unreadable."""
    lock = parts(parts(answer).get("lock"))
    return must(lock.get("release_key"), "release key"), moment(lock.get("system_release_at"))


def read_redemption_id(answer: object, *, otherwise: str) -> str:
    """Return the id of the redemption that a redeemed voucher or a collected reward names, else the offer's own."""
    redeemed = parts(answer)
    return text(parts(redeemed.get("voucher_redemption")).get("uuid")) or text(redeemed.get("uuid")) or otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardSeen:
    """A reward as Leat has it, and the offer that it is."""

    offer: RewardOffer
    is_active: bool
    is_collected_later: bool


def read_reward(answer: object, *, prefix: str, currency: str, balance: int) -> RewardSeen:
    """Read a reward (leat-api.md section 6.1). Raises Unreadable."""
    reward = parts(answer)
    points = whole(reward.get("required_credits")) or 0
    shown = [flag(reward.get(name)) for name in ("is_active", "active")]
    offer = RewardOffer(
        id=must(reward.get("uuid"), "reward uuid"),
        name=text(reward.get("title")),
        description=text(reward.get("description")),
        attributes=discount_attributes(reward, prefix=prefix),
        currency=currency,
        media_url=_media(reward),
        points=points,
        missing_points=max(0, points - balance),
        stock=whole(reward.get("stock")),
        valid_seconds=whole(reward.get("expiration_duration")),
    )
    return RewardSeen(
        offer=offer, is_active=False not in shown, is_collected_later=flag(reward.get("pre_redeemable")) is True
    )


def read_collectable(
    answer: object, *, prefix: str, currency: str, reward: Mapping[str, Any] | None = None
) -> CollectableOffer:
    """Read a collectable reward or a fresh reception (sections 6.2, 6.3); `reward` is the whole of its reward, if known.

    Raises Unreadable.
    """
    reception = parts(answer)
    own = parts(reception.get("reward"))
    whole_reward: Mapping[str, Any] = {
        **(reward or {}),
        **{name: value for name, value in own.items() if value is not None},
    }
    points = whole(reception.get("credits"))
    if points is None:
        points = whole(whole_reward.get("required_credits")) or 0
    return CollectableOffer(
        id=must(reception.get("uuid"), "reception uuid"),
        name=text(reception.get("title")) or text(whole_reward.get("title")),
        description=text(whole_reward.get("description")),
        attributes=discount_attributes(whole_reward, prefix=prefix),
        currency=currency,
        media_url=_media(whole_reward),
        expires_at=moment(reception.get("expires_at")) or moment(reception.get("expiration_date")),
        reward_id=text(whole_reward.get("uuid")),
        points=abs(points),
    )


def is_collected(answer: object) -> bool:
    """Say whether a collectable was handed out already."""
    return flag(parts(answer).get("has_been_collected")) is True


def _media(answer: Mapping[str, Any]) -> str:
    """Return the address of a picture; other media are not shown."""
    media = parts(answer.get("media"))
    address = text(media.get("value"))
    is_picture = text(media.get("type")).lower() in {"", "image", "picture"}
    return address if is_picture and address.startswith("https://") else ""
