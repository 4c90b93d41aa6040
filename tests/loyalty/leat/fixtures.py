"""The Leat of a test run, for whoever asks: one process and one pool of connections."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from django.db import connection as database

from loyalty.backends.leat.connection import Connection
from tests.loyalty.leat.running import DATABASE, House, running_house


@pytest.fixture(scope="session")
def leat_house(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None) -> Iterator[House]:
    """Our own server as Leat, in a process of its own. Whoever uses it has it start over."""
    folder = tmp_path_factory.mktemp("leat")
    if database.vendor == "sqlite":  # its tables are there already; making them anew takes seconds
        with (
            closing(sqlite3.connect(database.settings_dict["NAME"], timeout=20)) as ours,
            closing(sqlite3.connect(folder / DATABASE)) as theirs,
        ):
            ours.backup(theirs)
    with running_house(folder) as house:
        yield house


@pytest.fixture(scope="session")
def leat_connection(leat_house: House) -> Iterator[Connection]:
    """The account there."""
    connection = Connection(leat_house.account())
    yield connection
    connection.close()
