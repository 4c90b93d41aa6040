"""Where webhooks never go: addresses of no public network, whatever name they stand behind."""

import socket
from datetime import datetime
from typing import Any

import pytest
from pytest_django import Settings

from loyalty import webhooks
from loyalty.models import Contact, WebhookDelivery, WebhookEvent, WebhookSubscription
from loyalty.webhook_delivery import deliver_due
from loyalty.webhooks import UnusableAddress, check_address
from tests.loyalty.factories import NOW
from tests.loyalty.receiver import Receiver, receiving
from tests.loyalty.subscribers import any_voucher, redeem, subscribe

pytestmark = pytest.mark.django_db

PRIVATE = [
    "127.0.0.1",
    "127.1.2.3",
    "10.0.0.8",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fc00::1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
]


@pytest.mark.once
@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_of_no_public_network_is_refused_when_it_is_told(address: str) -> None:
    with pytest.raises(UnusableAddress):
        check_address(f"http://[{address}]/" if ":" in address else f"http://{address}/")


@pytest.mark.once
@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "ftp://example.com",
        "http://",
        "http://user:password@example.com/",
        "http://example.com:99999/",
        "http://example.com:0/",
        "http://exa mple.com/",
        "http://[::1",
        "https://localhost/",
        "https://app.localhost/",
        "http://example.com\\@127.0.0.1/",
        "https://exämple.com/",
        f"https://example.com/{'x' * 500}",
    ],
)
def test_what_is_no_public_web_address_is_refused(url: str) -> None:
    with pytest.raises(UnusableAddress):
        check_address(url)


@pytest.mark.once
@pytest.mark.parametrize("url", ["https://example.com/hooks", "http://8.8.8.8:8080/", "https://[2606:4700::1111]/"])
def test_public_addresses_are_taken(url: str) -> None:
    check_address(url)


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["93.184.216.34", "10.0.0.8"], ["::1"], ["169.254.169.254"]])
def test_a_name_that_stands_for_a_private_address_is_not_called(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, addresses: list[str]
) -> None:
    with receiving() as receiver:
        subscribe(url=f"http://hooks.example.com:{receiver.port}/")
        redeem(any_voucher())
        answers_with(monkeypatch, addresses, receiver.port)

        assert deliver_due(now=NOW) == 0

        assert not receiver.got
    delivery = WebhookDelivery.objects.get()
    assert (delivery.trouble, delivery.attempts) == ("address refused: Must be a public address.", 1)


def test_the_address_that_was_checked_is_the_one_that_is_called(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(url=f"http://hooks.example.com:{receiver.port}/")
    redeem(any_voucher())
    asked = answers_with(monkeypatch, ["127.0.0.1"], receiver.port)

    assert deliver_due(now=NOW) == 1

    assert asked == ["hooks.example.com"]
    assert receiver.got[0].headers["Host"] == f"hooks.example.com:{receiver.port}"


def answers_with(monkeypatch: pytest.MonkeyPatch, addresses: list[str], port: int) -> list[str]:
    """Have names stand for these addresses; return the list to which every name asked for is added."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def look_up(host: str, *arguments: Any, **options: Any) -> list[Any]:
        if host != "hooks.example.com":
            return real(host, *arguments, **options)
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


def test_a_subscription_is_not_made_for_an_address_that_would_be_refused() -> None:
    with pytest.raises(UnusableAddress):
        webhooks.subscribe(
            name="Inside",
            event=WebhookEvent.VOUCHER_CREATED,
            url="http://192.168.0.1/",
            secret="",
            properties=(),
            now=datetime.now(tz=NOW.tzinfo),
        )

    assert not WebhookSubscription.objects.exists()
    assert not Contact.objects.exists()
