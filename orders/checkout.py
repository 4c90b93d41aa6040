"""From the pay button to a placed order: the summary, its key, and placing it once however often the button is pressed.

What follows a provider's answer is in `settlement`.
"""

import hashlib
import hmac
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email
from django.db import transaction
from django.db.models import Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from loyalty.port import StoredMoney
from menu.models import Table
from orders.basket import fortune_words, is_fortune, why_closed
from orders.basket_view import Basket, read_basket, with_tip
from orders.currency import currency_words, is_another_currency
from orders.errors import ChoiceRefused, Conflict, OrderingRefused
from orders.freezing import freeze
from orders.guest import Visitor
from orders.models import Attempt, Guest, KitchenState, Order, Payment, PaymentState
from orders.offers import hold_for_payment, withdraw
from orders.payments import COUNTER, Method, methods
from orders.repeats import minutes_since_same
from orders.settlement import LONG_STOP, carry_on, place_order, settle, start_at_provider
from orders.tenders import Tender, cover, find_prepaid, takes_gift_cards, write_payments
from orders.tips import TipChoice, TipOption, tip_options

COUNTER_HOLD = timedelta(hours=24)
LONGEST_EMAIL = 254


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What is ordered and paid. `checkout_key` stands for this very basket and this very try to pay it.

    `tenders` are the gift cards and the prepaid balance chosen, as far as they cover anything.
    """

    basket: Basket
    tip: TipChoice
    checkout_key: str
    tenders: tuple[Tender, ...]

    @property
    def total_cents(self) -> int:
        """What the order costs, however it is paid."""
        return self.basket.total_cents

    @property
    def to_pay_cents(self) -> int:
        """What the pay button says: the total less what gift cards and the balance cover."""
        return self.total_cents - sum(tender.cents for tender in self.tenders)


@dataclass(frozen=True, kw_only=True)
class Checkout(Summary):
    """The summary with everything one may choose beside it; `prepaid` is the balance that could be spent."""

    tip_options: tuple[TipOption, ...]
    methods: tuple[Method, ...]
    prepaid: StoredMoney | None
    takes_gift_cards: bool
    minutes_since_same: int | None
    """How long ago this guest ordered exactly the same; None where they did not, lately."""


@dataclass(frozen=True, kw_only=True)
class PayForm:
    """What the pay button sends. `errors` (by field) are what could not be read; only a press to be placed minds them.

    `content` stands for the choices in the browser's own words: what makes two presses the same. What they name may have
    changed in between: the first press empties the gift card that the second names again. `shown_to_pay_cents` is what the
    button said; None from whoever shows no such button, and agrees to the total only.
    """

    method: str
    tip: TipChoice
    email: str
    checkout_key: str
    shown_total_cents: str
    content: str
    shown_to_pay_cents: str | None = None
    stored: tuple[StoredMoney, ...] = ()
    errors: Mapping[str, str] = field(default_factory=dict)


def _read_summary(order: Order, *, tip: TipChoice, stored: tuple[StoredMoney, ...] = (), now: datetime) -> Summary:
    """Read the basket with this tip, paid with this stored money as far as that goes."""
    basket = read_basket(order, now=now)
    if tip_cents := tip.cents(basket.items_cents):
        basket = with_tip(basket, tip_cents)
    return Summary(basket=basket, tip=tip, checkout_key=checkout_key(order), tenders=cover(basket.total_cents, stored))


def read_checkout(order: Order, *, tip: TipChoice, stored: tuple[StoredMoney, ...] = (), now: datetime) -> Checkout:
    """Read all that the checkout's page shows."""
    summary = _read_summary(order, tip=tip, stored=stored, now=now)
    return Checkout(
        **vars(summary),
        tip_options=tip_options(order.restaurant, summary.basket.items_cents),
        methods=methods(order.restaurant),
        takes_gift_cards=takes_gift_cards(),
        prepaid=find_prepaid(order.guest, order.restaurant),
        minutes_since_same=minutes_since_same(order, summary.basket.items, now=now),
    )


