"""Offer rules, "Invariants for property tests", on generated histories; and returns in any slices (trust.md R10).

What is generated is arithmetic, the same on any database: CI does the whole number on SQLite and a few on PostgreSQL.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.db.models import Sum
from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty.domain import points_for
from loyalty.errors import NotEnoughPoints
from loyalty.ledger import Cause, Ledger, open_ledger
from loyalty.models import Contact, EntryKind, PointsEntry
from loyalty.order_processing import process_order, process_return
from loyalty.port import ReturnDocument
from tests.loyalty.documents import give_back, line, order
from tests.loyalty.factories import NOW, ContactFactory, ShopFactory, TierFactory
from tests.loyalty.ledger_model import replay
from tests.scale import size

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
IS_SQLITE = connection.vendor == "sqlite"
HISTORIES = size(ci=30 if IS_SQLITE else 15, full=1000)
RETURNS = size(ci=300 if IS_SQLITE else 30, full=1000)


@dataclass(frozen=True)
class Step:
    """One thing that happens to a contact's points, some days after the one before."""

    kind: str
    points: int
    valid_days: int | None
    days_later: int
    choice: int


steps = st.builds(
    Step,
    kind=st.sampled_from(["earn", "earn", "spend", "spend", "undo", "correct", "open"]),
    points=st.integers(1, 60),
    valid_days=st.sampled_from([None, 1, 2, 5, 10]),
    days_later=st.sampled_from([0, 0, 0, 1, 3]),
    choice=st.integers(0, 9),
)


def perform(book: Ledger, step: Step, history: list[PointsEntry]) -> None:
    """Do one step; spending more than there is must be refused."""
    cause = Cause(source=str(uuid.uuid4()))
    if step.kind == "earn":
        expires_at = None if step.valid_days is None else NOW + step.valid_days * DAY
        history.append(book.earn(step.points, cause, expires_at=expires_at))
    elif step.kind == "spend":
        if book.balance >= step.points:
            history.append(book.spend(step.points, cause))
        else:
            with pytest.raises(NotEnoughPoints) as refused:
                book.spend(step.points, cause)
            assert refused.value.missing == step.points - book.balance
    else:
        wanted = {"undo": EntryKind.SPEND, "correct": EntryKind.EARN}.get(step.kind)
        found = [entry for entry in history if entry.kind == wanted]
        if found and step.kind == "undo":
            book.undo(found[step.choice % len(found)])
        elif found:
            entry = found[step.choice % len(found)]
            book.correct(min(step.points, entry.points), Cause(source=cause.source, about=entry))


def check_books(contact: Contact, *, now: datetime) -> None:
    """The balance is the ledger's sum, the buckets are its replay, and the moves explain both."""
    contact.refresh_from_db()
    rows = PointsEntry.objects.filter(contact=contact).select_related("about").order_by("pk")
    buckets = dict(contact.buckets.filter(remaining__gt=0).values_list("expires_at", "remaining"))
    assert replay(rows) == (contact.balance, buckets)
    assert sum(buckets.values()) == max(0, contact.balance)
    assert all(expires_at is None or expires_at > now for expires_at in buckets)
    for bucket in contact.buckets.annotate(moved=Sum("moves__points")):
        assert bucket.remaining == (bucket.moved or 0)


@settings(max_examples=HISTORIES)
@given(history=st.lists(steps, max_size=12))
def test_balance_ledger_and_buckets_agree_after_every_step(history: list[Step]) -> None:
    contact: Contact = ContactFactory.create()
    done: list[PointsEntry] = []
    now = NOW

    for step in history:
        now += step.days_later * DAY
        with open_ledger(contact, now=now) as book:
            perform(book, step, done)
        check_books(contact, now=now)


@dataclass(frozen=True)
class Returns:
    """An order's lines as (price, quantity, order discount), and its units in the slices in which they come back."""

    lines: list[tuple[int, int, int]]
    slices: list[list[tuple[int, int]]]
    multiplier: str


@st.composite
def orders_with_returns(draw: st.DrawFn) -> Returns:
    """Up to three lines of up to three units, all of which come back in up to four slices."""
    lines = [
        (price, quantity, price * quantity * percent // 100)
        for price, quantity, percent in draw(
            st.lists(st.tuples(st.integers(0, 1999), st.integers(1, 3), st.integers(0, 100)), min_size=1, max_size=3)
        )
    ]
    units = [(number, unit) for number, (_price, quantity, _discount) in enumerate(lines) for unit in range(quantity)]
    units = draw(st.permutations(units))
    cuts = sorted(draw(st.sets(st.integers(1, len(units)), max_size=3)) | {0, len(units)})
    slices = [units[start:end] for start, end in pairwise(cuts)]
    return Returns(lines, slices, draw(st.sampled_from(["1", "1.5", "0.333"])))


def return_of(case: Returns, units: list[tuple[int, int]], identifier: str) -> tuple[ReturnDocument, int]:
    """Return the document that gives these units back at what each really cost, and the sum."""
    parts: dict[int, tuple[int, int]] = {}
    for number, unit in units:
        price, quantity, discount = case.lines[number]
        cents = price - (discount * (unit + 1) // quantity - discount * unit // quantity)
        units_so_far, cents_so_far = parts.get(number, (0, 0))
        parts[number] = (units_so_far + 1, cents_so_far + cents)
    document = give_back(identifier, *((str(number), *part) for number, part in sorted(parts.items())))
    return document, sum(cents for _units, cents in parts.values())


@pytest.mark.prove(ci=True)
@settings(max_examples=RETURNS)
@given(case=orders_with_returns())
def test_returning_everything_in_any_slices_takes_exactly_what_was_earned(case: Returns) -> None:
    contact: Contact = ContactFactory.create()
    contact.move_to_tier(TierFactory.create(multiplier=case.multiplier), now=NOW - DAY)
    lines = (
        line(str(number), price, quantity=quantity, order_discount_cents=discount)
        for number, (price, quantity, discount) in enumerate(case.lines)
    )
    document = order(contact, *lines)
    earned = process_order(document, contact=contact, shop=ShopFactory.create(), now=NOW)
    left, counted = earned.earning_cents, earned.points

    for units in case.slices:
        asked, cents = return_of(case, units, document.external_identifier)
        correction = process_return(asked, now=NOW)
        left -= cents
        counted += correction.points
        assert counted == points_for(
            left,
            currency_digits=2,
            points_per_unit=earned.points_per_unit,
            tier_multiplier=earned.tier_multiplier,
        )

    assert process_return(asked, now=NOW) == correction
    contact.refresh_from_db()
    assert (left, counted, contact.balance) == (0, 0, 0)
    check_books(contact, now=NOW)
