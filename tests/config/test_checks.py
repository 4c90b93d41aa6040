"""`manage.py check --deploy`: what must not be so where real guests pay; and that Django looks at the admin."""

from typing import Any

import pytest
from django.contrib.admin import ModelAdmin
from django.core.checks import Tags, run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from pytest_django import Settings

from config.checks import (
    DEMO_OPEN,
    KEY_GENERATED,
    LEAT_ELSEWHERE,
    LEAT_UNNAMED,
    PROVIDER_ELSEWHERE,
    SITE_NOT_SECURE,
    check_installation,
    check_payments,
)
from loyalty.admin.contacts import ContactAdmin
from menu.admin.tables import TableAdmin
from orders.admin.orders import OrderAdmin


@pytest.fixture
def ready_for_guests(settings: Settings) -> Settings:
    settings.DEMO, settings.PAYMENT_PROVIDERS = False, ["counter"]
    settings.SECRET_KEY_IS_GENERATED, settings.SECURE_SITE = False, True
    return settings


def test_a_proper_installation_passes(ready_for_guests: Settings) -> None:
    assert check_installation(None) == []


def test_the_demo_is_refused(ready_for_guests: Settings) -> None:
    ready_for_guests.DEMO = True

    assert check_installation(None) == [DEMO_OPEN]


def test_the_demo_payment_provider_is_refused(ready_for_guests: Settings) -> None:
    ready_for_guests.PAYMENT_PROVIDERS = ["counter", "demo"]

    assert check_installation(None) == [DEMO_OPEN]


def test_a_generated_key_is_refused(ready_for_guests: Settings) -> None:
    ready_for_guests.SECRET_KEY_IS_GENERATED = True

    assert check_installation(None) == [KEY_GENERATED]


def test_an_address_without_https_is_refused(ready_for_guests: Settings) -> None:
    ready_for_guests.SECURE_SITE = False

    assert check_installation(None) == [SITE_NOT_SECURE]


@pytest.mark.django_db
def test_django_runs_these_checks_before_a_deployment(ready_for_guests: Settings) -> None:
    ready_for_guests.DEMO = True

    with pytest.raises(SystemCheckError, match=r"tableside\.E001"):
        call_command("check", deploy=True)


@pytest.mark.parametrize("broken", [OrderAdmin, ContactAdmin, TableAdmin])
def test_what_is_wrong_with_a_page_of_the_admin_is_told_once(
    broken: type[ModelAdmin[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broken, "list_display", ["no_such_field"])
    monkeypatch.setattr(broken, "list_display_links", None)

    found = [fault for fault in run_checks(tags=[Tags.admin]) if isinstance(fault.obj, type)]

    assert [(fault.id, fault.obj) for fault in found] == [("admin.E108", broken)]


def test_a_provider_reached_without_https_is_refused(ready_for_guests: Settings) -> None:
    ready_for_guests.MOLLIE_API_BASE = "http://127.0.0.1:9"

    assert check_installation(None) == [PROVIDER_ELSEWHERE]


def test_an_account_at_leat_needs_https_a_token_and_a_shop(ready_for_guests: Settings) -> None:
    ready_for_guests.LOYALTY_BACKEND = "leat"
    assert check_installation(None) == [LEAT_UNNAMED]

    ready_for_guests.LEAT_TOKEN, ready_for_guests.LEAT_SHOP_UUID = "token", "shop"
    assert check_installation(None) == []
    ready_for_guests.LEAT_BASE_URL = "http://127.0.0.1:9"
    assert check_installation(None) == [LEAT_ELSEWHERE]


def test_ways_to_pay_with_their_keys_pass(settings: Settings) -> None:
    settings.PAYMENT_PROVIDERS = ["counter", "stripe", "mollie"]
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET, settings.MOLLIE_API_KEY = (
        "sk_test_1",
        "whsec_1",
        "test_1",
    )

    assert check_payments(None) == []


def test_a_way_to_pay_without_its_keys_is_named(settings: Settings) -> None:
    settings.PAYMENT_PROVIDERS = ["counter", "stripe", "mollie"]
    settings.STRIPE_SECRET_KEY = "sk_test_1"

    assert [found.msg for found in check_payments(None)] == [
        "PAYMENT_PROVIDERS names “stripe”, but STRIPE_WEBHOOK_SECRET is not set.",
        "PAYMENT_PROVIDERS names “mollie”, but MOLLIE_API_KEY is not set.",
    ]


def test_a_way_to_pay_that_there_is_not_is_named(settings: Settings) -> None:
    settings.PAYMENT_PROVIDERS, settings.MOLLIE_SHOWS = ["counter", "strype"], ["ideal", "cash"]

    assert [found.msg for found in check_payments(None)] == [
        "PAYMENT_PROVIDERS names “strype”.",
        "STRIPE_SHOWS or MOLLIE_SHOWS names “cash”.",
    ]
