"""A running demo looked at from outside: its site, its mails, and what its database says."""

import re
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import httpx

from loyalty.tls import trusted_authorities
from tests.orders.demo.running import Demo

WELCOME = "A welcome espresso"
OF_MEMBER = "contact_id = (SELECT id FROM loyalty_contact WHERE email = ?)"


@dataclass(frozen=True)
class House:
    """The running demo, its folder, and how to look into its mail and its database."""

    demo: Demo
    folder: Path

    @property
    def site(self) -> str:
        return self.demo.link("Restaurant").removesuffix("/r/demo/")

    def codes(self, email: str) -> list[str]:
        """The codes mailed to an address, newest first, as the page of mails shows them."""
        letters = unescape(httpx.get(self.demo.link("Mail"), verify=trusted_authorities()).text).split("<article")[1:]
        mine = [letter for letter in letters if f"To {email}" in letter]
        return [found[0] for letter in mine if (found := re.search(r"(?<=<h2>)\d{6}", letter))]

    def wait_for_code(self, email: str, *, known: list[str]) -> str:
        """Wait until the worker has mailed a code besides those known."""
        deadline = time.monotonic() + 20
        while (codes := self.codes(email)) == known and time.monotonic() < deadline:
            time.sleep(0.1)
        assert len(codes) == len(known) + 1
        return codes[0]

    def query(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.folder / "db.sqlite3", timeout=20)) as database, database:
            return database.execute(sql, values).fetchall()

    def balance(self, email: str) -> int:
        return int(str(self.query("SELECT balance FROM loyalty_contact WHERE email = ?", email)[0][0]))

    def let_an_hour_pass(self, email: str) -> None:
        """Set the ends of a member's holds back, as if the basket had been left long ago."""
        self.query(f"UPDATE loyalty_voucher SET locked_until = datetime('now', '-1 hour') WHERE {OF_MEMBER}", email)
        self.query("UPDATE orders_appliedoffer SET held_until = datetime('now', '-1 hour') WHERE name = ?", WELCOME)

    def holds(self, email: str) -> int:
        """How many rows of a member's vouchers say that they are held, live or not."""
        held = f"SELECT COUNT(*) FROM loyalty_voucher WHERE locked_until IS NOT NULL AND {OF_MEMBER}"
        return int(str(self.query(held, email)[0][0]))
