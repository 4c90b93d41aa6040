"""A member's wallet from Leat: everything a page needs, asked for at the same time and kept for a few seconds."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from loyalty.backends.leat import kept
from loyalty.backends.leat.connection import Part, as_id, as_port_errors
from loyalty.backends.leat.kept import SLOW_SECONDS, Reading
from loyalty.backends.leat.transport import Transport
from loyalty.currency import minor_digits
from loyalty.dialects.leat.answers import (
    ACTIVE,
    LOCKED,
    is_collected,
    read_balance,
    read_collectable,
    read_contact,
    read_reward,
    read_voucher,
)
from loyalty.dialects.leat.answers_money import read_points
from loyalty.dialects.leat.questions import trial_order_body
from loyalty.dialects.leat.reading import items, text
from loyalty.errors import LoyaltyError, ProgrammeAway, UnknownContact, UnknownOffer
from loyalty.models import LeatHold, LeatMember
from loyalty.values import CollectableOffer, Hold, Offer, RewardOffer, Tier, VoucherOffer, Wallet

MOST_VOUCHERS = 500
# The points of one order of so many whole units tell the rate to as many decimals as it has zeros.
TRIAL_UNITS = 1000


class LeatWallet(Part):
    """The wallet of loyalty.port.Loyalty, and whether what it showed can still be had."""

    def wallet(self, contact_id: str, *, shop: str, now: datetime) -> Wallet:
        """Return balance, vouchers and rewards: one page of Leat's, four calls at a time, and what changes slowly."""
        contact_id = as_id(contact_id, UnknownContact)
        member = LeatMember.objects.filter(contact_id=contact_id).first()
        if member is not None and member.erased_at is not None:
            raise UnknownContact
        holds = self._holds(contact_id, now=now)
        with as_port_errors():
            found = kept.read_member(
                contact_id, self._readings(contact_id, with_locked=bool(holds)), together=self.leat.transport.together
            )
        balance, tier = found["balance"], found["person"]["tier"]
        rewards = items(found["rewards"])
        vouchers = [*items(found["vouchers"]), *items(found.get("locked"))]
        return Wallet(
            contact_id=contact_id,
            first_name=found["person"]["first_name"],
            is_verified=member is not None and member.verified_at is not None,
            balance=balance,
            available_points=max(0, balance),
            points_per_unit=Decimal(found["rate"]) if found["rate"] is not None else None,
            # The rate is what this member earns: their tier is in it already.
            tier=Tier(name=tier, multiplier=Decimal(1)) if tier else None,
            vouchers=self._vouchers(vouchers, holds, now=now),
            collectables=self._collectables(items(found["collectables"]), rewards, now=now),
            rewards=self._rewards(rewards, balance=balance),
            has_tills=False,
        )

    def lock_collectable(
        self, contact_id: str, collectable_id: str, *, holder: str, until: datetime, now: datetime
    ) -> Hold:
        """Say whether it is still there, as far as was read lately: Leat holds no collectables (docs/adr/0036)."""
        contact_id, reception_id = as_id(contact_id, UnknownContact), as_id(collectable_id, UnknownOffer)
        reading = self._readings(contact_id, with_locked=False)["collectables"]
        try:
            with as_port_errors():
                found = kept.read_member(contact_id, {"collectables": reading}, together=self.leat.transport.together)[
                    "collectables"
                ]
        except ProgrammeAway:
            return Hold(release_key="", until=until)  # there is nothing to hold it with anyway
        if any(text(one.get("uuid")) == reception_id and not is_collected(one) for one in items(found)):
            return Hold(release_key="", until=until)
        raise UnknownOffer  # Leat does not tell a reward that is gone from one it never knew

    def release_collectable(self, collectable_id: str, *, release_key: str, now: datetime) -> None:
        """Do nothing: nothing was held."""

    def _readings(self, contact_id: str, *, with_locked: bool) -> Mapping[str, Reading]:
        # One transport for all of them: they run in its threads, maybe longer than anybody waits for them.
        transport, shop = self.leat.transport, self.leat.account.shop_uuid
        look = transport.look

        def short(read: Callable[[], Any]) -> Reading:
            return Reading(read=read, seconds=self.leat.account.cache_seconds)

        def vouchers(status: str) -> Any:
            return _nameless(look("/vouchers", contact_uuid=contact_id, status=status, limit=MOST_VOUCHERS))

        readings = {
            "balance": short(lambda: read_balance(look(f"/contacts/{contact_id}/credit-balance"))),
            "vouchers": short(lambda: vouchers(ACTIVE)),
            "collectables": short(lambda: _nameless(look("/collectable-rewards", contact_uuid=contact_id))),
            "rewards": short(lambda: look("/rewards", contact_uuid=contact_id, shop_uuid=shop)),
            "person": Reading(read=lambda: self._person(contact_id, transport), seconds=SLOW_SECONDS),
            "rate": Reading(read=lambda: self._rate(contact_id, transport), seconds=SLOW_SECONDS),
        }
        if with_locked:
            # Leat's list of what can be used leaves out what this member's own basket holds.
            readings["locked"] = short(lambda: vouchers(LOCKED))
        return readings

    def _person(self, contact_id: str, transport: Transport) -> dict[str, str]:
        contact = read_contact(transport.look(f"/contacts/{contact_id}"), prefix=self.leat.account.attribute_prefix)
        return {"first_name": contact.first_name, "tier": contact.tier}

    def _rate(self, contact_id: str, transport: Transport) -> str | None:
        """Return the points for one unit of the currency, as the account's own rules award them; None where they do not."""
        account = self.leat.account
        cents = TRIAL_UNITS * 10 ** minor_digits(account.currency)
        try:
            answer = transport.ask(
                "/orders/simulate", trial_order_body(contact_id, cents=cents, shop_uuid=account.shop_uuid)
            )
        except LoyaltyError as error:
            if isinstance(error, ProgrammeAway) and transport.breaker.is_open:
                raise
            return None
        points = read_points(answer).points
        return str(Decimal(points) / TRIAL_UNITS) if points else None

    def _holds(self, contact_id: str, *, now: datetime) -> Mapping[str, datetime | None]:
        """Return, by voucher that is locked at Leat by us, until when; None where its basket let the time pass."""
        rows = LeatHold.objects.filter(contact_id=contact_id, ended_at=None, leat_until__gt=now).exclude(release_key="")
        found: dict[str, datetime | None] = {}
        for row in rows.order_by("held_until"):
            if row.held_until <= now:
                found.setdefault(row.voucher_id, None)
            elif (before := found.get(row.voucher_id)) is None or row.held_until < before:
                found[row.voucher_id] = row.held_until
        return found

    def _vouchers(
        self, answers: list[Mapping[str, Any]], holds: Mapping[str, datetime | None], *, now: datetime
    ) -> tuple[VoucherOffer, ...]:
        shown: dict[str, VoucherOffer] = {}
        for answer in answers:
            account = self.leat.account
            is_locked = text(answer.get("status")).upper() == LOCKED
            voucher_id = text(answer.get("uuid"))
            if is_locked and voucher_id not in holds:
                continue  # somebody else's lock, at a till or in another app
            seen = read_voucher(
                answer,
                prefix=account.attribute_prefix,
                currency=account.currency,
                held_until=holds.get(voucher_id) if is_locked else None,
            )
            if not _is_over(seen.offer, now=now) or seen.offer.held_until is not None:
                shown[voucher_id] = seen.offer
        return tuple(sorted(shown.values(), key=_soonest_first))

    def _collectables(
        self, answers: list[Mapping[str, Any]], rewards: list[Mapping[str, Any]], *, now: datetime
    ) -> tuple[CollectableOffer, ...]:
        by_id = {text(reward.get("uuid")): reward for reward in rewards}
        offers = [self._collectable(answer, by_id) for answer in answers if not is_collected(answer)]
        return tuple(sorted((offer for offer in offers if not _is_over(offer, now=now)), key=_soonest_first))

    def _collectable(self, answer: Mapping[str, Any], rewards: Mapping[str, Mapping[str, Any]]) -> CollectableOffer:
        own = answer.get("reward")
        reward_id = text(own.get("uuid")) if isinstance(own, Mapping) else ""
        account = self.leat.account
        return read_collectable(
            answer, prefix=account.attribute_prefix, currency=account.currency, reward=rewards.get(reward_id)
        )

    def _rewards(self, answers: list[Mapping[str, Any]], *, balance: int) -> tuple[RewardOffer, ...]:
        """Those that become collectable: only they can be put on a basket and given back (leat-api.md section 6.3)."""
        account = self.leat.account
        seen = [
            read_reward(answer, prefix=account.attribute_prefix, currency=account.currency, balance=balance)
            for answer in answers
        ]
        offers = [reward.offer for reward in seen if reward.is_active and reward.is_collected_later]
        return tuple(sorted(offers, key=lambda offer: (offer.points, offer.name, offer.id)))


def _nameless(answer: object) -> list[dict[str, Any]]:
    """Leave out whose they are, name and address: what is kept says nothing of the person."""
    return [{name: value for name, value in one.items() if name != "contact"} for one in items(answer)]


def _is_over(offer: Offer, *, now: datetime) -> bool:
    return offer.expires_at is not None and offer.expires_at <= now


def _soonest_first(offer: Offer) -> tuple[bool, datetime | None, str, str]:
    return (offer.expires_at is None, offer.expires_at, offer.name, offer.id)
