"""A circuit breaker: once Leat does not answer, nobody waits for it until it does again (docs/adr/0031)."""

import threading
import time
from collections.abc import Callable
from itertools import chain, repeat

import structlog

from loyalty.backends.leat.outcomes import NotSent

log = structlog.get_logger("tableside.leat")

PAUSES_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)


class Breaker:
    """Open from the first call that got no answer until a probe gets one. The one prober is a thread of this process.

    So no diner's request is ever the one that finds out whether Leat is back.
    """

    def __init__(self, probe: Callable[[], bool], *, pauses_seconds: tuple[float, ...] = PAUSES_SECONDS) -> None:
        self._probe = probe
        self.pauses_seconds = pauses_seconds
        self._guard = threading.Lock()
        self._is_open = False
        self._closed = threading.Event()
        self._asking: threading.Thread | None = None

    @property
    def is_open(self) -> bool:
        """Whether calls are refused."""
        return self._is_open

    def check(self) -> None:
        """Raise NotSent while Leat is known not to answer."""
        if self._is_open:
            raise NotSent("breaker open")

    def trip(self) -> None:
        """Refuse calls from now on, and have one thread ask until Leat answers."""
        with self._guard:
            if self._is_open or self._closed.is_set():
                return
            self._is_open = True
        log.warning("leat does not answer")
        try:
            asking = threading.Thread(target=self._ask_until_it_answers, name="leat-probe", daemon=True)
            asking.start()
            self._asking = asking
        except RuntimeError:  # no thread to be had; with nobody asking it would stay open for ever
            log.exception("no thread to ask leat with")
            self._is_open = False

    def close(self) -> None:
        """Stop asking: this connection is not used any more."""
        self._closed.set()

    def join(self) -> None:
        """Wait until nobody asks any more; it is closed."""
        if self._asking is not None:
            self._asking.join()

    def _ask_until_it_answers(self) -> None:
        started = time.monotonic()
        for pause_seconds in chain(self.pauses_seconds, repeat(self.pauses_seconds[-1])):
            if self._closed.wait(pause_seconds):
                return
            if self._is_there():
                break
        with self._guard:
            self._is_open = False
        log.info("leat answers again", seconds=round(time.monotonic() - started, 1))

    def _is_there(self) -> bool:
        try:
            return self._probe()
        except Exception:  # whatever it is: were this thread to die of it, the breaker would stay open for ever
            log.exception("asking leat failed")
            return False
