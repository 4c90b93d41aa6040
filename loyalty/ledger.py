"""Earning, spending and correcting points. Every change of a balance in the product goes through here.

What tills let go comes back first. Then a transaction opens the ledger of one contact: the contact's row is taken,
points past their date are expired, and only then anything is counted. So a worker that slept for a day changes nothing
about what comes out.
"""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F

from loyalty.errors import NotEnoughPoints, UnknownContact
from loyalty.models import (
    Contact,
    EntryKind,
    PointsBucket,
    PointsEntry,
    PointsMove,
    Reward,
    RewardReception,
    Shop,
    Unit,
    WebhookEvent,
    lock_contacts,
)
from loyalty.webhooks import announce

EXPIRY_BATCH = 500
RECEIVED = {EntryKind.EARN, EntryKind.ADJUST, EntryKind.CORRECT}
"""Credits given or (negative) taken back, which subscribers hear of; what is spent is a reward's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What an entry is written for. `source` is unique per kind: the same cause again finds its entry."""

    source: str
    shop: Shop | None = None
    unit: Unit | None = None
    unit_value: Decimal | None = None
    about: PointsEntry | None = None
    reason: str = ""
    made_by: str = ""
    attributes: Mapping[str, object] = field(default_factory=dict)


@contextmanager
def open_ledger(contact: Contact, *, now: datetime) -> Iterator["Ledger"]:
    """Take the contact's row and expire what is due, in one transaction with all that follows. Raises UnknownContact."""
    take_back_of(contact, now=now)
    with _take(contact, now=now) as ledger:
        yield ledger


def take_back_of(contact: Contact, *, now: datetime) -> None:
    """Give the contact back what rewards cost that tills did not claim in time. Repeatable. Raises UnknownContact.

    In a transaction of its own: it takes rewards, and what comes after may take others. Two contacts must not have
    some each and wait for the other's.
    """
    if RewardReception.objects.let_go_by_till(now=now).filter(contact=contact).exists():
        with _take(contact, now=now) as ledger:
            ledger.take_back_from_tills()


@contextmanager
def _take(contact: Contact, *, now: datetime) -> Iterator["Ledger"]:
    with transaction.atomic():
        locked = lock_contacts(contact.pk)
        if not locked:
            raise UnknownContact
        ledger = Ledger(locked[0], now=now)
        ledger.expire_due()
        yield ledger


def expire_points(*, now: datetime) -> int:
    """Take points past their date off the balances; return how many contacts had any. Repeatable."""
    contacts = 0
    while True:
        due = PointsBucket.objects.filter(remaining__gt=0, expires_at__lte=now).order_by("expires_at", "pk")
        batch = set(due.values_list("contact_id", flat=True)[:EXPIRY_BATCH])
        if not batch:
            return contacts
        for contact in Contact.objects.filter(pk__in=batch):
            with open_ledger(contact, now=now):
                contacts += 1


def take_back_from_tills(*, now: datetime) -> int:
    """Give back what rewards cost that tills did not claim in time; return how many contacts had any. Repeatable."""
    due = RewardReception.objects.let_go_by_till(now=now)
    contacts = Contact.objects.filter(pk__in=due.values("contact")).order_by("pk")
    for contact in contacts:
        with open_ledger(contact, now=now):
            pass
    return len(contacts)


def adjust(
    contact: Contact,
    points: int,
    *,
    reason: str,
    by: str,
    now: datetime,
    expires_at: datetime | None = None,
    key: str = "",
) -> PointsEntry:
    """Give or (negative) take points by hand, with who and why; the same key again is the same adjustment.

    Raises NotEnoughPoints, ValueError without a reason.
    """
    if not reason.strip() or points == 0:
        raise ValueError("an adjustment needs points and a reason")
    cause = Cause(source=f"adjustment:{key or uuid.uuid4()}", reason=reason, made_by=by)
    with open_ledger(contact, now=now) as ledger:
        if points > 0:
            return ledger.earn(points, cause, kind=EntryKind.ADJUST, expires_at=expires_at)
        return ledger.spend(-points, cause, kind=EntryKind.ADJUST)


