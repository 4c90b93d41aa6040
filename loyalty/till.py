"""Offers marked for use at a till, and the six-digit code that names a member there: once, for five minutes.

Marking holds nothing. The API of the tills identifies with `use_code`, reads `find_marked`, and holds what it hands out.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef
from django.utils.crypto import salted_hmac

from loyalty import purchases, throttle, voucher_use
from loyalty.errors import NotEnoughPoints, OfferUnavailable, OutOfStock, TooOften, Unavailable, UnknownOffer, WrongCode
from loyalty.models import (
    Contact,
    Reward,
    RewardReception,
    TillCode,
    TillMark,
    Voucher,
    VoucherState,
    expired_points,
    lock_contacts,
)
from loyalty.throttle import HOUR, MINUTE, Limit

CODE_LIFE = timedelta(minutes=5)
DIGITS = 6
KEEP_CODES = timedelta(days=2)
LOOKUPS_OF_A_KEY = 1200  # a minute, over all tills of the vendor that has the key
DRAWS = 20  # of a million codes: one that is free is found although thousands of members stand at tills

Markable = Voucher | RewardReception | Reward


@dataclass(frozen=True, slots=True)
class Marked:
    """What a member marked and could use now, each kind in the order in which it was marked."""

    vouchers: tuple[Voucher, ...]
    receptions: tuple[RewardReception, ...]
    rewards: tuple[Reward, ...]


# Marks ----------------------------------------------------------------------------------------------------------------


def mark(offer: Markable, *, contact: Contact, now: datetime) -> None:
    """Mark an offer that the contact could use now; a second time changes nothing.

    Raises UnknownOffer (another's, or anybody's), OfferTaken (held by a basket), OfferUnavailable, OutOfStock,
    NotEnoughPoints.
    """
    _check_owner(offer, contact)
    if isinstance(offer, Voucher):
        _check_voucher(offer, now=now)
    elif isinstance(offer, RewardReception):
        _check_reception(offer, contact, now=now)
    else:
        _check_reward(offer, contact, now=now)
    TillMark.objects.bulk_create([TillMark(contact=contact, marked_at=now, **_of(offer))], ignore_conflicts=True)


def unmark(offer: Markable, *, contact: Contact) -> None:
    """Take the mark away, if there is one. Raises UnknownOffer (another's)."""
    _check_owner(offer, contact)
    TillMark.objects.filter(contact=contact, **_of(offer)).delete()


def find_marked(contact: Contact, *, now: datetime) -> Marked:
    """Return what the contact marked and could use now: not what was used, put on a basket or sold out meanwhile.

    A reward is among them if the points suffice for it alone; what all of them cost is for whoever holds them.
    """
    vouchers = contact.vouchers.to_show(now=now).filter(till_marks__contact=contact).order_by("till_marks")
    receptions = contact.receptions.collectable(now=now).filter(till_marks__contact=contact).order_by("till_marks")
    rewards = Reward.objects.to_buy(contact).filter(till_marks__contact=contact).order_by("till_marks")
    return Marked(
        vouchers=tuple(voucher for voucher in vouchers if voucher.held_until(now=now) is None),
        receptions=tuple(receptions),
        rewards=tuple(rewards.filter(required_points__lte=_balance(contact, now=now))),
    )


def is_marked(field: str, contact: Contact) -> Exists:
    """Return, for a query of offers, whether the contact marked each; `field` names the offer in a mark."""
    return Exists(TillMark.objects.filter(contact=contact, **{field: OuterRef("pk")}))


# Codes ----------------------------------------------------------------------------------------------------------------


def make_code(contact: Contact, *, now: datetime) -> TillCode:
    """Make a code for the contact, in place of the one they have. Raises TooOften."""
    throttle.count([Limit(throttle.key_of("till-codes", contact.pk), 20, 10 * MINUTE)], now=now)
    with transaction.atomic():
        lock_contacts(contact.pk)  # two tabs that ask at once get a code each, the second in place of the first
        TillCode.objects.unspent().filter(contact=contact).update(ended_at=now)
        for _draw in range(DRAWS):
            code = TillCode(contact=contact, created_at=now, expires_at=now + CODE_LIFE)
            code.digest = _digest_of(work_out(code))
            same = TillCode.objects.unspent().filter(digest=code.digest)
            same.filter(expires_at__lte=now).update(ended_at=now)
            try:
                with transaction.atomic():
                    code.save(force_insert=True)
            except IntegrityError:  # another member's just now
                continue
            return code
    raise TooOften(int(CODE_LIFE.total_seconds()))


def newest_code(contact_uuid: uuid.UUID) -> TillCode | None:
    """Return the last code made for the contact, live or not; one query."""
    codes = TillCode.objects.filter(contact__uuid=contact_uuid)
    return codes.order_by("-created_at", F("ended_at").desc(nulls_first=True)).first()


def work_out(code: TillCode) -> str:
    """Return the six digits."""
    key = salted_hmac("loyalty.till", code.uuid.hex, algorithm="sha256").digest()
    return f"{int.from_bytes(key) % 10**DIGITS:0{DIGITS}}"


def use_code(typed: str, *, asked_by: str, terminal: str = "", now: datetime) -> Contact:
    """Return the member whom a code names, and use the code up: of several who ask at once, one is told.

    `asked_by` names the till's access and `terminal` the one of its tills, for the limits: a vendor has one key for all
    restaurants of a brand, and whoever has it may say any terminal. Not for use inside a transaction: what was counted must stay
    counted. Raises WrongCode whatever is wrong with it, TooOften.
    """
    mistakes = _mistakes(asked_by, terminal)
    if any(throttle.is_reached(limit, now=now) for limit in mistakes):
        raise TooOften(60)
    throttle.count(
        [
            Limit(throttle.key_of("till-lookup", f"{asked_by}/{terminal}"), 60, MINUTE),
            Limit(throttle.key_of("till-lookup-key", asked_by), LOOKUPS_OF_A_KEY, MINUTE),
        ],
        now=now,
    )
    live = TillCode.objects.live(now=now).filter(digest=_digest_of("".join(typed.split())))
    code = live.select_related("contact").first()
    if code is None or live.filter(pk=code.pk).update(used_at=now) != 1:
        throttle.count(mistakes, now=now)
        raise WrongCode
    return code.contact


def was_used(typed: str, *, now: datetime) -> bool:
    """Say whether these digits named somebody to a till lately, so that it is told so instead of that they are wrong."""
    used = TillCode.objects.filter(used_at__gt=now - CODE_LIFE, digest=_digest_of("".join(typed.split())))
    return used.exists()


def hand_over(source: Contact, destination: Contact) -> None:
    """Give the marks of `source` to `destination`, who may have marked the same reward. Runs inside a transaction."""
    twice = destination.till_marks.exclude(reward=None).values("reward")
    source.till_marks.filter(reward__in=twice).delete()
    source.till_marks.update(contact=destination)


def forget(contact: Contact) -> None:
    """Delete the contact's marks and codes."""
    contact.till_marks.all().delete()
    contact.till_codes.all().delete()


def forget_old(*, now: datetime) -> int:
    """Delete codes that ended days ago; return how many."""
    deleted, _by_model = TillCode.objects.filter(expires_at__lte=now - KEEP_CODES).delete()
    return deleted


def _mistakes(asked_by: str, terminal: str) -> list[Limit]:
    """How often codes may be wrong, for one till, one access and in all: of the million, those in use are not to be found by trying."""
    return [
        Limit(throttle.key_of("till-mistake", f"{asked_by}/{terminal}"), 100, HOUR),
        Limit(throttle.key_of("till-mistake-key", asked_by), 500, HOUR),
        Limit("till-mistake-all", 1000, HOUR),
    ]


def _digest_of(code: str) -> str:
    """Return what a code is found by; without the server's key it tells nothing about the code."""
    return salted_hmac("loyalty.till.digest", code, algorithm="sha256").hexdigest()


# What can be marked ---------------------------------------------------------------------------------------------------


def _of(offer: Markable) -> dict[str, Any]:
    field = {Voucher: "voucher", RewardReception: "reception", Reward: "reward"}[type(offer)]
    return {field: offer}


def _check_owner(offer: Markable, contact: Contact) -> None:
    """Raise UnknownOffer for another's, and for a voucher of nobody: that one is told to a till by its own code."""
    if not isinstance(offer, Reward) and offer.contact_id != contact.pk:
        raise UnknownOffer


def _check_voucher(voucher: Voucher, *, now: datetime) -> None:
    if not voucher.promotion.is_active:
        raise OfferUnavailable(Unavailable.DEACTIVATED)
    if voucher.state(now=now) is not VoucherState.ACTIVE:
        raise voucher_use.refusal(voucher, holder="", now=now)


def _check_reception(reception: RewardReception, contact: Contact, *, now: datetime) -> None:
    if not contact.receptions.collectable(now=now).filter(pk=reception.pk).exists():
        raise purchases.refusal(reception, now=now)


def _check_reward(reward: Reward, contact: Contact, *, now: datetime) -> None:
    if not reward.is_active:
        raise OfferUnavailable(Unavailable.DEACTIVATED)
    if not Reward.objects.in_stock().filter(pk=reward.pk).exists():
        raise OutOfStock
    if not Reward.objects.to_buy(contact).filter(pk=reward.pk).exists():
        raise OfferUnavailable(Unavailable.LIMIT_REACHED)
    missing = reward.required_points - _balance(contact, now=now)
    if missing > 0:
        raise NotEnoughPoints(missing)


def _balance(contact: Contact, *, now: datetime) -> int:
    """Return the points that are valid now, whether or not a worker has taken off those that are not any more."""
    row = Contact.objects.annotate(expired_points=expired_points(now=now)).get(pk=contact.pk)
    expired: int = vars(row)["expired_points"]
    return row.balance - expired