def checkout_key(order: Order) -> str:
    """Return the key of this basket, as it is now, and this try: two tabs hold the same one."""
    return _seal("checkout", f"{order.uuid}:{order.version}:{order.attempts}")


def seal_choices(choices: Mapping[str, Sequence[str]]) -> str:
    """Return what stands for the choices of a form, telling nothing of them: gift cards' codes are among them."""
    return _seal("choices", json.dumps(choices, sort_keys=True))


def _seal(purpose: str, text: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), f"{purpose}:{text}".encode(), hashlib.sha256).hexdigest()


def next_url(order: Order) -> str:
    """Return where the diner goes on with an order whose button was pressed: our page towards the provider, or the order."""
    if order.payment_state == PaymentState.PAYING:
        return reverse("payment_redirect", args=[order.uuid])
    return order.get_absolute_url()


def place(*, visitor: Visitor, table: Table, form: PayForm, now: datetime) -> str:
    """Place the visitor's order and return the address to go to next. Repeating it with the same form changes nothing.

    Raises ChoiceRefused (method, tip, e-mail), OrderingRefused (paused, closed) or Conflict (the total or the basket
    is another than the one shown, a line cannot be had, the same key with another content).
    """
    if (done := _done_before(visitor, form)) is not None:
        return next_url(done)
    try:
        return _place_first(visitor, table, form, now=now)
    except (ChoiceRefused, Conflict):
        # The same button, pressed several times at once: wherever the others notice, they go where the first one goes.
        if (done := _done_before(visitor, form)) is not None:
            return next_url(done)
        raise


def _place_first(visitor: Visitor, table: Table, form: PayForm, *, now: datetime) -> str:
    if form.errors:
        raise ChoiceRefused(dict(form.errors))
    order = Order.objects.of_guest(visitor.guest_id).baskets().filter(restaurant=table.restaurant).first()
    if order is None:
        raise Conflict(_("Your basket is empty."))
    if order.payment_state != PaymentState.UNPAID:
        raise Conflict(why_closed(order))
    order.restaurant = table.restaurant
    summary = _judge(order, form, now=now)
    _hold_offers(order, form, now=now)
    attempt = _commit(order, summary, table, form, now=now)
    order.refresh_from_db()
    if summary.tenders:
        carry_on(order, now=now)
        order.refresh_from_db()
    elif attempt is not None:
        start_at_provider(attempt, now=now)
        order.refresh_from_db()
    elif order.payment_state == PaymentState.PAID:
        settle(order, now=now)
    if attempt is not None and order.payment_state == PaymentState.UNPAID:
        raise Conflict(_("The payment could not be opened, and nothing was charged. Please choose another way to pay."))
    return next_url(order)


def _hold_offers(order: Order, form: PayForm, *, now: datetime) -> None:
    """Make the offers outlive the payment, or the wait at the counter. Raises Conflict where one is gone meanwhile."""
    window = COUNTER_HOLD if form.method == COUNTER else timedelta(minutes=settings.PAYMENT_WINDOW_MINUTES) + LONG_STOP
    gone = hold_for_payment(order, until=now + window, now=now)
    if not gone:
        return
    for offer in gone:
        withdraw(order, kind=offer.kind, offer_id=offer.offer_id, now=now)
    raise Conflict(
        _("%(offer)s cannot be used any more, so the total has changed. Please look at it once more.")
        % {"offer": ", ".join(offer.name for offer in gone)}
    )


def _done_before(visitor: Visitor, form: PayForm) -> Order | None:
    """Return the order that this very button already placed or is paying. Raises Conflict where the content differs."""
    if not form.checkout_key:
        return None
    order = Order.objects.of_guest(visitor.guest_id).filter(checkout_key=form.checkout_key).first()
    if order is None or (order.placed_at is None and order.payment_state == PaymentState.UNPAID):
        return None
    if order.checkout_content != form.content:
        raise Conflict(_("This order was already sent, with other choices. Nothing was ordered a second time."))
    return order


