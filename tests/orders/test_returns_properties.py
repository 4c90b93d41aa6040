"""Returning an order in any slices pays back exactly what it cost, to the tenders that paid it (trust.md R10).

That the points of it come back exactly too is proved in tests/loyalty/test_ledger_properties.py.
"""

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

import pytest
from django.db import connection
from django.db.models import F, Sum
from django.db.models.functions import Coalesce
from hypothesis import given, settings
from hypothesis import strategies as st

from orders.errors import Conflict
from orders.models import AppliedShare, LineItem, Order, Payment, Receipt, Refund
from orders.returns import return_items
from tests.factories import (
    NOW,
    AppliedOfferFactory,
    LineItemFactory,
    OrderFactory,
    PaymentFactory,
    SubLineItemFactory,
)
from tests.scale import size

EXAMPLES = size(ci=10, full=1000)


@dataclass(frozen=True)
class Bought:
    """A line: unit price, units, the price of an option on each, and what discounts took off line and option, in cents."""

    price: int
    units: int
    option: int
    off: int
    option_off: int

    @property
    def total(self) -> int:
        return (self.price + self.option) * self.units - self.off - self.option_off


@dataclass(frozen=True)
class Case:
    """What was bought, what each tender paid, and in which slices everything comes back: units by line."""

    lines: list[Bought]
    tenders: list[int]
    slices: list[Counter[int]]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    lines = []
    for _line in range(draw(st.integers(1, 3))):
        price, units, option = draw(st.integers(1, 1999)), draw(st.integers(1, 4)), draw(st.integers(0, 300))
        off, option_off = draw(st.integers(0, price * units)), draw(st.integers(0, option * units))
        lines.append(Bought(price, units, option, off, option_off))
    total = sum(line.total for line in lines)
    cuts = sorted(cut for cut in draw(st.sets(st.integers(1, max(1, total - 1)), max_size=2)) if cut < total)
    tenders = [end - start for start, end in pairwise([0, *cuts, total])]
    bought = [number for number, line in enumerate(lines) for _unit in range(line.units)]
    shuffled = draw(st.permutations(bought))
    ends = sorted(draw(st.sets(st.integers(1, len(bought)), max_size=3)) | {0, len(bought)})
    return Case(lines, tenders, [Counter(shuffled[start:end]) for start, end in pairwise(ends)])


def write(case: Case) -> tuple[Order, list[LineItem]]:
    """Write the order as it stands once it is paid and settled."""
    total = sum(line.total for line in case.lines)
    order: Order = OrderFactory.create(
        payment_state="paid",
        kitchen_state="served",
        total_cents=total,
        order_amount_cents=total,
        placed_at=NOW,
        paid_at=NOW,
        settled_at=NOW,
    )
    offer = AppliedOfferFactory.create(order=order)
    rows = []
    for line in case.lines:
        item = LineItemFactory.create(order=order, unit_cents=line.price, quantity=line.units, discount_cents=line.off)
        option = SubLineItemFactory.create(parent=item, unit_cents=line.option, discount_cents=line.option_off)
        for row, cents in ((item, line.off), (option, line.option_off)):
            if cents:
                AppliedShare.objects.create(offer=offer, line=row, cents=cents)
        rows.append(item)
    for cents in case.tenders:
        PaymentFactory.create(order=order, amount_cents=cents, paid_at=NOW)
    return order, rows


@pytest.mark.django_db
@pytest.mark.prove(ci=True)
@pytest.mark.once("postgres")
def test_returning_everything_in_any_slices_pays_back_exactly_what_was_paid() -> None:
    done: Counter[str] = Counter()

    @settings(max_examples=EXAMPLES)
    @given(case=cases())
    def check(case: Case) -> None:
        order, rows = write(case)
        paid, back = sum(case.tenders), 0
        for number, units in enumerate(case.slices):
            wanted = {rows[line].pk: count for line, count in units.items()}
            key = f"{order.uuid}:{number}"

            made = return_items(order, wanted, key=key, by="anna", reason="cold", now=NOW)
            again = return_items(order, wanted, key=key, by="anna", reason="cold", now=NOW)

            back += made.refund_cents
            assert again == made
            assert back <= paid
            sums = Payment.objects.filter(order=order).annotate(back=Coalesce(Sum("refunds__amount_cents"), 0))
            assert not sums.filter(back__gt=F("amount_cents")).exists()
        with pytest.raises(Conflict):
            return_items(order, {rows[0].pk: 1}, key=f"{order.uuid}:more", by="anna", reason="cold", now=NOW)
        refunds = Refund.objects.filter(payment__order=order).aggregate(sum=Sum("amount_cents"))["sum"] or 0
        order.refresh_from_db()
        assert (back, refunds, order.payment_state) == (paid, paid, "returned")
        numbers = Receipt.objects.filter(order=order).order_by("number").values_list("number", flat=True)
        assert list(numbers) == list(range(1, len(case.slices) + 1))
        done.update(orders=1, returns=len(case.slices), cents=paid)

    check()

    print(  # noqa: T201 - a proof prints its number
        f"R10 {connection.vendor}: {done['orders']} orders in {done['returns']} returns, each asked for twice; "
        f"{done['cents'] / 100:.2f} paid back of as much, to the cent and to the tender"
    )
