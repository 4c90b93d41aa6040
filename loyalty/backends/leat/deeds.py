"""Changing something at Leat exactly once, though Leat knows no idempotency keys (docs/adr/0030).

A deed is written down before the call and its answer after it. Whoever repeats it gets the answer. Where the answer got
lost, the deed is looked for at Leat first, and asked again only if it is not there.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from loyalty.backends.leat.outcomes import GivenUp, NotSent
from loyalty.errors import Conflict, LoyaltyError, ProgrammeAway
from loyalty.models import LeatDeed

# Longer than the calls of one deed last together: who asked that long ago and wrote no answer down hears none any more.
# Told by the clock, never by a caller's `now`, which a sweep takes once for all it does.
PATIENCE = timedelta(seconds=90)
# The clocks of two machines differ by less.
CLOCK_SKEW = timedelta(minutes=2)
WAIT_SECONDS = 3.0
POLL_SECONDS = 0.05

JOIN = "join"
# A sign-up that stopped waits so long for the member's next sign-in: what they typed is not kept for ever.
KEEP_JOIN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Answer:
    """What Leat said to a deed: its id there, and what else must be said again to whoever repeats it."""

    id: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be done once: `kind` and `key` name it, the same name with another `content` is a Conflict.

    Unless `last_counts`: then it is kept in place of the one before.
    """

    kind: str
    key: str
    subject: str = ""
    contact_id: str = ""
    content: Mapping[str, Any] = field(default_factory=dict)
    last_counts: bool = False


type Do = Callable[[LeatDeed], Answer]
type LookUp = Callable[[LeatDeed], Answer | None]
type Check = Callable[[], None]


def once(wish: Wish, *, check: Check, do: Do, look_up: LookUp, now: datetime) -> Answer:
    """Do it, or say again what was answered when it was done. `do` may note `deed.before` first (see `remember_before`).

    `check` raises where Leat is known to be away, so that nobody waits for it.

    Raises Conflict, ProgrammeAway (ask again later), and what `do` raises where Leat refuses: then nothing is kept.
    """
    deed, made = LeatDeed.objects.get_or_create(
        kind=wish.kind,
        key=wish.key,
        defaults={
            "subject": wish.subject,
            "contact_id": wish.contact_id,
            "content": dict(wish.content),
            "first_asked_at": now,
            "asked_at": timezone.now(),
        },
    )
    if deed.content != dict(wish.content):
        if not wish.last_counts:
            raise Conflict
        LeatDeed.objects.filter(pk=deed.pk).update(content=dict(wish.content))
    if not made:
        if (answer := _answer_of(deed)) is not None:
            return answer
        if not _take_over(deed):
            if deed.is_doubtful:
                raise ProgrammeAway("in doubt, and not to be looked for yet")
            return _wait_for(deed, check)
        deed.refresh_from_db()
        if deed.is_doubtful and (found := _look(deed, look_up)) is not None:
            return _keep(deed, found, now=now)
    return _do(deed, do, now=now)


def find_done(kind: str, key: str) -> LeatDeed | None:
    """Return a deed that Leat has answered."""
    return LeatDeed.objects.done().filter(kind=kind, key=key).first()


def remember_before(deed: LeatDeed, count: int) -> None:
    """Keep how often something had happened before the call, so that afterwards one more can be told."""
    deed.before = count
    LeatDeed.objects.filter(pk=deed.pk).update(before=count)


def known_ids(kind: str, subject: str) -> set[str]:
    """Return the ids at Leat that our own deeds of this kind account for."""
    return set(LeatDeed.objects.done().filter(kind=kind, subject=subject).values_list("answer_id", flat=True))


def forget_old(*, now: datetime) -> int:
    """Delete sign-ups that stopped and that nobody came back to; return how many. All other deeds belong to an order."""
    deleted, _by_model = LeatDeed.objects.filter(kind=JOIN, first_asked_at__lte=now - KEEP_JOIN).delete()
    return deleted


def asked_since(deed: LeatDeed) -> datetime:
    """Return the moment from which on Leat may have done it, by its own clock."""
    return deed.first_asked_at - CLOCK_SKEW


def _answer_of(deed: LeatDeed) -> Answer | None:
    return Answer(deed.answer_id, deed.answer) if deed.answered_at is not None else None


def _take_over(deed: LeatDeed) -> bool:
    """Be the one who asks now, unless somebody else is at it. Whoever asked and was never heard of again left a doubt."""
    now = timezone.now()
    doubt = {"is_doubtful": True} if deed.asked_at is not None else {}
    mine = LeatDeed.objects.at_rest(now=now, patience=PATIENCE).filter(pk=deed.pk, asked_at=deed.asked_at)
    return mine.update(asked_at=now, **doubt) == 1


def _wait_for(deed: LeatDeed, check: Check) -> Answer:
    """Return what somebody else is being told just now. Raises ProgrammeAway where that takes too long."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        check()
        time.sleep(POLL_SECONDS)
        fresh = LeatDeed.objects.filter(pk=deed.pk).first()
        if fresh is None:
            break  # Leat refused them; whoever asked us asks again and hears why
        if (answer := _answer_of(fresh)) is not None:
            return answer
    raise ProgrammeAway("somebody else is asking")


def _look(deed: LeatDeed, look_up: LookUp) -> Answer | None:
    try:
        return look_up(deed)
    except LoyaltyError:
        LeatDeed.objects.filter(pk=deed.pk).update(asked_at=None)
        raise


def _do(deed: LeatDeed, do: Do, *, now: datetime) -> Answer:
    mine = LeatDeed.objects.filter(pk=deed.pk)
    try:
        answer = do(deed)
    except NotSent:
        # It did not happen this time; a doubt from before stays, the row of a first try need not.
        _ = mine.update(asked_at=None) if deed.is_doubtful else mine.delete()
        raise
    except GivenUp as given_up:
        # The call is still on its way: until it has ended nobody looks for what it may do yet.
        ends_at = timezone.now() + timedelta(seconds=given_up.ends_within)
        mine.update(asked_at=ends_at - PATIENCE, is_doubtful=True)
        raise
    except ProgrammeAway:
        mine.update(asked_at=None, is_doubtful=True)
        raise
    except LoyaltyError:
        mine.delete()
        raise
    return _keep(deed, answer, now=now)


def _keep(deed: LeatDeed, answer: Answer, *, now: datetime) -> Answer:
    LeatDeed.objects.filter(pk=deed.pk).update(
        answered_at=now, is_doubtful=False, answer_id=answer.id, answer=dict(answer.values)
    )
    return answer