class Ledger:
    """One contact's points while their row is taken; made by `open_ledger`."""

    def __init__(self, contact: Contact, *, now: datetime) -> None:
        self.contact = contact
        self.balance = contact.balance
        self.now = now

    def find(self, source: str, kind: str) -> PointsEntry | None:
        """Return the entry that this cause made before."""
        return PointsEntry.objects.filter(source=source, kind=kind).first()

    def earn(
        self, points: int, cause: Cause, *, kind: EntryKind = EntryKind.EARN, expires_at: datetime | None = None
    ) -> PointsEntry:
        """Add points (0 is an entry too); what is missing to a balance of 0 is filled first. Points past their date go at once."""
        entry = self.find(cause.source, kind)
        if entry is not None:
            return entry
        debt = max(0, -self.balance)
        entry = self._write(points, cause, kind, expires_at=expires_at)
        if points > debt:
            self._move(entry, self._bucket(expires_at), points - debt)
            self.expire_due()
        return entry

    def spend(self, points: int, cause: Cause, *, kind: EntryKind = EntryKind.SPEND) -> PointsEntry:
        """Take points, soonest ending first; never below zero. Raises NotEnoughPoints."""
        entry = self.find(cause.source, kind)
        if entry is not None:
            return entry
        if self.balance < points:
            raise NotEnoughPoints(points - self.balance)
        entry = self._write(-points, cause, kind, guard=points)
        self._take(entry, points)
        return entry

    def correct(self, points: int, cause: Cause) -> PointsEntry:
        """Take back points that a return un-earned; the balance may go below zero.

        Those that the order earned (`cause.about`) go first, while they are there.
        """
        entry = self.find(cause.source, EntryKind.CORRECT)
        if entry is not None:
            return entry
        entry = self._write(-points, cause, EntryKind.CORRECT)
        if cause.about is not None and points:
            points -= self._take_from(entry, [self._bucket(cause.about.expires_at)], points)
        self._take(entry, points)
        return entry

    def undo(self, spent: PointsEntry) -> PointsEntry:
        """Give back what an entry spent, to the same buckets; those past their date come back and expire at once."""
        cause = Cause(source=spent.source, shop=spent.shop, about=spent)
        entry = self.find(cause.source, EntryKind.UNDO)
        if entry is not None:
            return entry
        debt = max(0, -self.balance)
        entry = self._write(-spent.points, cause, EntryKind.UNDO)
        for move in spent.moves.select_related("bucket"):
            # By its date: the contact who spent may have become part of this one since.
            self._move(entry, self._bucket(move.bucket.expires_at), -move.points)
        self._take(entry, min(debt, entry.points))
        self.expire_due()
        return entry

    def hand_over(self, other: "Ledger") -> None:
        """Give everything to another contact, bucket by bucket, and a balance below zero as well."""
        for bucket in PointsBucket.objects.filter(contact=self.contact, remaining__gt=0).order_by("pk"):
            points, source = bucket.remaining, f"merge:{uuid.uuid4()}"
            entry = self._write(-points, Cause(source=f"{source}:out"), EntryKind.MERGE)
            self._move(entry, bucket, -points)
            other.earn(points, Cause(source=source), kind=EntryKind.MERGE, expires_at=bucket.expires_at)
        if self.balance < 0:
            debt, source = -self.balance, f"merge:{uuid.uuid4()}"
            self.earn(debt, Cause(source=f"{source}:out"), kind=EntryKind.MERGE)
            entry = other._write(-debt, Cause(source=source), EntryKind.MERGE)
            other._take(entry, debt)

    def expire_due(self) -> None:
        """Write off the points whose date has passed, one entry a bucket."""
        due = PointsBucket.objects.filter(contact=self.contact, remaining__gt=0, expires_at__lte=self.now)
        for bucket in due.order_by("expires_at"):
            points = bucket.remaining
            cause = Cause(source=f"expiry:{uuid.uuid4()}")
            entry = self._write(-points, cause, EntryKind.EXPIRE, expires_at=bucket.expires_at)
            self._move(entry, bucket, -points)

    def take_back_from_tills(self) -> None:
        """Give back what rewards cost that a till had taken and did not claim in time."""
        due = RewardReception.objects.let_go_by_till(now=self.now).filter(contact=self.contact)
        for reception in due.order_by("reward_id", "pk"):
            self.undo_purchase(reception)

    def undo_purchase(self, reception: RewardReception) -> bool:
        """Give the points of a purchase back and put the reward back on the shelf, once; say whether it was now."""
        rows = RewardReception.objects.filter(pk=reception.pk, collected_at=None, reversed_at=None)
        if rows.update(reversed_at=self.now, locked_for="", locked_until=None) != 1:
            return False
        spent = self.find(f"reception:{reception.uuid}", EntryKind.SPEND)
        if spent is not None:
            self.undo(spent)
        rewards = Reward.objects.filter(pk=reception.reward_id)
        rewards.update(stock=F("stock") + 1, purchases=F("purchases") - 1)
        return True

    def _write(
        self,
        points: int,
        cause: Cause,
        kind: EntryKind,
        *,
        expires_at: datetime | None = None,
        guard: int | None = None,
    ) -> PointsEntry:
        """Move the balance, in one statement with its guard, and add the row that says why."""
        rows = Contact.objects.filter(pk=self.contact.pk)
        if guard is not None:
            rows = rows.filter(balance__gte=guard)
        if rows.update(balance=F("balance") + points) != 1:
            raise NotEnoughPoints((guard or 0) - self.balance)
        self.balance += points
        entry = PointsEntry.objects.create(
            contact=self.contact,
            kind=kind,
            source=cause.source,
            points=points,
            unit=cause.unit,
            unit_value=cause.unit_value,
            shop=cause.shop,
            expires_at=expires_at,
            about=cause.about,
            created_at=self.now,
            reason=cause.reason,
            made_by=cause.made_by,
            attributes=dict(cause.attributes),
        )
        if kind in RECEIVED:
            announce(WebhookEvent.CREDIT_RECEPTION_CREATED, entry.uuid, now=self.now)
        return entry

    def _bucket(self, expires_at: datetime | None) -> PointsBucket:
        bucket, _made = PointsBucket.objects.get_or_create(contact=self.contact, expires_at=expires_at)
        return bucket

    def _move(self, entry: PointsEntry, bucket: PointsBucket, points: int) -> None:
        PointsBucket.objects.filter(pk=bucket.pk).update(remaining=F("remaining") + points)
        PointsMove.objects.create(entry=entry, bucket=bucket, points=points)

    def _take(self, entry: PointsEntry, points: int) -> None:
        """Take up to `points` from the buckets, soonest ending first, those without end last."""
        if points > 0:
            filled = PointsBucket.objects.filter(contact=self.contact, remaining__gt=0)
            soonest_first = filled.order_by(F("expires_at").asc(nulls_last=True), "pk")
            self._take_from(entry, list(soonest_first), points)

    def _take_from(self, entry: PointsEntry, buckets: list[PointsBucket], points: int) -> int:
        """Take up to `points` from these buckets in turn; return how many were there to take."""
        taken = 0
        for bucket in buckets:
            part = min(points - taken, bucket.remaining)
            if part:
                self._move(entry, bucket, -part)
                taken += part
        return taken