def _judge(order: Order, form: PayForm, *, now: datetime) -> Summary:
    """Read the summary again and refuse what does not fit what the diner saw."""
    if refusal := order.restaurant.refusal(now=now):
        raise OrderingRefused(refusal)
    if is_another_currency(order):
        raise Conflict(currency_words(order))
    summary = _read_summary(order, tip=form.tip, stored=form.stored, now=now)
    _check_fields(order, form, needs_method=bool(form.method) and summary.to_pay_cents > 0)
    if not summary.basket.lines:
        raise Conflict(_("Your basket is empty."))
    if is_fortune(summary.basket.items_cents, order.restaurant):
        raise Conflict(fortune_words())
    if summary.basket.is_blocked:
        raise Conflict(_("Something in your basket cannot be had any more. Please remove it."))
    if form.checkout_key != summary.checkout_key:
        raise Conflict(_("Your basket has changed since. Please look at it once more."))
    if form.shown_total_cents != str(summary.total_cents):
        raise Conflict(_("The total has changed. Please look at it once more."))
    if form.shown_to_pay_cents not in (None, str(summary.to_pay_cents)):
        raise Conflict(_("The amount to pay has changed. Please look at it once more."))
    # A gift card that covers less by now makes a choice necessary that was not on the page: first the new amount, then this.
    _check_fields(order, form, needs_method=summary.to_pay_cents > 0)
    return summary


def _check_fields(order: Order, form: PayForm, *, needs_method: bool) -> None:
    """Refuse a method that is not offered and an address that cannot be one."""
    errors = {}
    if needs_method and form.method not in {method.code for method in methods(order.restaurant)}:
        errors["method"] = _("Choose how you would like to pay.")
    if form.email:
        try:
            validate_email(form.email)
            MaxLengthValidator(LONGEST_EMAIL)(form.email)
        except ValidationError:
            errors["email"] = _("Please check this e-mail address, or leave it empty.")
    if errors:
        raise ChoiceRefused(errors)


def _commit(order: Order, summary: Summary, table: Table, form: PayForm, *, now: datetime) -> Attempt | None:
    """Write everything down in one transaction; of several presses exactly one gets through, the others raise Conflict."""
    online = form.method != COUNTER and summary.to_pay_cents > 0
    with transaction.atomic(durable=True):
        won = (
            Order.objects.baskets()
            .filter(pk=order.pk, payment_state=PaymentState.UNPAID, version=order.version, attempts=order.attempts)
            .update(
                payment_state=PaymentState.PAYING if online or summary.tenders else PaymentState.UNPAID,
                checkout_key=form.checkout_key,
                checkout_content=form.content,
                email=form.email,
                contact_id=Subquery(Guest.objects.filter(pk=order.guest_id).values("contact_id")),
                table=table,
                table_name=table.name,
                changed_at=now,
                attempts=order.attempts + 1,
            )
        )
        if won != 1:
            raise Conflict(_("Your basket has changed since. Please look at it once more."))
        freeze(order, summary.basket)
        if summary.total_cents == 0:
            Order.objects.filter(pk=order.pk).update(payment_state=PaymentState.PAID, paid_at=now)
            return None
        write_payments(order, summary.tenders, now=now)
        if summary.to_pay_cents == 0:
            return None
        payment = Payment.objects.create(
            order=order,
            method=form.method,
            amount_cents=summary.to_pay_cents,
            currency=order.currency,
            created_at=now,
        )
        if online:
            return Attempt.objects.create(
                payment=payment,
                idempotency_key=uuid.uuid4().hex,
                started_at=now,
                expires_at=now + timedelta(minutes=settings.PAYMENT_WINDOW_MINUTES),
            )
        if not summary.tenders:
            place_order(order, now=now)
        return None


def basket_is_paying(order: Order) -> bool:
    """Say whether this basket cannot be changed because its payment is under way."""
    return order.kitchen_state == KitchenState.NONE and order.payment_state in (
        PaymentState.PAYING,
        PaymentState.UNKNOWN,
    )
