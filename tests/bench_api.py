"""A bench of Leat's API, outside CI: `python -m tests.services python -m tests.bench_api [seconds]`. It prints, and judges
nothing.

Find-one-by, lock, redeem and create-and-process, mixed at 50 requests a second in all, on PostgreSQL and the server of the
image (granian, two workers of one thread), the load made on the same machine; each kind's p50 and p95, and p95 as a ratio
to that of an authenticated endpoint that does nothing (at the same time, at the same rate as each kind).
"""

import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.client import HTTPConnection
from itertools import count
from queue import Queue

import django
import psycopg

os.environ |= {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "SECRET_KEY": "only-for-a-bench" * 4,
    "ENV_FILE": os.devnull,
}
os.environ |= {"VAR_DIR": tempfile.mkdtemp(prefix="tableside-bench-"), "REDIS_URL": os.environ["TEST_REDIS_URL"]}
django.setup()

from django.utils import timezone  # noqa: E402

from loyalty import tokens  # noqa: E402
from loyalty.models import TokenKind, Voucher  # noqa: E402
from loyalty.models.vouchers import code_key  # noqa: E402
from tests.loyalty.factories import ContactFactory, PromotionFactory, ShopFactory  # noqa: E402

ROOT = "/api/v3/oauth/clients"
PER_SECOND = 50
SECONDS = 30
CONNECTIONS = 8
CONTACTS = 500
KINDS = ("nothing", "find", "lock", "redeem", "order")


class Client:
    """One connection that stays open."""

    def __init__(self, port: int, token: str) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=30)
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def call(self, method: str, path: str, payload: object = None) -> dict[str, object]:
        """Return `data` of the answer, which must be a good one."""
        body = None if payload is None else json.dumps(payload)
        self.connection.request(method, f"{ROOT}{path}", body, self.headers)
        response = self.connection.getresponse()
        text = response.read()
        if response.status != 200:
            raise RuntimeError(f"{method} {path}: {response.status} {text[:300]!r}")
        content: dict[str, object] = json.loads(text)["data"]
        return content


