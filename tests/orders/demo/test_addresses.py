"""Where the demo listens, and what every link of it starts with."""

import socket

import pytest

from orders.demo import addresses
from orders.demo.addresses import find_address, refusal


def test_the_usual_address_is_the_loopback() -> None:
    address = find_address("127.0.0.1", 8000)

    assert address.site_url == address.probe_url == "http://127.0.0.1:8000"
    assert {"127.0.0.1", "localhost", "[::1]"} <= set(address.allowed_hosts)


def test_any_address_is_shown_as_the_one_the_network_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "network_address", lambda: "192.168.1.20")

    address = find_address("0.0.0.0", 8000)

    assert address.site_url == "http://192.168.1.20:8000"
    assert address.probe_url == "http://127.0.0.1:8000"
    assert "192.168.1.20" in address.allowed_hosts
    assert "0.0.0.0" not in address.allowed_hosts


def test_an_address_on_the_network_is_listened_on_and_shown() -> None:
    address = find_address("192.168.1.20", 9000)

    assert (address.host, address.site_url) == ("192.168.1.20", "http://192.168.1.20:9000")
    assert address.allowed_hosts[0] == "192.168.1.20"


def test_an_ipv6_address_stands_in_brackets() -> None:
    address = find_address("::1", 8000)

    assert address.site_url == "http://[::1]:8000"
    assert address.allowed_hosts[0] == "[::1]"


def test_the_address_on_the_network_can_be_listened_on() -> None:
    with socket.socket() as probe:
        probe.bind((addresses.network_address(), 0))


def test_a_busy_port_is_named() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        reason = refusal(find_address("127.0.0.1", port))

    assert reason == f"Port {port} is in use: stop what runs there or choose another one with --port."


def test_a_free_port_is_not_refused() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    assert refusal(find_address("127.0.0.1", port)) == ""


def test_an_address_of_another_machine_cannot_be_listened_on() -> None:
    assert refusal(find_address("192.0.2.7", 8000)).startswith("Cannot listen on 192.0.2.7 port 8000: ")
