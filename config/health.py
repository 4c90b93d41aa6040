"""/healthz (this process is up) and /readyz (database, broker and beat are in order)."""

import os
import time
from collections.abc import Callable

import structlog
from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from orders.tasks import BEAT_KEY

# Four heartbeats: one may be late without an alarm.
BEAT_SECONDS = 60
log = structlog.get_logger("tableside.health")


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer 200: this process takes requests."""
    return JsonResponse({"status": "up"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 when database, broker and beat are in order, else 503 naming which are not."""
    parts = {"database": database_answers, "broker": broker_answers, "beat": beat_is_recent}
    failing = [name for name, works in parts.items() if not _works(name, works)]
    state = {name: "failing" if name in failing else "ok" for name in parts}
    response = JsonResponse({"status": "failing" if failing else "ready", **state}, status=503 if failing else 200)
    response._has_been_logged = True  # type: ignore[attr-defined]  # a 503 here is an answer, not a failure of this page
    return response


def database_answers() -> bool:
    """Ask the database for nothing in particular. Raises what its client raises."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone() == (1,))


def broker_answers() -> bool:
    """Reach Redis, or be able to put messages into the folder that stands in for it."""
    if not settings.REDIS_URL:
        return os.access(settings.QUEUE_DIR, os.W_OK | os.X_OK)
    with current_app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, interval_start=0, timeout=1)
    return True


def beat_is_recent() -> bool:
    """Say whether beat has sent, and a worker has run, the heartbeat task within the last minute."""
    beaten_at = cache.get(BEAT_KEY)
    return beaten_at is not None and time.time() - beaten_at < BEAT_SECONDS


def _works(name: str, works: Callable[[], bool]) -> bool:
    try:
        return works()
    except Exception:  # whatever a client raises, that part is not in order
        log.warning("not ready", part=name, exc_info=True)
        return False
