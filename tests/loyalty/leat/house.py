"""The Leat of a test run: our own server in a process of its own, on a database and a clock of its own, set up by lines.

As a program (`python -m tests.loyalty.leat.house`) it is that process: it prints where it is, then does what each line
of its input says, a JSON object with the name of a thing to do.
"""

import json
import socketserver
import sqlite3
import sys
import threading
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
import time_machine
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import connections


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    """Answers as many at once as come, in threads that stay, each with its connection to the database."""

    request_queue_size = 64

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.threads = ThreadPoolExecutor(max_workers=64)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Have a thread that is free answer."""
        self.threads.submit(self.process_request_thread, request, client_address)


class _Handler(WSGIRequestHandler):
    """Answers, and says nothing about it."""

    def log_message(self, *_arguments: Any) -> None:
        """Keep quiet."""

    def address_string(self) -> str:
        """Look no names up."""
        return self.client_address[0]


def main() -> None:
    """Be the process. Its settings come from whoever starts it."""
    folder = Path(sys.argv[1])
    django.setup()
    # Needs the tables' classes, which are there only now.
    back_office = import_module("tests.loyalty.leat.back_office")
    call_command("migrate", verbosity=0, interactive=False)
    office = back_office.BackOffice()
    told = office.open()
    connections.close_all()
    live, pristine = folder / "leat.sqlite3", folder / "pristine.sqlite3"
    _copy(live, pristine)
    # A connection for each request would be a fifth of all the work here.
    connections.settings["default"]["CONN_MAX_AGE"] = None
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    with make_server("127.0.0.1", port, get_wsgi_application(), _Server, _Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        with suppress(urllib.error.HTTPError):  # the first request loads all addresses, which takes its time
            urllib.request.urlopen(f"{url}/api/v3/oauth/clients", timeout=120).close()
        _say({"url": url, **told})
        clock = time_machine.travel(datetime.now().astimezone(), tick=True)
        coordinates = clock.start()
        for line in sys.stdin:
            wish = json.loads(line)
            if wish["do"] == "clock":
                coordinates.move_to(datetime.fromisoformat(wish["arguments"]["now"]))
                answer = None
            elif wish["do"] == "start over":
                _copy(pristine, live)
                answer = None
            else:
                answer = getattr(office, wish["do"])(**wish["arguments"])
            _say({"answer": answer})


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source, timeout=20)) as old, closing(sqlite3.connect(target, timeout=20)) as new:
        old.backup(new)


def _say(said: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
