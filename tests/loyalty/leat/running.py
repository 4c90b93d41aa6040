"""Starting the Leat of a test run (house), and the bench of the port's contract that uses it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.core.cache import cache

from loyalty.backends.leat.account import Account
from loyalty.backends.leat.connection import Connection
from loyalty.backends.leat.programme import LeatLoyalty
from loyalty.port import Loyalty
from tests.loyalty.factories import NOW
from tests.services import end_with_parent

DATABASE = "leat.sqlite3"


class House:
    """The running process: what to know of it, and how to have things done there."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        told = self._hear()
        self.url: str = told["url"]
        self.token: str = told["token"]
        self.shop_uuid: str = told["shop_uuid"]

    def do(self, name: str, /, **arguments: object) -> Any:
        """Have it done; return its answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": name, "arguments": arguments}) + "\n")
        self.process.stdin.flush()
        return self._hear()["answer"]

    def set_clock(self, now: datetime) -> None:
        """Have its clock show this moment and go on from there."""
        self.do("clock", now=now.isoformat())

    def account(self, **changes: Any) -> Account:
        """Return the account that our backend uses there, patient unless told otherwise."""
        values: dict[str, Any] = {
            "base_url": self.url,
            "token": self.token,
            "shop_uuid": self.shop_uuid,
            "attribute_prefix": "",
            "currency": "EUR",
            "connect_timeout": 2.0,
            "read_timeout": 10.0,
            "change_timeout": 20.0,
            "silence_seconds": 10.0,
            "cache_seconds": 15,
        }
        return Account(**values | changes)

    def _hear(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError("the house has fallen down; its words are on stderr")
        told: dict[str, Any] = json.loads(line)
        return told


@contextmanager
def running_house(folder: Path, *arguments: str) -> Iterator[House]:
    """Run it on a free port of the loopback, or on the port given."""
    ours = ("LEAT_", "REDIS_", "TEST_", "SITE_URL", "ALLOWED_HOSTS", "PYTEST_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    environment |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "VAR_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / DATABASE}",
        "LOYALTY_BACKEND": "embedded",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.loyalty.leat.house", str(folder), *arguments],
        cwd=settings.BASE_DIR,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=end_with_parent,
    )
    try:
        yield House(process)
    finally:
        process.kill()
        process.communicate()


class LeatBench:
    """The backend `leat` on that house: every call is made at the moment it says, there too."""

    holds_collectables = False

    def __init__(self, house: House, connection: Connection) -> None:
        self.house = house
        house.do("start over")
        house.set_clock(NOW)
        cache.clear()
        self.programme = cast(Loyalty, _Punctual(LeatLoyalty(connection), house))

    @classmethod
    def going_on(cls, house: House, connection: Connection) -> "LeatBench":
        """Return a bench over this connection, with all that happened in the house so far."""
        made = cls.__new__(cls)
        made.house = house
        made.programme = cast(Loyalty, _Punctual(LeatLoyalty(connection), house))
        return made

    def give_points(self, contact_id: str, points: int) -> None:
        """Adjust."""
        self._do("give_points", contact_id=contact_id, points=points)

    def issue_voucher(
        self, contact_id: str | None, *, uses: int = 1, expires_at: datetime | None = None, active: bool = True
    ) -> str:
        """Issue it there."""
        ends = expires_at.isoformat() if expires_at is not None else None
        code: str = self._do("issue", contact_id=contact_id, uses=uses, expires_at=ends, active=active)
        return code

    def make_reward(
        self, *, points: int = 100, stock: int | None = None, collected_later: bool = True, active: bool = True
    ) -> str:
        """Write its row there."""
        reward_id: str = self._do(
            "make_reward", points=points, stock=stock, collected_later=collected_later, active=active
        )
        return reward_id

    def make_gift_card(self, *, cents: int) -> str:
        """Issue it there."""
        code: str = self._do("make_gift_card", cents=cents)
        return code

    def give_money(self, contact_id: str, cents: int) -> None:
        """Top up there."""
        self._do("give_money", contact_id=contact_id, cents=cents)

    def read_code(self, email: str) -> str:
        """Work it out there."""
        code: str = self._do("read_code", email=email)
        return code

    def _do(self, name: str, **arguments: object) -> Any:
        """Change something behind our backs: what was kept for some seconds is over."""
        answer = self.house.do(name, **arguments)
        cache.clear()
        return answer


class _Punctual:
    """A programme each of whose calls finds the house's clock at its own `now`."""

    def __init__(self, programme: LeatLoyalty, house: House) -> None:
        self._programme, self._house = programme, house

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._programme, name)

        def call(*arguments: object, **named: object) -> object:
            if isinstance(now := named.get("now"), datetime):
                self._house.set_clock(now)
            return method(*arguments, **named)

        return call
