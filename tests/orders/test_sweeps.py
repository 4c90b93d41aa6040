"""What runs every few seconds reads what is due, and no whole table, however many orders there have been."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from orders import counter_holds, offers, receipts, return_settlement, returns, settlement
from tests.factories import NOW

SWEEPS: list[Callable[..., object]] = [
    settlement.settle_paid,
    settlement.reconcile,
    returns.finish_all_cancelled,
    return_settlement.settle_due,
    offers.release_due,
    receipts.send_due,
    counter_holds.renew_counter_holds,
]


@contextmanager
def explaining(plans: list[str]) -> Iterator[None]:
    """Keep the steps of the plan of every query inside, each with its query."""

    def explain(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("SELECT"):
            with connection.cursor() as cursor:
                cursor.cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params or ())
                plans.extend(f"{row[3]}: {sql}" for row in cursor.cursor.fetchall())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        yield


@pytest.mark.django_db
@pytest.mark.once("sqlite")
@pytest.mark.parametrize("sweep", SWEEPS)
def test_a_sweep_reads_no_whole_table(sweep: Callable[..., object]) -> None:
    plans: list[str] = []

    with explaining(plans):
        sweep(now=NOW)

    assert plans
    assert [plan for plan in plans if plan.startswith("SCAN ") and " USING INDEX " not in plan.split(": ")[0]] == []
