"""Orders paid for but not settled, a worker that can be killed while it settles them, and what must be true in the end."""

import os
import signal
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.models import Sum
from django.http import QueryDict
from django.utils import timezone

from loyalty import port
from loyalty.models import Contact, EntryKind, PointsEntry, ProcessedOrder, Redemption, RewardReception, Voucher
from menu.models import Product, Table
from orders.basket import add
from orders.checkout import PayForm, checkout_key, place
from orders.choices import product_for_sale, read_choice
from orders.models import AppliedOffer, Attempt, AttemptState, DemoCharge, Order
from orders.offers import apply_collectable, apply_voucher
from orders.payments import demo
from orders.tips import TipChoice
from tests.child import begin
from tests.factories import ProductFactory, TableFactory
from tests.loyalty.factories import RewardFactory, member
from tests.orders.diners import seat_member, voucher
from tests.parallel import children

POINTS_BEFORE, REWARD_POINTS, POINTS_EARNED = 250, 100, 21
PAID_CENTS = 2160
READY_SECONDS = 30


@dataclass(frozen=True)
class House:
    """A table, a pizza of 12.00, a soup of 5.00, and the soup as a reward for 100 points."""

    table: Table
    pizza: Product
    soup: Product
    reward_id: str


def open_house() -> House:
    table: Table = TableFactory.create()
    pizza = ProductFactory.create(restaurant=table.restaurant, price_cents=1200)
    soup = ProductFactory.create(restaurant=table.restaurant, sku="SOUP", price_cents=500)
    reward = RewardFactory.create(
        required_points=REWARD_POINTS, attributes={"discount_type": "free_item", "product_code": "SOUP"}
    )
    return House(table, pizza, soup, str(reward.uuid))


@dataclass(frozen=True)
class PaidOrder:
    """A member's order of 21.60 that the bank was paid for a minute ago, and that we have not heard of yet."""

    pk: int
    uuid: uuid.UUID
    contact: Contact
    voucher: Voucher

    @property
    def row(self) -> Order:
        return Order.objects.get(pk=self.pk)

    def facts(self) -> tuple[bool, ...]:
        """What has become of it: paid, in the kitchen, an offer used up, both, points in the ledger, settled."""
        order = self.row
        used = Redemption.objects.filter(order_identifier=str(self.uuid)).count()
        earned = PointsEntry.objects.filter(source=f"order:{self.uuid}").exists()
        return (
            order.paid_at is not None,
            order.number is not None,
            used > 0,
            used > 1,
            earned,
            order.settled_at is not None,
        )


def pay(house: House) -> PaidOrder:
    """Have a new member put two pizzas and a soup on a tab, a tenth off and the soup for points, and pay at the demo's bank."""
    now = timezone.now() - timedelta(minutes=1)
    diner = seat_member(house.table, member(POINTS_BEFORE, now=now))
    tenth = voucher(diner)
    Voucher.objects.filter(pk=tenth.pk).update(expires_at=None)
    for product, quantity in ((house.pizza, 2), (house.soup, 1)):
        offered = product_for_sale(house.table.restaurant, product.pk, now=now)
        choice = read_choice(offered, QueryDict(f"quantity={quantity}"))
        add(visitor=diner.visitor, table=house.table, offered=offered, choice=choice, now=now)
    order, programme, contact_id = diner.order, port.load(), str(diner.contact.uuid)
    held = programme.find_voucher(contact_id, str(tenth.uuid), now=now)
    apply_voucher(order, diner.guest, held, picked=None, now=now)
    shop = house.table.restaurant.slug
    bought = programme.buy(contact_id, house.reward_id, purchase_key=contact_id, shop=shop, now=now)
    apply_collectable(order, diner.guest, bought.collectable, picked=None, now=now)
    order = diner.order
    form = PayForm(
        method="demo",
        tip=TipChoice(),
        email="",
        checkout_key=checkout_key(order),
        shown_total_cents=str(PAID_CENTS),
        content="demo",
    )
    place(visitor=diner.visitor, table=diner.table, form=form, now=now)
    attempt = Attempt.objects.get(payment__order=order)
    demo.choose(attempt.uuid, outcome=AttemptState.PAID, now=now)
    return PaidOrder(order.pk, order.uuid, diner.contact, tenth)


# The worker ---------------------------------------------------------------------------------------------------------


def sweep() -> None:
    """Do what the worker does: ask about open payments, then settle what is paid."""
    with Path(os.devnull).open("w") as nowhere:
        call_command("reconcile_payments", stdout=nowhere)
        call_command("settle_orders", stdout=nowhere)


