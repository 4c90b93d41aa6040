"""Ringing the workers: publish after commit, half a second at most, and never let a broker's trouble reach a diner."""

from functools import partial
from typing import Any

import structlog
from celery import Signature, Task
from django.db import transaction

log = structlog.get_logger("tableside.queue")


def ring(task: "Task[Any, Any] | Signature[Any]", *args: Any) -> None:
    """Queue `task` once the transaction commits. Losing it is harmless: a periodic sweep finds what is to be done."""
    transaction.on_commit(partial(_publish, task, args), robust=True)


def _publish(task: "Task[Any, Any] | Signature[Any]", args: tuple[Any, ...]) -> None:
    try:
        task.apply_async(args=args, retry=False)
    except Exception:  # whatever the broker's client raises: the work is a fact in the database and will be found
        log.warning("queue unreachable", task=task.name, exc_info=True)
