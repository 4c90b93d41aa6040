"""A process that stops between two commits, as far as the code can tell: an exception that nothing of ours catches."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from django.db import connection, transaction


class Crash(BaseException):
    """The process stopped here."""


@contextmanager
def crash_after(commits: int) -> Iterator[None]:
    """Stop the process, as far as the code can tell, right after that many commits; never where 0."""
    depth, left = len(connection.atomic_blocks), [commits]

    def committed() -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Crash

    def exit_and_count(
        self: transaction.Atomic,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        leave(self, kind, error, trace)
        if kind is None and len(connection.atomic_blocks) == depth:
            committed()

    def count_single(execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        result = execute(sql, *arguments)
        if len(connection.atomic_blocks) == depth and sql.startswith(("INSERT", "UPDATE", "DELETE")):
            committed()
        return result

    leave = transaction.Atomic.__exit__
    transaction.Atomic.__exit__ = exit_and_count  # type: ignore[method-assign]
    try:
        with connection.execute_wrapper(count_single):
            yield
    finally:
        transaction.Atomic.__exit__ = leave  # type: ignore[method-assign]
