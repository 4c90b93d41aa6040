"""Stored money as tenders: what gift cards and a prepaid balance cover, taking it, and giving it back when a try fails.

The programme is asked outside transactions, under a source it answers the same to however often it is asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from loyalty import port
from loyalty.port import Asker, MoneyKind, StoredMoney
from menu.models import Restaurant
from orders.errors import ChoiceRefused, Conflict
from orders.models import GIFT_CARD, PREPAID, Guest, Order, Payment, Refund

log = structlog.get_logger("tableside.tenders")

METHODS = {MoneyKind.GIFT_CARD: GIFT_CARD, MoneyKind.PREPAID: PREPAID}
KINDS = {method: kind for kind, method in METHODS.items()}
MOST_CARDS = 5


@dataclass(frozen=True)
class Tender:
    """Stored money and how much of the bill it covers."""

    money: StoredMoney
    cents: int


def cover(total_cents: int, stored: Sequence[StoredMoney]) -> tuple[Tender, ...]:
    """Return what each covers of the total, in the order they come; those left with nothing to cover are left out."""
    tenders = []
    for money in stored:
        cents = min(total_cents, money.balance_cents)
        if cents > 0:
            tenders.append(Tender(money, cents))
            total_cents -= cents
    return tuple(tenders)


def find_card(code: str, *, asker: Asker, restaurant: Restaurant, now: datetime) -> StoredMoney:
    """Return the gift card with this code, to pay with here. Raises ChoiceRefused, port.TooOften, port.ProgrammeAway."""
    try:
        card = port.load().find_gift_card(code, asker=asker, now=now)
    except port.UnknownGiftCard as unknown:
        raise ChoiceRefused(
            {"gift_card": _("We do not know this gift card. Please check the code letter by letter.")}
        ) from unknown
    except port.GiftCardUnavailable as gone:
        raise ChoiceRefused({"gift_card": _("This gift card cannot be used any more.")}) from gone
    if card.currency != restaurant.currency:
        raise ChoiceRefused({"gift_card": _("This gift card is in another currency.")})
    if card.balance_cents <= 0:
        raise ChoiceRefused({"gift_card": _("There is no money left on this gift card.")})
    return card


def takes_gift_cards() -> bool:
    """Say whether the checkout asks for gift cards."""
    try:
        return port.load().takes_gift_cards()
    except port.ProgrammeAway:
        return False


def find_prepaid(guest: Guest | None, restaurant: Restaurant) -> StoredMoney | None:
    """Return the prepaid balance this guest may spend here; None where there is none."""
    if guest is None or not guest.may_spend:
        return None
    try:
        balance = port.load().prepaid(guest.contact_id)
    except port.LoyaltyError:
        return None
    return balance if balance is not None and balance.currency == restaurant.currency else None


def write_payments(order: Order, tenders: Sequence[Tender], *, now: datetime) -> None:
    """Write down what is to be taken. Runs inside the transaction that starts the payment."""
    Payment.objects.bulk_create(
        Payment(
            order=order,
            method=METHODS[tender.money.kind],
            amount_cents=tender.cents,
            currency=order.currency,
            account_id=tender.money.id,
            account_name=tender.money.name,
            created_at=now,
        )
        for tender in tenders
    )


def take_stored(order: Order, *, now: datetime) -> None:
    """Take the stored money of an order being paid; repeatable. Raises Conflict where it is not there any more, ProgrammeAway."""
    for payment in Payment.objects.filter(order=order).stored_to_take():
        if Payment.objects.filter(pk=payment.pk, given_up_at=None).update(asked_at=now) != 1:
            continue
        try:
            link = _spend(payment, order, now=now)
        except port.ProgrammeAway:
            raise
        except port.LoyaltyError as refused:
            log.info("stored money refused", payment=str(payment.uuid), reason=type(refused).__name__)
            Payment.objects.filter(pk=payment.pk).update(asked_at=None)
            raise Conflict(
                _(
                    "The gift card or balance does not cover its part any more, so nothing was taken. Please look once more."
                )
            ) from refused
        _keep(payment, link.id, now=now)


def give_up(order: Order, *, now: datetime) -> None:
    """Give up the tenders of a try that failed; stored money that was taken goes back. Runs inside a transaction."""
    current = Payment.objects.filter(order=order).current()
    for payment in current.filter(method__in=KINDS).exclude(paid_at=None):
        _give_back(payment, now=now)
    current.update(given_up_at=now)


def resolve_doubts(*, now: datetime) -> int:
    """Find out about stored money asked for by a try that was given up meanwhile, and give it back; return how many."""
    doubtful = list(Payment.objects.stored_in_doubt().select_related("order__restaurant"))
    for payment in doubtful:
        try:
            link = _spend(payment, payment.order, now=now)  # the same source: taken before, or taken now and given back
        except port.ProgrammeAway:
            continue
        except port.LoyaltyError:
            Payment.objects.filter(pk=payment.pk).update(asked_at=None)
            continue
        _keep(payment, link.id, now=now)
    return len(doubtful)


def _spend(payment: Payment, order: Order, *, now: datetime) -> port.MoneyLink:
    return port.load().spend_money(
        KINDS[payment.method],
        payment.account_id,
        payment.amount_cents,
        currency=payment.currency,
        source=f"payment:{payment.uuid}",
        shop=order.restaurant.slug,
        now=now,
    )


def _keep(payment: Payment, link_id: str, *, now: datetime) -> None:
    """Write down that the money was taken; where the try was given up meanwhile it goes back at once."""
    with transaction.atomic():
        mine = Payment.objects.filter(pk=payment.pk)
        mine.update(link_id=link_id)
        if mine.filter(given_up_at=None).update(paid_at=now) != 1:
            payment.link_id = link_id
            _give_back(payment, now=now)


def _give_back(payment: Payment, *, now: datetime) -> None:
    Refund.objects.get_or_create(
        payment=payment,
        order_return=None,
        defaults={"amount_cents": payment.amount_cents, "currency": payment.currency, "created_at": now},
    )
