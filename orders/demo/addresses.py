"""Where the demo listens, and what it is called from a phone."""

import errno
import socket
from dataclasses import dataclass

ANY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104  compared with, never a default
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
# RFC 5737: an address for documentation. Nothing is sent to it; the question is only which way it would go.
SOMEWHERE_ELSE = ("192.0.2.1", 9)


@dataclass(frozen=True)
class Address:
    """`host` and `port` are listened on; `shown` is how a browser names the host (an IPv6 address in brackets)."""

    host: str
    port: int
    shown: str

    @property
    def site_url(self) -> str:
        """The start of every link."""
        return f"http://{self.shown}:{self.port}"

    @property
    def probe_url(self) -> str:
        """The same server as this machine itself reaches it."""
        return f"http://127.0.0.1:{self.port}" if self.host in ANY_ADDRESS else self.site_url

    @property
    def allowed_hosts(self) -> list[str]:
        """Every name under which the server may be asked for."""
        names = dict.fromkeys([self.shown, in_url(self.host), socket.gethostname().lower(), *LOOPBACK])
        return [name for name in names if name not in ("[::]", ANY_ADDRESS[0])]


def find_address(host: str, port: int) -> Address:
    """Return how to listen on `host` and `port`; for "any address" the shown one is the one the network knows us by."""
    shown = network_address() if host in ANY_ADDRESS else host
    return Address(host=host, port=port, shown=in_url(shown))


def in_url(host: str) -> str:
    """Return `host` as it stands in an address."""
    return f"[{host}]" if ":" in host else host


def network_address() -> str:
    """Return this machine's address on its network, or the loopback where it is on none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(SOMEWHERE_ELSE)
        except OSError:
            return "127.0.0.1"
        name: tuple[str, int] = probe.getsockname()
        return name[0]


def refusal(address: Address) -> str:
    """Return why nothing can listen there, in one line; empty when it can."""
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, OverflowError) as error:
        return f"{address.host} is no address to listen on: {error}"
    family, kind, protocol, _name, where = found[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(where)
            probe.listen()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return f"Port {address.port} is in use: stop what runs there or choose another one with --port."
            return f"Cannot listen on {address.host} port {address.port}: {error.strerror}."
    return ""
