"""`manage.py demo`: everything running on this machine, with a restaurant to try it on. The parts are in orders/demo/."""

import fcntl
import io
import shutil
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.management import BaseCommand, CommandError, call_command
from django.db import connections
from django.utils import timezone

from menu.models import Product, Restaurant
from menu.qr import table_link
from orders.demo import banks
from orders.demo.addresses import Address, find_address, refusal
from orders.demo.banks import CHOICES
from orders.demo.loyalty import MEMBER, make_programme
from orders.demo.processes import Processes, StartFailed
from orders.demo.restaurant import BUILT_IN_MENU, SLUG, Login, make_restaurant, make_staff
from orders.roles import make_staff_roles
from orders.tasks import BEAT_KEY

SQLITE = "django.db.backends.sqlite3"
# What a fresh start throws away besides the database; the secret key and the collected files stay.
FOLDERS = ("mail", "media", "queue")
ANOTHER_PROGRAMME = (
    "The demo brings its own members and offers along, which another programme does not have: "
    "run it without LOYALTY_BACKEND."
)


class Command(BaseCommand):
    """Start the web server, a worker and beat on the demo restaurant, and print where to go."""

    help = "Run Tableside on this machine with a demo restaurant. Ctrl-C stops it; running it again keeps the data."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options of interface.md."""
        parser.add_argument("--port", type=int, default=8000, help="the port to listen on (default: 8000)")
        parser.add_argument(
            "--host", default="127.0.0.1", help="the address to listen on; 0.0.0.0 also lets phones nearby in"
        )
        parser.add_argument("--fresh", action="store_true", help="throw the demo's data away and start over")
        parser.add_argument(
            "--bank", choices=list(CHOICES), help="also pay with a made-up Stripe or Mollie, on this machine only"
        )
        parser.add_argument("--menu", metavar="FILE", type=Path, help="serve this menu in place of the built-in one")

    def handle(
        self, *, port: int, host: str, fresh: bool, menu: Path | None, bank: str | None = None, **_options: Any
    ) -> None:
        """Prepare, start, say where to go, and wait for Ctrl-C."""
        if settings.LOYALTY_BACKEND != "embedded":
            raise CommandError(ANOTHER_PROGRAMME, returncode=2)
        if not 0 < port < 65536:
            raise CommandError("--port takes a number from 1 to 65535.", returncode=2)
        if menu is not None and not menu.is_file():
            raise CommandError(f"There is no file {menu}.", returncode=2)
        address = find_address(host, port)
        if reason := refusal(address) or (bank and banks.refusal(address)):
            raise CommandError(reason)

        plan = banks.plan_banks(bank, address) if bank else None
        environment = {
            "TABLESIDE_DEMO": "true",
            "SITE_URL": address.site_url,
            "ALLOWED_HOSTS": ",".join(address.allowed_hosts),
            **(plan.environment if plan else {}),
        }
        processes = Processes(folder=settings.BASE_DIR, environment=environment)
        processes.heed_signals()
        with demo_lock(alone=fresh):
            restaurant, login = self._prepare(fresh=fresh, menu=menu)
            beat_file = settings.VAR_DIR / f"beat-{port}"
            try:
                if not processes.stop_asked.is_set():
                    if plan:
                        processes.start_banks(*plan.arguments)
                    processes.start(host=host, port=port, beat_file=beat_file)
                    processes.wait_until_ready(address.probe_url)
                if not processes.stop_asked.is_set():
                    self.stdout.write(where_to_go(restaurant, address=address, login=login))
                    self.stdout.flush()
                    processes.wait_until_stopped()
            except StartFailed as failure:
                raise CommandError(str(failure)) from failure
            finally:
                processes.stop()
                for leftover in settings.VAR_DIR.glob(f"{beat_file.name}*"):
                    leftover.unlink()

    def _prepare(self, *, fresh: bool, menu: Path | None) -> tuple[Restaurant, Login]:
        """Bring the database, the static files and the demo restaurant up to date."""
        if fresh:
            self._say("Throwing the old data away.")
            throw_away()
        self._say("Preparing the database.")
        call_command("migrate", verbosity=0, interactive=False)
        cache.delete(BEAT_KEY)  # a heartbeat of the last run says nothing about this one
        restaurant = make_restaurant()
        has_menu = Product.objects.filter(restaurant=restaurant).exists()
        if menu is not None or not has_menu:
            self._say("Loading the menu.")
            report = load_menu(menu or BUILT_IN_MENU, in_place_of_another=has_menu)
            if menu is not None:
                self._say(report)
            restaurant.refresh_from_db()
        make_programme(restaurant, now=timezone.now())
        make_staff_roles()
        login = make_staff(settings.VAR_DIR / "demo_password")
        self._say("Collecting static files.")
        call_command("collectstatic", verbosity=0, interactive=False)
        connections.close_all()
        self._say("Starting.")
        return restaurant, login

    def _say(self, text: str) -> None:
        self.stderr.write(text, self.style.NOTICE)


def load_menu(menu: Path, *, in_place_of_another: bool) -> str:
    """Import `menu` into the demo restaurant; products of another menu are hidden. Return the report.

    Raises CommandError in one line.
    """
    prune = ["--prune"] if in_place_of_another else []
    report = io.StringIO()
    call_command("import_menu", str(menu), "--restaurant", SLUG, *prune, stdout=report)
    return report.getvalue().rstrip()


def throw_away() -> None:
    """Delete what the demo has kept: the SQLite file, or every row of another database; mails, uploads, the queue."""
    database = settings.DATABASES["default"]
    if database["ENGINE"] == SQLITE:
        for ending in ("", "-wal", "-shm"):
            Path(f"{database['NAME']}{ending}").unlink(missing_ok=True)
    else:
        call_command("migrate", verbosity=0, interactive=False)
        call_command("flush", verbosity=0, interactive=False)
    for name in FOLDERS:
        shutil.rmtree(settings.VAR_DIR / name, ignore_errors=True)
    (settings.VAR_DIR / "demo_password").unlink(missing_ok=True)
    if not settings.REDIS_URL:
        (settings.QUEUE_DIR / "control").mkdir(parents=True)


def where_to_go(restaurant: Restaurant, *, address: Address, login: Login) -> str:
    """Return the lines that the demo prints once it is ready."""
    table = restaurant.tables.filter(is_active=True).order_by("position", "id").first()
    password = login.password or "(the one you have chosen)"
    site = address.site_url
    lines = [
        f"Table       {table_link(table, site_url=site)}" if table else "Table       none is in use: add one in Admin",
        f"Restaurant  {site}/r/{restaurant.slug}/",
        f"Member      {MEMBER}        (the code arrives in Mail)",
        f"Admin       {site}/admin/   user: {login.user}   password: {password}",
        f"Mail        {site}/dev/mail/",
    ]
    return "\n".join(lines)


@contextmanager
def demo_lock(*, alone: bool) -> Iterator[None]:
    """Hold the mark that a demo runs on these data. Raises CommandError where they are to go while another one uses them."""
    with (settings.VAR_DIR / "demo.lock").open("w") as file:
        try:
            fcntl.flock(file, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except OSError as error:
            raise CommandError("Another demo runs on the same data: stop it before you start over.") from error
        if alone:
            fcntl.flock(file, fcntl.LOCK_SH)
        yield
