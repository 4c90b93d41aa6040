"""`manage.py check --deploy`: what must not be so where real guests pay."""

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from pytest_django import Settings

from config.checks import DEMO_OPEN, KEY_GENERATED, SITE_NOT_SECURE, check_installation


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