@contextmanager
def server() -> Iterator[int]:
    """Run the server of the image; yield its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += [
        "--workers",
        "2",
        "--blocking-threads",
        "1",
        "--log-level",
        "warning",
        "--no-ws",
        "config.wsgi:application",
    ]
    process = subprocess.Popen(command)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.2)
        yield port
    finally:
        process.terminate()
        process.wait(20)


class Load:
    """What is asked, and how long each answer took in ms, by kind."""

    def __init__(self, vouchers: list[tuple[str, str, str]], contacts: list[tuple[str, str]], shop: str) -> None:
        self.vouchers = iter(vouchers)
        self.contacts = contacts
        self.shop = shop
        self.locked: Queue[tuple[str, str, str]] = Queue()
        self.numbers = count()
        self.taken: dict[str, list[float]] = defaultdict(list)
        self.guard = threading.Lock()

    def nothing(self, client: Client) -> None:
        """Only the token is checked."""
        client.call("GET", "")

    def find(self, client: Client) -> None:
        """A member by address."""
        email, _uuid = self.contacts[next(self.numbers) % len(self.contacts)]
        client.call("GET", f"/contacts/find-one-by?email={email}")

    def lock(self, client: Client) -> None:
        """A voucher nobody has locked yet."""
        with self.guard:
            uuid, code, contact = next(self.vouchers)
        answer = client.call("POST", f"/vouchers/{uuid}/lock", {})
        lock = answer["lock"]
        assert isinstance(lock, dict)
        self.locked.put((code, contact, str(lock["release_key"])))

    def redeem(self, client: Client) -> None:
        """A voucher locked before."""
        code, contact, key = self.locked.get(timeout=20)
        sent = {"code": code, "contact_uuid": contact, "release_key": key, "shop_uuid": self.shop}
        client.call("POST", "/vouchers/redeem", sent)

    def order(self, client: Client) -> None:
        """A dish with an extra, a discount on the order, a tip."""
        number = next(self.numbers)
        extra = {"external_identifier": "1.1", "name": "Cheese", "quantity": 1, "price": 200, "total_amount": 200}
        line = {
            "external_identifier": "1",
            "name": "Pizza",
            "quantity": 1,
            "price": 1200,
            "total_amount": 1200,
            "product": {"external_identifier": f"PIZZA-{number % 20}"},
            "sub_line_items": [extra],
        }
        discount = {"external_identifier": "d1", "name": "2 off", "amount": 200, "applied_to": "ORDER"}
        tip = {"external_identifier": "c1", "name": "Tip", "total_amount": 100}
        client.call(
            "POST",
            "/orders/create-and-process",
            {
                "external_identifier": f"bench-{number}",
                "status": "COMPLETED",
                "payment_status": "PAID",
                "total_order_amount": 1300,
                "contact": {"uuid": self.contacts[number % len(self.contacts)][1]},
                "business_profile": {"uuid": self.shop},
                "line_items": [line],
                "applied_discounts": [discount],
                "charges": [tip | {"charge_definition": {"external_identifier": "GRATUITY"}}],
            },
        )


def run(load: Load, *, port: int, token: str, seconds: float) -> None:
    """Send each kind in turn, evenly, over a few connections, whether or not the ones before were answered."""
    due: Queue[tuple[float, str] | None] = Queue()

    def work() -> None:
        client = Client(port, token)
        while (item := due.get()) is not None:
            begun = time.perf_counter()
            getattr(load, item[1])(client)
            load.taken[item[1]].append((time.perf_counter() - begun) * 1000)

    workers = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
    for worker in workers:
        worker.start()
    begun = time.perf_counter()
    for number in range(int(seconds * PER_SECOND)):
        moment = begun + number / PER_SECOND
        time.sleep(max(0.0, moment - time.perf_counter()))
        due.put((moment, KINDS[number % len(KINDS)]))
    for _ in workers:
        due.put(None)
    for worker in workers:
        worker.join(60)


def prepare(vouchers: int) -> tuple[Load, str]:
    """Write members, vouchers and a token; return what to ask, and the token."""
    now = timezone.now()
    shop = ShopFactory.create(reference="demo")
    contacts = ContactFactory.create_batch(CONTACTS)
    promotion = PromotionFactory.create()
    rows = Voucher.objects.bulk_create(
        Voucher(
            promotion=promotion,
            contact=contacts[number % CONTACTS],
            code=f"BENCH{number}",
            code_key=code_key(f"BENCH{number}"),
            created_at=now,
            expires_at=now + timedelta(days=30),
        )
        for number in range(vouchers)
    )
    token = tokens.make_token("bench", kind=TokenKind.BEARER, now=now).secret
    return (
        Load(
            [(str(row.uuid), row.code, str(contacts[number % CONTACTS].uuid)) for number, row in enumerate(rows)],
            [(str(contact.email), str(contact.uuid)) for contact in contacts],
            str(shop.uuid),
        ),
        token,
    )


def main() -> None:
    """Start everything, warm up, measure, print."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    host, _, name = os.environ["DATABASE_URL"].partition("@")[2].rpartition("/")
    with psycopg.connect(host=host, user="postgres", dbname="postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], check=True)
    load, token = prepare(int(seconds * PER_SECOND) + 500)
    with server() as port:
        run(load, port=port, token=token, seconds=4)
        load.taken.clear()
        run(load, port=port, token=token, seconds=seconds)
    base = statistics.quantiles(load.taken["nothing"], n=20)[18]
    for kind in KINDS:
        taken = load.taken[kind]
        p50, p95 = statistics.median(taken), statistics.quantiles(taken, n=20)[18]
        print(f"{kind:8} {len(taken):5} calls   p50 {p50:6.1f} ms   p95 {p95:6.1f} ms   {p95 / base:5.1f} x nothing")  # noqa: T201 - what a bench is for
    shutil.rmtree(os.environ["VAR_DIR"])


if __name__ == "__main__":
    main()
