"""Credit receptions: points given or taken by a till or a shop by themselves, not for an order that was sent here.

Source: leat-api.md section 7. Buying rewards is loyalty.purchases, orders are loyalty.order_processing.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext

from loyalty.attributes import attribute_problems
from loyalty.domain import points_for
from loyalty.errors import Conflict, InvalidDetails, TooManyPoints, UnknownContact, UnknownReception
from loyalty.ledger import Cause, Ledger, open_ledger
from loyalty.models import Contact, EntryKind, PointsEntry, Shop, Unit, find_definitions, find_programme
from loyalty.order_processing import HIGHEST_BALANCE, count_earned

MOST_POINTS = 1_000_000
"""At once; what a loyalty program's `max_amount` says."""

UNIT_DIGITS = 3  # of a unit's value
BY_ITSELF, AT_A_TILL, REVERSED = "credits:", "pos:", "credits-reversed:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credits:
    """What is given: `points` as they are, or what `unit_value` of the unit is worth. One of the two."""

    points: int | None = None
    unit: Unit | None = None
    unit_value: Decimal | None = None
    pos_transaction: str = ""
    """The till's own name for it: it can be linked once."""
    attributes: Mapping[str, object] = field(default_factory=dict)


def worth(unit_value: Decimal, unit: Unit, *, contact: Contact | None) -> int:
    """Return the points for so much of a unit: rate and the contact's tier multiply first, one floor at the end."""
    tier = contact.tier if contact else None
    points = points_for(
        int(abs(unit_value).scaleb(UNIT_DIGITS)),
        currency_digits=UNIT_DIGITS,
        points_per_unit=unit.points_each,
        tier_multiplier=tier.multiplier if tier else Decimal(1),
    )
    return -points if unit_value < 0 else points


def receive(contact: Contact, credits_given: Credits, *, shop: Shop, now: datetime) -> PointsEntry:
    """Give the points, or (negative, a refund) take them, if need be below zero.

    Raises InvalidDetails (attributes, by their names), TooManyPoints, Conflict (that transaction of the till is linked
    already), UnknownContact.
    """
    _check_attributes(credits_given.attributes)
    name = (
        f"{AT_A_TILL}{credits_given.pos_transaction}" if credits_given.pos_transaction else f"{BY_ITSELF}{uuid.uuid4()}"
    )
    cause = Cause(
        source=name,
        shop=shop,
        unit=credits_given.unit,
        unit_value=credits_given.unit_value,
        attributes=credits_given.attributes,
    )
    with open_ledger(contact, now=now) as ledger:
        if ledger.contact.erased_at is not None:  # since it was looked up
            raise UnknownContact
        if _find(ledger, name) is not None:
            raise Conflict
        points = credits_given.points
        if points is None:
            assert credits_given.unit is not None
            assert credits_given.unit_value is not None
            points = worth(credits_given.unit_value, credits_given.unit, contact=ledger.contact)
        return _book(ledger, points, cause)


def reverse(entry: PointsEntry, *, now: datetime) -> PointsEntry:
    """Write the opposite of a credit reception, once: a repeat finds it. Raises UnknownReception for any other entry."""
    if not entry.source.startswith((BY_ITSELF, AT_A_TILL)):
        raise UnknownReception
    contact = entry.contact
    while contact.merged_into is not None:
        contact = contact.merged_into
    name = f"{REVERSED}{entry.uuid}"
    cause = Cause(source=name, shop=entry.shop, unit=entry.unit, about=entry)
    with open_ledger(contact, now=now) as ledger:
        return _find(ledger, name) or _book(ledger, -entry.points, cause)


def _check_attributes(attributes: Mapping[str, object]) -> None:
    if attributes:
        problems = attribute_problems(attributes, find_definitions("loyalty_transaction"))
        if problems:
            raise InvalidDetails({name: gettext(problem) for name, problem in problems.items()})


def _find(ledger: Ledger, source: str) -> PointsEntry | None:
    return ledger.find(source, EntryKind.EARN) or ledger.find(source, EntryKind.CORRECT)


def _book(ledger: Ledger, points: int, cause: Cause) -> PointsEntry:
    if abs(points) > MOST_POINTS or abs(ledger.balance + points) > HIGHEST_BALANCE:
        raise TooManyPoints
    if points < 0:
        entry = ledger.correct(-points, cause)
    else:
        entry = ledger.earn(points, cause, expires_at=find_programme().points_expire_at(earned_at=ledger.now))
    count_earned(ledger, points)
    return entry