@dataclass(frozen=True)
class Run:
    """How a worker's run ended. Of one that was not killed: when it first committed, how many statements it sent to the
    database, and which of them came first after a commit.
    """

    was_killed: bool
    seconds: float
    first_commit: float = 0
    statements: int = 0
    after_commits: tuple[int, ...] = ()


def run_worker(*, kill_after: float | None = None, kill_at: int | None = None) -> Run:
    """Run the sweep in a process of its own; kill -9 it `kill_after` seconds, or just before its statement `kill_at`."""
    ours, its = children.Pipe()
    worker = children.Process(target=_be_worker, args=(str(connection.settings_dict["NAME"]), kill_at, its))
    worker.start()
    its.close()
    assert ours.poll(READY_SECONDS)
    ours.recv()
    started = time.monotonic()
    ours.send("go")
    if kill_after is not None:
        time.sleep(kill_after)
        worker.kill()
    worker.join(READY_SECONDS)
    seconds = time.monotonic() - started
    was_killed = worker.exitcode == -signal.SIGKILL
    assert was_killed or worker.exitcode == 0
    counted: tuple[float, int, tuple[int, ...]] = (0, 0, ()) if was_killed else ours.recv()
    worker.close()
    return Run(was_killed, seconds, *counted)


def _be_worker(database: str, kill_at: int | None, boss: Connection) -> None:
    begin(database)
    settings.PAYMENT_PROVIDERS = [*settings.PAYMENT_PROVIDERS, "demo"]
    connection.ensure_connection()
    counter = Counter(kill_at, commit=connection.commit)
    boss.send("ready")
    boss.recv()
    counter.started = time.monotonic()
    connection.commit = counter.commit_and_note  # type: ignore[method-assign]
    with connection.execute_wrapper(counter):
        sweep()
    first_commit = min(counter.after_commits.values())
    boss.send((first_commit, counter.statements, tuple(counter.after_commits)))


class Counter:
    """Counts this process's statements, notes which come first after something was committed, and kills it before one."""

    def __init__(self, kill_at: int | None, *, commit: Callable[[], None]) -> None:
        self.kill_at = kill_at
        self.commit = commit
        self.started = time.monotonic()
        self.statements = 0
        self.after_commits: dict[int, float] = {}

    def __call__(self, execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        self.statements += 1
        if self.statements == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        result = execute(sql, *arguments)
        if not connection.in_atomic_block and sql.startswith(("INSERT", "UPDATE", "DELETE")):
            self.note_commit()
        return result

    def commit_and_note(self) -> None:
        self.commit()
        self.note_commit()

    def note_commit(self) -> None:
        self.after_commits[self.statements + 1] = time.monotonic() - self.started


# What must be true in the end ---------------------------------------------------------------------------------------


def check_settled(paid: PaidOrder) -> None:
    """Everything happened, and nothing twice."""
    order, contact, source = paid.row, paid.contact, f"order:{paid.uuid}"
    contact.refresh_from_db()
    assert all(paid.facts())
    assert (order.payment_state, order.kitchen_state, order.total_cents) == ("paid", "received", PAID_CENTS)
    assert order.payments.get().attempts.get().state == AttemptState.PAID
    assert DemoCharge.objects.get(uuid=order.payments.get().attempts.get().uuid).amount_cents == PAID_CENTS
    _check_offers(paid, order)
    earned = PointsEntry.objects.get(source=source, kind=EntryKind.EARN)
    expected = POINTS_BEFORE - REWARD_POINTS + POINTS_EARNED
    ledger = contact.points_entries.aggregate(sum=Sum("points"))["sum"]
    assert (earned.points, order.points_earned) == (POINTS_EARNED, POINTS_EARNED)
    assert (contact.balance, ledger, order.new_balance) == (expected, expected, expected)
    assert contact.points_entries.count() == 3  # what they had, the soup, this order


def _check_offers(paid: PaidOrder, order: Order) -> None:
    """The voucher is used once and free of its lock, the reward collected once, and the order is linked to both."""
    paid.voucher.refresh_from_db()
    reception = RewardReception.objects.get(contact=paid.contact)
    used = {
        str(Redemption.objects.get(voucher=paid.voucher).uuid),
        str(Redemption.objects.get(reception=reception).uuid),
    }
    offers = AppliedOffer.objects.filter(order=order)
    processed = ProcessedOrder.objects.get(external_identifier=str(paid.uuid))
    linked = {discount["redemption"]["id"] for discount in processed.document["discounts"]}
    assert (paid.voucher.times_redeemed, paid.voucher.locked_until, paid.voucher.release_key) == (1, None, None)
    assert set(offers.exclude(redeemed_at=None).values_list("redemption_id", flat=True)) == linked == used
    assert offers.filter(overrun="", withdrawn_at=None, released_at=None).count() == offers.count() == 2
