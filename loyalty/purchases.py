"""What happens to a reward: buy it with points, undo that, hold it and let it go, collect it for an order, give the collection back."""

import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from loyalty.errors import Conflict, OfferTaken, OfferUnavailable, OutOfStock, Unavailable, UnknownOffer, WrongKey
from loyalty.ledger import Cause, open_ledger
from loyalty.models import Contact, Redemption, Reward, RewardReception, Shop, find_programme


def buy(
    reward: Reward, *, contact: Contact, purchase_key: str, shop: Shop | None, now: datetime, is_for_till: bool = False
) -> tuple[RewardReception, int]:
    """Take the points and give the collectable reward; return it and the new balance. The same key again buys nothing more.

    A reward that is not collected later is handed out at once. Raises NotEnoughPoints, OutOfStock, OfferUnavailable, Conflict (that key bought another reward).
    """
    with open_ledger(contact, now=now) as ledger:
        before = RewardReception.objects.filter(contact=contact, purchase_key=purchase_key).first()
        if before is not None:
            if before.reward_id != reward.pk:
                raise Conflict
            return before, ledger.balance
        if contact.erased_at is not None:
            raise UnknownOffer
        _take_one(reward, contact)
        lasts = reward.expiration_duration if reward.is_pre_redeemable else None
        reception = RewardReception.objects.create(
            contact=contact,
            reward=reward,
            shop=shop,
            purchase_key=purchase_key,
            title=reward.title,
            points=reward.required_points,
            currency=reward.currency or find_programme().currency,
            attributes=reward.attributes,
            is_for_till=is_for_till,
            created_at=now,
            expires_at=now + lasts if lasts else None,
            collected_at=None if reward.is_pre_redeemable else now,
        )
        if not reward.is_pre_redeemable:
            Redemption.objects.create(reception=reception, contact=contact, shop=shop, redeemed_at=now)
        ledger.spend(reward.required_points, _cause(reception))
        return reception, ledger.balance


def undo(reception: RewardReception, *, contact: Contact, now: datetime) -> int:
    """Give the points of an uncollected purchase back, to the buckets they came from; return the new balance.

    What was handed out at once comes back with it. A second time is a quiet no-op. Raises UnknownOffer (another's),
    OfferTaken (a basket or a till holds it), OfferUnavailable (collected, or past its date).
    """
    check_owner(reception, contact)
    with open_ledger(contact, now=now) as ledger:
        reception.refresh_from_db()
        if reception.reversed_at is None:
            _take_back_what_was_handed_out(reception, now=now)
            in_time = Q(expires_at=None) | Q(expires_at__gt=now)
            mine = RewardReception.objects.free(now=now).filter(in_time, pk=reception.pk)
            if not mine.exists() or not ledger.undo_purchase(reception):
                raise refusal(reception, now=now)
        return ledger.balance


def collect(
    reception: RewardReception,
    *,
    contact: Contact | None,
    order_identifier: str,
    held_at: datetime,
    shop: Shop | None,
    now: datetime,
) -> Redemption:
    """Hand the reward out for an order, once: one conditional update decides. The same order again: the same redemption.

    `held_at` is since when the order has had it: what ended after that is honoured. Raises UnknownOffer, OfferTaken
    (another order has it), OfferUnavailable.
    """
    if contact is not None:
        check_owner(reception, contact)
    before = _collected_for(reception, order_identifier)
    if before is None:
        in_time = Q(expires_at=None) | Q(expires_at__gt=min(held_at, now))
        mine = Q(locked_for=order_identifier) | Q(locked_until=None) | Q(locked_until__lte=now)
        with transaction.atomic():
            free = RewardReception.objects.filter(in_time, mine, pk=reception.pk, collected_at=None, reversed_at=None)
            if free.update(collected_at=now, locked_for="", locked_until=None) == 1:
                return Redemption.objects.create(
                    reception=reception,
                    contact=reception.contact,
                    shop=shop,
                    order_identifier=order_identifier,
                    redeemed_at=now,
                )
        before = _collected_for(reception, order_identifier)
    if before is not None:
        return before
    reception.refresh_from_db()
    raise OfferTaken(None) if reception.collected_at is not None else refusal(reception, now=now)


