"""The project itself: settings, files, checks; what no app's own tests cover."""

import threading

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection

from menu.models import ProductModifierGroup, Restaurant
from orders.models import Attempt, LineItem
from tests import factories


@pytest.mark.django_db
def test_the_worker_is_on_the_database_it_should_be_on(worker_id: str) -> None:
    engine = "postgresql" if worker_id in ("gw1", "gw3") else "sqlite3"

    assert settings.DATABASES["default"]["ENGINE"] == f"django.db.backends.{engine}"


@pytest.mark.django_db(transaction=True)
def test_two_threads_meet_on_one_database() -> None:
    Restaurant.objects.create(slug="here", name="Here")
    found: list[int] = []

    def count() -> None:
        found.append(Restaurant.objects.count())
        connection.close()

    thread = threading.Thread(target=count)
    thread.start()
    thread.join()

    assert found == [1]


@pytest.mark.django_db
def test_the_cache_keeps_what_it_is_given() -> None:
    cache.set("key", {"a": 1}, timeout=10)

    assert cache.get("key") == {"a": 1}


@pytest.mark.django_db
def test_the_factories_make_rows_that_belong_together() -> None:
    line: LineItem = factories.LineItemFactory()
    sub_line: LineItem = factories.SubLineItemFactory(parent=line)
    attempt: Attempt = factories.AttemptFactory()
    asked: ProductModifierGroup = factories.ProductModifierGroupFactory()

    assert line.product is not None
    assert line.order.table is not None
    assert line.order.table.restaurant == line.order.restaurant == line.product.restaurant
    assert sub_line.order == line.order
    assert sub_line.modifier is not None
    assert sub_line.modifier.group.restaurant == line.order.restaurant
    assert attempt.payment.currency == "EUR"
    assert asked.group.restaurant == asked.product.restaurant
