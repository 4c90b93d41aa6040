"""A bad line to Leat: a small server before the real one that passes calls on and, when told, lets one go wrong."""

import http.client
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

# What can happen to a call. Before: Leat never hears of it. After: it does it, and its answer gets lost.
BEFORE, AFTER, FAILED, NONSENSE, SLOW, DOWN = "before", "after", "failed", "nonsense", "slow", "down"
# The same as an answer with status 400, which Leat gives to its own errors and to what it is still at.
FAILED_INSIDE, STILL_AT_IT = "400 with code 1000, after", "400 with code 60001, after"
SLOW_SECONDS = 2.0
# The paths of looks that can go wrong; of all others only changes do.
LOOKS = {"/credit-balance"}


@dataclass
class _Trouble:
    kind: str
    path: str
    left: int


class BadLine:
    """The line; `url` is where our backend finds Leat."""

    def __init__(self, target: str) -> None:
        self.target = urlsplit(target)
        self.calls: list[tuple[str, str]] = []
        self.pause_seconds = 0.0
        self.most_at_once = 0
        self._at_once = 0
        self._troubles: list[_Trouble] = []
        self._guard = threading.Lock()
        self._port = 0
        self._server: ThreadingHTTPServer | None = None
        self._deaf: list[socket.socket] = []
        self._held_back: tuple[str, float] = ("", 0.0)
        self.awake = threading.Event()
        self.awake.set()
        self.connections: set[socket.socket] = set()
        self.open()
        self.url = f"http://127.0.0.1:{self._port}"

    def open(self) -> None:
        """Listen, each time on the same port; go on with what came during a silence."""
        for deaf in self._deaf:
            deaf.close()
        self._deaf.clear()
        self.awake.set()
        if self._server is not None:
            return
        handler = type("Handler", (_Handler,), {"line": self})
        self._server = _Server(("127.0.0.1", self._port), handler)
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def cut(self) -> None:
        """Refuse every connection, as a server that was stopped does."""
        self.awake.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
        for connection in list(self.connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def fall_silent(self) -> None:
        """Accept connections and requests and do nothing about them, as a process does that was stopped."""
        self.awake.clear()

    def vanish(self) -> None:
        """Answer no packet that asks for a connection: nobody accepts those that fill the queue."""
        self.cut()
        deaf = socket.socket()
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        deaf.bind(("127.0.0.1", self._port))
        deaf.listen(0)
        self._deaf.append(deaf)
        for _place in range(4):
            waiting = socket.socket()
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", self._port))
            self._deaf.append(waiting)

    def let_go_wrong(self, kind: str, path: str, *, times: int = 1) -> None:
        """Have the next such calls go wrong: those whose path ends like this, or with an id after it."""
        self._troubles.append(_Trouble(kind, path, times))

    def hold_back(self, path: str, *, seconds: float) -> None:
        """Have what came to this path during the silence go on later than the rest."""
        self._held_back = (path, seconds)

    def wait_until_awake(self, path: str) -> None:
        """Wait out the silence."""
        if not self.awake.is_set():
            self.awake.wait()
            held_back, seconds = self._held_back
            time.sleep(seconds if held_back and path.endswith(held_back) else 0.0)

    def trouble_of(self, method: str, path: str) -> str:
        """Return what happens to this call, and count it."""
        bare = path.split("?", maxsplit=1)[0].rstrip("/")
        with self._guard:
            self.calls.append((method, bare.removeprefix("/api/v3/oauth/clients")))
            for trouble in self._troubles:
                path = bare.rpartition("/")[0] + "/" if trouble.path.endswith("/") else bare
                is_meant = path.endswith(trouble.path) and (method != "GET" or trouble.path in LOOKS)
                if trouble.left and is_meant:
                    trouble.left -= 1
                    return trouble.kind
        return ""

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count a call as under way, for a while at least."""
        with self._guard:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            time.sleep(self.pause_seconds)
            yield
        finally:
            with self._guard:
                self._at_once -= 1

    def count(self, path: str) -> int:
        """Return how often a path that ends like this was called."""
        return sum(called.endswith(path) for _method, called in self.calls)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    allow_reuse_address = True


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    line: BadLine

    def log_message(self, *_arguments: Any) -> None:
        """Keep quiet."""

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kind = self.line.trouble_of(self.command, self.path)
        self.line.wait_until_awake(self.path)
        if kind == BEFORE:
            self._hang_up()
            return
        if kind == DOWN:
            self._answer(503, b'{"message": "Maintenance"}')
            return
        with self.line.counted():
            status, answer = self._ask(body)
        if kind == AFTER:
            self._hang_up()
        elif kind == FAILED:
            self._answer(500, b'{"message": "Oh", "code": 1000, "status_code": 500}')
        elif kind == FAILED_INSIDE:
            self._answer(400, b'{"message": "Internal error", "code": 1000, "status_code": 400}')
        elif kind == STILL_AT_IT:
            self._answer(400, b'{"message": "In progress", "code": 60001, "status_code": 400}')
        elif kind == NONSENSE:
            self._answer(200, b"<html>Hello</html>")
        else:
            if kind == SLOW:
                time.sleep(SLOW_SECONDS)
            self._answer(status, answer)

    do_GET = do_POST = do_PUT = do_DELETE = _pass_on  # noqa: N815  the names that http.server calls

    def _ask(self, body: bytes) -> tuple[int, bytes]:
        there = http.client.HTTPConnection(self.line.target.hostname or "", self.line.target.port, timeout=30)
        try:
            kept = {name: value for name, value in self.headers.items() if name.lower() not in {"host", "connection"}}
            there.request(self.command, self.path, body or None, kept)
            answer = there.getresponse()
            return answer.status, answer.read()
        finally:
            there.close()

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _hang_up(self) -> None:
        """Reset the connection: the caller learns nothing."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def setup(self) -> None:
        """Be known to the line, which may be cut."""
        super().setup()
        self.line.connections.add(self.connection)

    def finish(self) -> None:
        """Be forgotten."""
        self.line.connections.discard(self.connection)
        with suppress(OSError, ValueError):
            super().finish()

    def handle_one_request(self) -> None:
        """Serve one; a caller who gave up meanwhile is no matter."""
        try:
            super().handle_one_request()
        except (OSError, ValueError):
            self.close_connection = True
