"""How long an answer of Leat's is waited for: as long as anything is heard of Leat, and no longer (docs/adr/0037)."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from time import monotonic
from typing import Any

from loyalty.backends.leat.outcomes import GivenUp, NotSent

# How long an answer may take before Leat is asked for a sign of life besides: at once where none was heard lately.
QUICK_SECONDS = 0.1
LATELY_SECONDS = 5.0


class Unwanted(Exception):
    """Nobody waits for this call any more, so it is not sent. Heard by nobody either."""


class Call:
    """One call under way in a thread: whether it has gone out, and whether anybody still wants it to."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._is_out = False
        self._is_unwanted = False

    def trace(self, event: str, _details: Mapping[str, Any]) -> None:
        """Be told by httpcore what it is about to do. Raises Unwanted where it should not."""
        if event.endswith(".send_request_headers.started"):
            with self._guard:
                if self._is_unwanted:
                    raise Unwanted
                self._is_out = True

    def give_up(self) -> bool:
        """Have it not go out any more; return whether it has gone out already."""
        with self._guard:
            self._is_unwanted = True
            return self._is_out


class Patience:
    """Waits for calls that threads make, `silence_seconds` longer than Leat lately took for a sign of life.

    Each such while needs its own sign, the answer to any call or to the `ask` sent when an answer is late. So a slow change
    is waited for until its own timeout ends it, and a Leat that is gone, in whatever way, is told soon.
    """

    def __init__(self, ask: Callable[[], object], *, threads: ThreadPoolExecutor, silence_seconds: float) -> None:
        self._ask = ask
        self._threads = threads
        self._silence_seconds = silence_seconds
        self._usual_seconds = 0.0
        self._heard_at = self._asked_at = -LATELY_SECONDS

    def hear(self, *, since: float, is_sign: bool) -> None:
        """Note an answer to what was asked at `since` (monotonic). Signs tell the pace, other answers at most a quicker one."""
        self._heard_at = monotonic()
        took = self._heard_at - since
        self._usual_seconds = took if is_sign else min(took, self._usual_seconds)

    def wait_for[Answer](self, make: Callable[[Call], Answer], *, ends_within: float) -> Answer:
        """Have a thread make the call; return its answer, raise what it raises. It lasts `ends_within` seconds at most.

        Raises NotSent and GivenUp where nothing is heard of Leat.
        """
        call = Call()
        future = self._threads.submit(make, call)
        while True:
            since = monotonic()
            seconds = self._silence_seconds + self._usual_seconds
            quick = min(QUICK_SECONDS, seconds / 2) if since - self._heard_at < LATELY_SECONDS else 0.0
            if not _is_done(future, quick):
                self._ask_for_a_sign()
            if _is_done(future, seconds - quick):
                return future.result()
            if self._heard_at < since:
                raise GivenUp(ends_within=ends_within) if call.give_up() else NotSent("not reached in time")

    def _ask_for_a_sign(self) -> None:
        """Ask once for all who wait at the same time."""
        now = monotonic()
        if now - self._asked_at >= QUICK_SECONDS / 2:
            self._asked_at = now
            self._threads.submit(self._ask)


def _is_done(future: Future[Any], seconds: float) -> bool:
    return bool(wait([future], timeout=seconds).done)
