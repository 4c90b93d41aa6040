"""What tills do with a loyalty transaction: validate, update (PENDING, CLAIMED) and void it (rbi-api.md sections 3 to 5).

Each runs in one database transaction that takes the member's row first. How one is opened: loyalty.till_identifying; its
offers: loyalty.till_offers; rules: loyalty.till_rules.
"""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import datetime

from django.db import transaction as database

from loyalty import order_processing, till_claims, till_offers
from loyalty.documents import ReturnDocument, ReturnedLine
from loyalty.ledger import Ledger, open_ledger, take_back_of
from loyalty.models import Contact, Shop, TillState, TillTransaction
from loyalty.models.catalogue import find_store
from loyalty.order_parts import left_of
from loyalty.till_documents import TillBasket, TillContext, TillPoints
from loyalty.till_errors import LoyaltyOff, NotClaimable, UnknownStore, UnknownTransaction
from loyalty.till_judging import judge, resolve
from loyalty.till_offers import TillOffer

# Validate, update -----------------------------------------------------------------------------------------------------


class _DryRun(Exception):
    """Thrown to take back everything that a validation did."""


def validate(
    transaction_id: str, basket: TillBasket, *, status: str, contact_id: str, context: TillContext, now: datetime
) -> TillPoints:
    """Return what claiming this would come to, and change nothing: the very claim, taken back. Raises what a claim raises."""
    take_back_of(_find(transaction_id, contact_id).contact, now=now)
    came_to: list[TillPoints] = []
    with suppress(_DryRun), database.atomic():
        wanted = TillState.CLAIMED if status == TillState.PENDING else status
        came_to.append(
            update(transaction_id, basket, status=wanted, contact_id=contact_id, digest="", context=context, now=now)
        )
        raise _DryRun
    return came_to[0]


def update(
    transaction_id: str,
    basket: TillBasket,
    *,
    status: str,
    contact_id: str,
    digest: str,
    context: TillContext,
    now: datetime,
) -> TillPoints:
    """Bring the transaction to PENDING (rewards are held) or CLAIMED (offers used up, points earned), once.

    `digest` tells one body from another: the same one again gets the same answer. `contact_id` may be empty. Raises
    UnknownTransaction, NotClaimable, UnknownStore, LoyaltyOff, and from loyalty.till_judging RulesBroken,
    UnknownIncentive.
    """
    found = _find(transaction_id, contact_id)
    with _taken(found, now=now) as (transaction, ledger):
        if status not in {TillState.PENDING, TillState.CLAIMED}:
            raise NotClaimable
        is_repeat = bool(digest) and transaction.body_digest == digest and transaction.state == status
        if transaction.state == TillState.CLAIMED and is_repeat:
            return _stored(transaction)
        if transaction.state not in {TillState.OPENED, TillState.PENDING}:
            raise NotClaimable
        transaction.shop = _store_of(transaction, context)
        is_claim = status == TillState.CLAIMED
        transaction.held_until = None if is_claim else now + till_offers.HOLD
        offers = _hold_named(transaction, basket, ledger=ledger, context=context, is_claim=is_claim)
        if is_claim:
            points = _claim(transaction, basket, offers, ledger=ledger, context=context)
        else:
            points = _pend(transaction, offers, ledger)
        if is_repeat:
            points = _stored(transaction)
        _record(transaction, TillState(status), points, basket=basket, digest=digest, context=context, now=now)
        return points


def _hold_named(
    transaction: TillTransaction, basket: TillBasket, *, ledger: Ledger, context: TillContext, is_claim: bool
) -> list[TillOffer]:
    """Hold what the till names and does not hold yet, let go what it does not name; return what is held then.

    Discounts count with CLAIMED only, so until then those that are held stay held.
    """
    contact, now, holder = transaction.contact, ledger.now, transaction.holder
    held = till_offers.held_by(holder, contact=contact, now=now)
    named = [each for each in basket.named if is_claim or not each.is_discount]
    resolved = resolve(named, held, contact=contact, supporting_pos=context.supporting_pos, now=now)
    till_offers.take_rewards([*held, *(offer for _named, offer in resolved if offer is not None)])
    offers = judge(resolved, held, transaction, basket, ledger=ledger, context=context, until=now + till_offers.HOLD)
    used = {offer.key for offer in offers}
    kept = [offer for offer in held if offer.key not in used and not is_claim and not offer.is_line]
    unused = [offer for offer in held if offer.key not in used and offer not in kept]
    till_offers.let_go(unused, holders=[holder], ledger=ledger)
    return [*offers, *kept]


def _pend(transaction: TillTransaction, offers: Sequence[TillOffer], ledger: Ledger) -> TillPoints:
    till_offers.keep(offers, holder=transaction.holder, until=ledger.now + till_offers.HOLD, now=ledger.now)
    return _points(transaction, earned=0, redeemed=till_offers.points_of(offers))


def _claim(
    transaction: TillTransaction,
    basket: TillBasket,
    offers: Sequence[TillOffer],
    *,
    ledger: Ledger,
    context: TillContext,
) -> TillPoints:
    till_offers.use(offers, transaction=transaction, now=ledger.now)
    make = context.supporting_pos or transaction.till.get("supportingPos", "")
    order = order_processing.process_order(
        till_claims.as_document(transaction, basket, supporting_pos=make, now=ledger.now),
        contact=transaction.contact,
        shop=transaction.shop,
        now=ledger.now,
    )
    return _points(transaction, earned=order.points, redeemed=till_offers.points_of(offers))


