"""What travels between the made-up banks' server and their dialects; and idempotency keys that replay and compare."""

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Call:
    """A request as the server read it; `base` is the address the caller used."""

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: bytes
    base: str

    @property
    def key(self) -> str:
        """The idempotency key, if any."""
        return self.headers.get("Idempotency-Key") or ""

    @property
    def fingerprint(self) -> str:
        """What must be the same for two calls to be the same."""
        content = f"{self.method} {self.path}\n".encode() + self.body
        return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True)
class Answer:
    """A status and a JSON body."""

    status: int
    body: dict[str, object]
    headers: dict[str, str] = field(default_factory=dict)


class InUse(Exception):
    """A call with this key is under way."""


class Differs(Exception):
    """The key was used for another call."""


class Keys:
    """The answers given under idempotency keys."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[str, tuple[str, Answer | None]] = {}
        self._running: set[str] = set()

    def begin(self, call: Call) -> Answer | None:
        """Return the answer given before, or None where this call is the first. Raises InUse, Differs."""
        with self._lock:
            fingerprint, answer = self._seen.setdefault(call.key, (call.fingerprint, None))
            if fingerprint != call.fingerprint:
                raise Differs
            if answer is not None:
                return answer
            if call.key in self._running:
                raise InUse
            self._running.add(call.key)
            return None

    def finish(self, call: Call, answer: Answer | None) -> None:
        """Keep the answer; None forgets the key, as for a call that was refused before anything ran."""
        with self._lock:
            self._running.discard(call.key)
            if answer is None:
                self._seen.pop(call.key, None)
            else:
                self._seen[call.key] = (call.fingerprint, answer)

    def forget(self) -> None:
        """Forget every key."""
        with self._lock:
            self._seen.clear()
