"""Faults on demand: what the made-up banks do wrong next, and with which call."""

import threading
from dataclasses import dataclass

KINDS = frozenset(
    {
        "timeout_before",  # nothing happens, no answer comes
        "timeout_after",  # it happens, no answer comes
        "error_500",  # nothing happens, the bank says it broke
        "error_500_after",  # it happens, the bank says it broke
        "reset",  # nothing happens, the connection is torn
        "reset_after",  # it happens, the connection is torn
        "slow",  # it happens, and the answer takes its time
        "rate_limit",  # nothing happens: too many requests
        "paid_before_answer",  # the payment is paid and told of before its opening is answered
    }
)


@dataclass
class Fault:
    """One kind of fault for the next `times` calls of an operation (empty: any) at a provider (empty: any)."""

    kind: str
    provider: str = ""
    operation: str = ""
    times: int = 1
    seconds: float = 1.0


class Faults:
    """The faults that were asked for, in their order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []
        self._done: list[dict[str, str]] = []

    def add(self, fault: Fault) -> None:
        """Ask for a fault. Raises ValueError for an unknown kind."""
        if fault.kind not in KINDS:
            raise ValueError(f"unknown fault {fault.kind!r}")
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        """Behave from now on, and forget what went wrong."""
        with self._lock:
            self._waiting.clear()
            self._done.clear()

    def done(self) -> list[dict[str, str]]:
        """Return what went wrong so far: of each call the kind of fault, the provider and the operation."""
        with self._lock:
            return list(self._done)

    def next(self, provider: str, operation: str) -> Fault | None:
        """Take the fault that is due for this call."""
        with self._lock:
            for fault in self._waiting:
                if fault.provider in ("", provider) and fault.operation in ("", operation):
                    fault.times -= 1
                    if fault.times <= 0:
                        self._waiting.remove(fault)
                    self._done.append({"kind": fault.kind, "provider": provider, "operation": operation})
                    return fault
        return None
