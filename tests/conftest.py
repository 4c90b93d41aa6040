"""How a run is set up: both databases in one run, which tests run where, and the fixtures everyone shares."""

import gc
import os
import re
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management.commands import flush
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django import Settings

from orders.listing import forget_lists
from tests import services
from tests.scale import use_full_size

pytest_plugins = ["tests.browser", "tests.loyalty.leat.fixtures"]

SQLITE_WORKER, POSTGRES_WORKER, THIRD_WORKER, FRONT_WORKER = "gw0", "gw1", "gw2", "gw3"
DATABASE_FIXTURES = {"db", "transactional_db", "live_server", "admin_client", "admin_user"}
TELLING = re.compile(r"[\w.+-]+@[\w-]+\.\w|(?<![\w-])\d{6}(?![\w-])")
_services = pytest.StashKey[ExitStack]()

for _profile, _examples in {"default": 60, "ci": 300, "prove": 5000}.items():
    hypothesis_settings.register_profile(
        _profile,
        max_examples=_examples,
        deadline=None,
        print_blob=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


def pytest_configure(config: pytest.Config) -> None:
    """Start the services of the run, once, before the workers start; choose the size of the proofs."""
    proving = use_full_size(config)
    hypothesis_settings.load_profile("prove" if proving else "ci" if os.environ.get("CI") else "default")
    config.stash[_services] = ExitStack()
    if config.getoption("tx", None) and not hasattr(config, "workerinput"):
        started = config.stash[_services]
        os.environ["TEST_POSTGRES_URL"] = f"{started.enter_context(services.postgres())}/tableside"
        os.environ["TEST_VALKEY_URL"] = started.enter_context(services.valkey())


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what this run started."""
    config.stash[_services].close()


def pytest_report_header(config: pytest.Config) -> str:
    """Say which databases this run is on."""
    if config.getoption("tx", None):
        return (
            "databases: SQLite on gw0; PostgreSQL 18 and Valkey on gw1 and, for pages, APIs and what needs no database, on gw3; "
            "gw2 (SQLite): browsers, processes"
        )
    return f"database: {settings.DATABASES['default']['ENGINE'].rpartition('.')[2]}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the full-size proofs unless asked for, and on each worker what is another's to run (docs/adr/0010)."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    proving = use_full_size(config)
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        proof = item.get_closest_marker("prove")
        wanted = proving or proof is None or proof.kwargs.get("ci", False)
        here = worker in ("", *homes_of(item))
        (kept if wanted and here else left_out).append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept


def homes_of(item: pytest.Item) -> tuple[str, ...]:
    """Return the workers that run this test: both databases', unless it says nothing about one.

    Without Django's database fixtures a test cannot reach a database: pytest-django sees to that.
    """
    if item.get_closest_marker("browser"):
        return (THIRD_WORKER,)
    if once := item.get_closest_marker("once"):
        return (worker_named(once.args[0] if once.args else "", item),)
    uses_database = item.get_closest_marker("django_db") or DATABASE_FIXTURES & set(getattr(item, "fixturenames", ()))
    return (SQLITE_WORKER, POSTGRES_WORKER) if uses_database and not is_front(item) else (FRONT_WORKER,)


def worker_named(database: str, item: pytest.Item) -> str:
    """Return the worker of a test that runs once; proofs at full size are on PostgreSQL, whatever the small ones are on."""
    if database == "postgres" or (database == "sqlite" and use_full_size(item.config)):
        return POSTGRES_WORKER
    if database == "sqlite":
        return SQLITE_WORKER
    return FRONT_WORKER if is_front(item) else THIRD_WORKER


def pytest_collection_finish(session: pytest.Session) -> None:
    """Let the garbage collector rest: it need not look through all the modules and tests again and again.

    A tenth of the suite's time, without this.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


FRONT = re.compile(r"test_(admin_|identify|me\b|roles|journey)|page")


def is_front(item: pytest.Item) -> bool:
    """Say whether this is about what people or programs see: pages and JSON in front of operations tested on both databases.

    Races are not: what they try is the database.
    """
    database = item.get_closest_marker("django_db")
    is_race = database is not None and database.kwargs.get("transaction", False)
    return not is_race and ("api" in item.path.parts or FRONT.search(item.path.stem) is not None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Fail every test during which an e-mail address or a six-digit code got into the logs."""
    report = yield
    told = [line for line in report.capstderr.splitlines() if line.startswith('{"event"') and TELLING.search(line)]
    if report.when == "call" and report.passed and told:
        report.outcome = "failed"
        report.longrepr = "the logs tell who the diner is:\n" + "\n".join(told)
    return report


@pytest.fixture(scope="session", autouse=True)
def quick_flush() -> Iterator[None]:
    """Flush away a test's rows where there are any, and leave what only migrations write (content types, permissions).

    Emptying a hundred empty tables after each of hundreds of transactional tests costs more than many of those tests.
    """
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(flush, "emit_post_migrate_signal", lambda *_arguments, **_options: None)
        patched.setattr(flush, "sql_flush", _delete_rows)
        yield


def _delete_rows(_style: object, connection: BaseDatabaseWrapper, **_options: object) -> list[str]:
    """Return a DELETE for each table with rows; whatever refers to what, the constraints are checked when all are gone."""
    quoted = {
        name: connection.ops.quote_name(name)
        for name in connection.introspection.django_table_names()
        if name not in {"django_content_type", "auth_permission"}
    }
    looks = [f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {table})" for name, table in quoted.items()]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(looks))
        return [f"DELETE FROM {quoted[name]}" for (name,) in cursor.fetchall()]


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    """Start each test with nothing kept that the database's rollback does not empty, and in no guest's language."""
    forget_lists()
    translation.deactivate()
    yield
    if settings.REDIS_URL:
        cache.clear()


@pytest.fixture
def demo_mode(settings: Settings) -> None:
    """Run a test as under `manage.py demo`: the demo payment provider and /dev/mail/ exist."""
    settings.DEMO = True
    settings.PAYMENT_PROVIDERS = [*settings.PAYMENT_PROVIDERS, "demo"]