def hold(reception: RewardReception, *, contact: Contact, holder: str, until: datetime, now: datetime) -> None:
    """Keep a reward that was bought for `holder`, an order or a till's transaction; again: until the new end.

    One row, one winner: one conditional update. A holder's own live hold outlives the reward's date.

    Raises UnknownOffer (another's), OfferTaken, OfferUnavailable.
    """
    check_owner(reception, contact)
    in_time = Q(expires_at=None) | Q(expires_at__gt=now)
    free = Q(locked_until=None) | Q(locked_until__lte=now)
    mine = Q(locked_for=holder, locked_until__gt=now)
    rows = RewardReception.objects.filter((in_time & free) | mine, pk=reception.pk, collected_at=None, reversed_at=None)
    if rows.hold(holder=holder, until=until, now=now) != 1:
        reception.refresh_from_db()
        raise refusal(reception, now=now)


def release(reception: RewardReception, *, release_key: uuid.UUID) -> None:
    """End the hold with this key; a second time is a quiet no-op. Raises WrongKey, OfferUnavailable once it is collected."""
    rows = RewardReception.objects.filter(pk=reception.pk)
    if rows.filter(collected_at=None).let_go(release_key) == 1:
        return
    if rows.filter(release_key=release_key).exists():
        raise OfferUnavailable(Unavailable.USED_UP)
    raise WrongKey


def expire_holds(*, now: datetime) -> int:
    """Tidy up the holds of baskets past their time; return how many. What tills bought comes back with its points."""
    return RewardReception.objects.filter(locked_until__lte=now, is_for_till=False).update(locked_until=None)


def reverse_collection(redemption: Redemption, *, now: datetime) -> None:
    """Make the reward collectable again, once, with its own old end."""
    if redemption.reception_id is None:
        raise UnknownOffer
    with transaction.atomic():
        rows = RewardReception.objects.filter(pk=redemption.reception_id)
        rows.update(collected_at=F("collected_at"))
        if Redemption.objects.filter(pk=redemption.pk, reversed_at=None).update(reversed_at=now) == 1:
            rows.update(collected_at=None)


def check_owner(reception: RewardReception, contact: Contact) -> None:
    """Raise UnknownOffer if the reward is somebody else's."""
    if reception.contact_id != contact.pk:
        raise UnknownOffer


def refusal(reception: RewardReception, *, now: datetime) -> OfferTaken | OfferUnavailable:
    """Return why a reward that was bought cannot be held, collected, or given back."""
    if reception.reversed_at is not None:
        return OfferUnavailable(Unavailable.TAKEN_BACK)
    if reception.collected_at is not None:
        return OfferUnavailable(Unavailable.USED_UP)
    if reception.locked_until is not None and reception.locked_until > now:
        return OfferTaken(reception.locked_until)
    return OfferUnavailable(Unavailable.EXPIRED)


def _collected_for(reception: RewardReception, order_identifier: str) -> Redemption | None:
    """Return the redemption that this order made before."""
    named = reception.redemptions.exclude(order_identifier="")
    return named.filter(order_identifier=order_identifier).first()


def _take_one(reward: Reward, contact: Contact) -> None:
    """Take one out of stock and count it, in one statement with its guards; the contact's row is taken already."""
    limit = reward.limit_per_contact
    if limit is not None and reward.receptions.filter(contact=contact, reversed_at=None).count() >= limit:
        raise OfferUnavailable(Unavailable.LIMIT_REACHED)
    if Reward.objects.in_stock().filter(pk=reward.pk).update(stock=F("stock") - 1, purchases=F("purchases") + 1) == 1:
        return
    reward.refresh_from_db()
    if not reward.is_active:
        raise OfferUnavailable(Unavailable.DEACTIVATED)
    raise OutOfStock


def _take_back_what_was_handed_out(reception: RewardReception, *, now: datetime) -> None:
    """Reverse the collection of a reward that was handed out as it was bought."""
    at_once = reception.redemptions.filter(reversed_at=None, redeemed_at=reception.created_at)
    if not reception.reward.is_pre_redeemable and at_once.update(reversed_at=now) == 1:
        RewardReception.objects.filter(pk=reception.pk).update(collected_at=None)


def _cause(reception: RewardReception) -> Cause:
    return Cause(source=f"reception:{reception.uuid}", shop=reception.shop)
