"""How a process kills itself with -9 at a named moment: around a statement to the database, or around a call to a bank.

Only processes that tests start know of this; the product has no hooks for it.
"""

import os
import re
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing.connection import Connection
from typing import Any

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter


class Side(StrEnum):
    """On which side of it. UNCOMMITTED: the statement was sent, its transaction is not committed."""

    BEFORE = "before"
    UNCOMMITTED = "uncommitted"
    AFTER = "after"


@dataclass(frozen=True)
class Moment:
    """The first statement, or else the first call to a bank ("POST /v1/refunds"), in which `what` (a pattern) is found."""

    name: str
    side: Side
    what: str
    is_call: bool = False


class Trap:
    """Waits for the moment it is armed with; one of a process."""

    def __init__(self) -> None:
        self.moment: Moment | None = None

    def watch(self, boss: Connection) -> None:
        """See every statement and every call of this process from now on, and be armed by `boss`."""
        connection_created.connect(self._watch_connection, weak=False)
        sent = HTTPAdapter.send

        def send(adapter: HTTPAdapter, request: PreparedRequest, *arguments: Any, **options: Any) -> Response:
            call = f"{request.method} {request.path_url}"
            self._spring(call, Side.BEFORE, is_call=True)
            answer = sent(adapter, request, *arguments, **options)
            self._spring(call, Side.AFTER, is_call=True)
            return answer

        HTTPAdapter.send = send  # type: ignore[method-assign, assignment]
        threading.Thread(target=self._obey, args=(boss,), daemon=True).start()

    def _obey(self, boss: Connection) -> None:
        while True:
            try:
                self.moment = boss.recv()
                boss.send("armed")
            except (EOFError, OSError):
                die()

    def _watch_connection(self, *, connection: BaseDatabaseWrapper, **_signal: Any) -> None:
        def execute(run: Callable[..., Any], sql: str, *arguments: Any) -> Any:
            self._spring(sql, Side.BEFORE)
            result = run(sql, *arguments)
            self._spring(sql, Side.UNCOMMITTED)
            if self._is_due(sql, Side.AFTER):
                transaction.on_commit(die, using=connection.alias)
            return result

        connection.execute_wrappers.append(execute)

    def _spring(self, what: str, side: Side, *, is_call: bool = False) -> None:
        if self._is_due(what, side, is_call=is_call):
            die()

    def _is_due(self, what: str, side: Side, *, is_call: bool = False) -> bool:
        moment = self.moment
        if moment is None or (moment.side, moment.is_call) != (side, is_call):
            return False
        return re.search(moment.what, what) is not None


def die() -> None:
    """Kill this process as the kernel would for want of memory: no clean-up, no goodbye."""
    os.kill(os.getpid(), signal.SIGKILL)
