"""Opening a loyalty transaction: who stands at the till, and what they bring along (rbi-api.md section 2)."""

import uuid
from datetime import datetime

from loyalty import till, till_offers
from loyalty.errors import UnknownContact, WrongCode
from loyalty.ledger import open_ledger
from loyalty.models import Contact, Programme, TillState, TillTransaction
from loyalty.models.catalogue import find_store
from loyalty.till_documents import Identification, TillContext
from loyalty.till_errors import CodeUsed, InvalidIdentifier, TillsClosed


def identify(identifier: str, *, asked_by: str, context: TillContext, now: datetime) -> Identification:
    """Open a transaction for the member whom a till code or a loyalty id names, and hold what they marked.

    What another transaction of theirs holds moves over at once, and that one is void. Raises InvalidIdentifier,
    TillsClosed, CodeUsed, WrongCode, UnknownContact, TooOften.
    """
    if Programme.objects.filter(has_tills=False).exists():
        raise TillsClosed
    contact = _find_member(identifier, asked_by=asked_by, terminal=f"{context.store}/{context.terminal}", now=now)
    shop = find_store(context.store) if context.store else None
    with open_ledger(contact, now=now) as ledger:
        contact = ledger.contact
        if contact.erased_at is not None:
            raise UnknownContact
        opened = TillTransaction.objects.create(
            contact=contact,
            shop=shop,
            till=dict(context.till),
            region=context.region,
            opened_at=now,
            updated_at=now,
            held_until=now + till_offers.HOLD,
        )
        holders = _replace_others(opened, now=now)
        before = till_offers.held_by(*holders, contact=contact, now=now) if holders else []
        offers = till_offers.move_marked(before, holders=holders, transaction=opened, ledger=ledger)
        balance = Contact.objects.values_list("balance", flat=True).get(pk=contact.pk)
    return Identification(
        transaction_id=str(opened.uuid),
        contact_id=str(contact.uuid),
        name=" ".join(filter(None, (contact.first_name, contact.last_name))),
        created_at=contact.created_at,
        balance=balance,
        offers=till_offers.describe(offers, supporting_pos=context.supporting_pos),
    )


def _find_member(identifier: str, *, asked_by: str, terminal: str, now: datetime) -> Contact:
    typed = "".join(identifier.split())
    if len(typed) == till.DIGITS and typed.isascii() and typed.isdecimal():
        try:
            return till.use_code(typed, asked_by=asked_by, terminal=terminal, now=now)
        except WrongCode as wrong:
            if till.was_used(typed, now=now):
                raise CodeUsed from wrong
            raise
    try:
        contact = Contact.objects.members().filter(uuid=uuid.UUID(typed)).first()
    except ValueError as error:
        raise InvalidIdentifier from error
    if contact is None:
        raise UnknownContact
    return contact


def _replace_others(opened: TillTransaction, *, now: datetime) -> list[str]:
    """Make what the member has open elsewhere void in favour of this one; return under what that held."""
    others = TillTransaction.objects.open().filter(contact=opened.contact, held_until__gt=now).exclude(pk=opened.pk)
    replaced = list(others)
    for other in replaced:
        rows = TillTransaction.objects.filter(pk=other.pk)
        rows.move(TillState.VOID, voided_at=now, replaced_by=opened, held_until=None, answer={}, body_digest="")
    return [other.holder for other in replaced]