# Void -----------------------------------------------------------------------------------------------------------------


def void(transaction_id: str, *, contact_id: str, now: datetime) -> TillPoints:
    """Cancel the transaction: what it held is let go; what it claimed, earned and spent is reversed, once.

    Again, or after a second scan took its place: the same answer. Raises UnknownTransaction.
    """
    found = _find(transaction_id, contact_id)
    with _taken(found, now=now) as (transaction, ledger):
        if transaction.state == TillState.VOID:
            return _stored(transaction) if transaction.answer else _points(transaction, earned=0, redeemed=0)
        if transaction.state == TillState.CLAIMED:
            till_offers.give_back(transaction, ledger=ledger)
            _give_order_back(transaction, now=now)
        else:
            held = till_offers.held_by(transaction.holder, contact=transaction.contact, now=now)
            till_offers.let_go(held, holders=[transaction.holder], ledger=ledger)
        points = _points(transaction, earned=0, redeemed=0)
        rows = TillTransaction.objects.filter(pk=transaction.pk)
        if not rows.move(
            TillState.VOID, voided_at=now, updated_at=now, held_until=None, body_digest="", answer=_as_answer(points)
        ):
            raise NotClaimable
        return points


def _give_order_back(transaction: TillTransaction, *, now: datetime) -> None:
    """Return all that is left of the order."""
    order = order_processing.find_order(transaction.holder)
    document = ReturnDocument(
        external_identifier=f"{transaction.holder}:void",
        order_identifier=transaction.holder,
        returned_at=now,
        lines=tuple(
            ReturnedLine(external_identifier=part.key[0], quantity=part.quantity, net_cents=part.net_cents)
            for part in left_of(order).values()
            if part.quantity or part.net_cents
        ),
        reason="void",
    )
    order_processing.process_return(document, now=now)


# Parts ----------------------------------------------------------------------------------------------------------------


def _find(transaction_id: str, contact_id: str) -> TillTransaction:
    try:
        found = TillTransaction.objects.select_related("contact").filter(uuid=uuid.UUID(transaction_id)).first()
    except ValueError as error:
        raise UnknownTransaction from error
    if found is None or (contact_id and not _is_member(contact_id.lower(), found.contact)):
        raise UnknownTransaction
    return found


def _is_member(contact_id: str, contact: Contact) -> bool:
    """Say whether this is the contact's id, or that of one who has become part of them."""
    if contact_id == str(contact.uuid):
        return True
    try:
        return Contact.objects.filter(uuid=uuid.UUID(contact_id), merged_into=contact).exists()
    except ValueError:
        return False


@contextmanager
def _taken(found: TillTransaction, *, now: datetime) -> Iterator[tuple[TillTransaction, Ledger]]:
    """Take the row of the transaction's member, and give the transaction as it is then."""
    with open_ledger(found.contact, now=now) as ledger:
        transaction = TillTransaction.objects.select_related("shop").get(pk=found.pk)
        if transaction.contact_id != ledger.contact.pk:  # the member was merged into another meanwhile
            raise UnknownTransaction
        transaction.contact = ledger.contact
        yield transaction, ledger


def _store_of(transaction: TillTransaction, context: TillContext) -> Shop | None:
    """Return where the order is; a till that names no store is where it identified. Raises UnknownStore, LoyaltyOff."""
    shop = transaction.shop
    if context.store and (shop is None or context.store not in {shop.reference, shop.store_number}):
        shop = find_store(context.store)
        if shop is None:
            raise UnknownStore
    if shop is not None and not shop.has_loyalty:
        raise LoyaltyOff
    return shop


def _record(
    transaction: TillTransaction,
    state: TillState,
    points: TillPoints,
    *,
    basket: TillBasket,
    digest: str,
    context: TillContext,
    now: datetime,
) -> None:
    """Write down what the till sent and what it was answered, and move the transaction. Raises NotClaimable."""
    rows = TillTransaction.objects.filter(pk=transaction.pk)
    moved = rows.move(
        state,
        shop=transaction.shop,
        till=dict(context.till) or transaction.till,
        region=context.region or transaction.region,
        updated_at=now,
        held_until=transaction.held_until,
        claimed_at=now if state is TillState.CLAIMED else None,
        points_earned=points.earned,
        points_redeemed=points.redeemed,
        basket=asdict(basket),
        faults=list(basket.faults),
        body_digest=digest,
        answer=_as_answer(points),
    )
    if not moved:
        raise NotClaimable


def _balance_of(contact: Contact) -> int:
    return Contact.objects.values_list("balance", flat=True).get(pk=contact.pk)


def _points(transaction: TillTransaction, *, earned: int, redeemed: int) -> TillPoints:
    return TillPoints(
        transaction_id=str(transaction.uuid),
        contact_id=str(transaction.contact.uuid),
        balance=_balance_of(transaction.contact),
        earned=earned,
        redeemed=redeemed,
    )


def _as_answer(points: TillPoints) -> dict[str, int]:
    return {"balance": points.balance, "earned": points.earned, "redeemed": points.redeemed}


def _stored(transaction: TillTransaction) -> TillPoints:
    """Return what the till was answered the first time."""
    return TillPoints(
        transaction_id=str(transaction.uuid), contact_id=str(transaction.contact.uuid), **transaction.answer
    )
