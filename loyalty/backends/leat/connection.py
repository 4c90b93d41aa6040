"""What every part of the backend stands on: the account, its transport in this process, and the port's errors."""

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from loyalty.backends.leat.account import Account, read_account
from loyalty.backends.leat.outcomes import Refused
from loyalty.backends.leat.transport import Transport
from loyalty.dialects.leat.refusals import meaning
from loyalty.errors import LoyaltyError


class Connection:
    """The account at Leat, and a transport of this process's own: a fork must not share sockets and threads."""

    def __init__(self, account: Account | None = None) -> None:
        self.account = account or read_account()
        self._transport: Transport | None = None
        self._process_id = 0

    @property
    def transport(self) -> Transport:
        """The pooled client."""
        if self._transport is None or self._process_id != os.getpid():
            self._transport = Transport(self.account)
            self._process_id = os.getpid()
        return self._transport

    def close(self) -> None:
        """Give back what this process holds."""
        if self._transport is not None and self._process_id == os.getpid():
            self._transport.close()
        self._transport = None


class Part:
    """One part of the backend; all of them share the connection."""

    def __init__(self, connection: Connection | None = None) -> None:
        self.leat = connection or Connection()


@contextmanager
def as_port_errors(*special: tuple[int, Callable[[Refused], LoyaltyError | None]]) -> Iterator[None]:
    """Turn Leat's refusals into the port's errors; `special` says for one code what it means here, or None: as always."""
    try:
        yield
    except Refused as refused:
        for code, mean in special:
            if refused.code == code and (error := mean(refused)) is not None:
                raise error from refused
        raise meaning(refused.code) from refused


def as_id(text: str, unknown: type[LoyaltyError]) -> str:
    """Return the id as Leat writes it; it becomes part of an address. Raises `unknown` where it cannot be one."""
    try:
        return str(uuid.UUID(text))
    except ValueError as error:
        raise unknown from error
