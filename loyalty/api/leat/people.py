"""Showing contacts whole: four queries however many."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum

from loyalty.api.leat.definitions import find_custom
from loyalty.currency import minor_digits
from loyalty.dialects.leat.contacts import ContactObject, ContactRecord, LedgerFacts, contact_object
from loyalty.dialects.leat.tiers import TierRecord
from loyalty.models import (
    ConsentRecord,
    Contact,
    ContactIdentifier,
    MoneyAccount,
    PointsEntry,
    Programme,
    Tier,
    expired_points,
    find_programme,
)
from loyalty.values import ConsentKind


def show_contact(contact: Contact, *, now: datetime) -> ContactObject:
    """Return one contact whole, as it is in the database now."""
    return show_contacts(Contact.objects.filter(pk=contact.pk), now=now)[0]


def show_contacts(contacts: "QuerySet[Contact, Contact]", *, now: datetime) -> list[ContactObject]:
    """Return these contacts whole."""
    programme = find_programme()
    custom = find_custom("contact")
    rows = list(whole(contacts, now=now))
    facts = find_facts(row.pk for row in rows)
    return [
        contact_object(record_of(row, facts.get(row.pk, LedgerFacts()), programme, now=now), custom) for row in rows
    ]


def whole(contacts: "QuerySet[Contact, Contact]", *, now: datetime) -> "QuerySet[Contact, Contact]":
    """Return the query with all that a contact's own row does not have."""
    mine = {"contact": OuterRef("pk")}
    consents = ConsentRecord.objects.filter(kind=ConsentKind.MARKETING.value, **mine).order_by("-given_at", "-pk")
    cards = ContactIdentifier.objects.filter(is_active=True, **mine).order_by("pk")
    return contacts.select_related("tier").annotate(
        points_expired=expired_points(now=now),
        marketing=Subquery(consents.values("granted")[:1]),
        card=Subquery(cards.values("value")[:1]),
        prepaid_cents=Subquery(MoneyAccount.objects.filter(**mine).values("balance_cents")[:1]),
    )


def find_facts(contact_ids: Iterable[int]) -> dict[int, LedgerFacts]:
    """Return what the ledgers of these contacts add up to; one query."""
    rows = (
        PointsEntry.objects.filter(contact__in=list(contact_ids))
        .order_by()
        .values("contact", "shop__name")
        .annotate(
            transactions=Count("pk"),
            received=Sum("points", filter=Q(points__gt=0)),
            first_at=Min("created_at"),
            last_at=Max("created_at"),
        )
    )
    facts: dict[int, LedgerFacts] = {}
    for row in rows:
        before = facts.get(row["contact"], LedgerFacts())
        shops = {*before.shops, row["shop__name"]} - {None}
        facts[row["contact"]] = LedgerFacts(
            transactions=before.transactions + row["transactions"],
            received=before.received + (row["received"] or 0),
            first_at=min(before.first_at or row["first_at"], row["first_at"]),
            last_at=max(before.last_at or row["last_at"], row["last_at"]),
            shops=tuple(sorted(shops)),
        )
    return facts


def record_of(contact: Contact, facts: LedgerFacts, programme: Programme, *, now: datetime) -> ContactRecord:
    """Return a contact read by `whole` as a value."""
    annotated = vars(contact)
    return ContactRecord(
        id=contact.pk,
        uuid=str(contact.uuid),
        email=contact.email,
        first_name=contact.first_name,
        last_name=contact.last_name,
        birthdate=contact.birthdate,
        locale=contact.locale,
        attributes=contact.attributes,
        tier=tier_record(contact.tier) if contact.tier else None,
        is_subscribed=bool(annotated["marketing"]),
        balance=contact.balance - annotated["points_expired"],
        prepaid_cents=annotated["prepaid_cents"] or 0,
        currency_digits=minor_digits(programme.currency),
        identifier=annotated["card"],
        created_at=contact.created_at,
        today=programme.today(now=now),
        facts=facts,
    )


def tier_record(tier: Tier) -> TierRecord:
    """Return a tier as a value."""
    return TierRecord(id=tier.pk, name=tier.name, description=tier.description, position=tier.position)
