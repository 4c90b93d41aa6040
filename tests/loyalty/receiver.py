"""A receiver of webhooks on the loopback interface, which keeps what it got and answers as it is told."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import sleep


@dataclass(frozen=True, slots=True)
class Received:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What came in so far, and how to answer the next."""

    port: int = 0
    got: list[Received] = field(default_factory=list)
    status: int = 200
    location: str = ""
    wait_seconds: float = 0.0
    seconds_a_byte: float = 0.0
    """The answer then comes byte by byte, and its headers never end."""

    is_over: bool = False
    left_after: int = 0
    """How often the caller hung up while the answer was coming."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks?from=here"


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Serve while inside."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.got.append(Received(self.path, dict(self.headers), body))
            sleep(receiver.wait_seconds)
            if receiver.seconds_a_byte:
                self._drip()
                return
            self.send_response(receiver.status)
            if receiver.location:
                self.send_header("Location", receiver.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _drip(self) -> None:
            self.close_connection = True
            try:
                for letter in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 1000:
                    self.wfile.write(bytes([letter]))
                    sleep(receiver.seconds_a_byte)
                    if receiver.is_over:
                        return
            except OSError:
                receiver.left_after += 1

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.is_over = True
        server.shutdown()
        thread.join()
        server.server_close()
