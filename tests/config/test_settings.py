"""The settings as an installation meets them: complete with nothing set, and nothing unset imported."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import environ
import pytest

from config.mail import read_mailer

pytestmark = pytest.mark.once


def test_with_nothing_set_nothing_of_anybody_elses_is_imported(nothing_set: Mapping[str, Any]) -> None:
    assert nothing_set["imported"] == []


def test_errors_are_reported_where_an_address_is_set(much_set: Mapping[str, Any]) -> None:
    assert "sentry_sdk" in much_set["imported"]


def test_a_payment_provider_is_imported_only_where_its_keys_are_set(
    nothing_set: Mapping[str, Any], much_set: Mapping[str, Any]
) -> None:
    assert not {"stripe", "mollie"} & set(much_set["imported"])
    assert (nothing_set["providers"], nothing_set["providers with Stripe's second key"]) == ([], [])
    assert much_set["providers"] == ["mollie"]
    assert much_set["providers with Stripe's second key"] == ["mollie", "stripe"]


def test_the_admin_is_loaded_by_its_checks_and_the_addresses_and_not_before(nothing_set: Mapping[str, Any]) -> None:
    assert nothing_set["admin at the start"] == []
    assert nothing_set["admin's faults"] == []
    assert nothing_set["admin when checked"] == ["loyalty.admin", "menu.admin", "orders.admin"]


def test_a_secret_key_is_made_once_and_kept_from_others(
    nothing_set: Mapping[str, Any], much_set: Mapping[str, Any], var_dir: Path
) -> None:
    first, second = nothing_set["settings"], much_set["settings"]

    assert first["SECRET_KEY"] == second["SECRET_KEY"]
    assert first["SECRET_KEY_IS_GENERATED"] is second["SECRET_KEY_IS_GENERATED"] is True
    assert len(first["SECRET_KEY"]) == 50
    assert (var_dir / "secret_key").stat().st_mode & 0o777 == 0o600


def test_the_demos_doors_open_only_in_its_own_processes(
    nothing_set: Mapping[str, Any], much_set: Mapping[str, Any]
) -> None:
    usual, demo = nothing_set["settings"], much_set["settings"]

    assert usual["PAYMENT_PROVIDERS"] == ["counter"]
    assert usual["MAILERS"]["default"] == {"BACKEND": "django.core.mail.backends.console.EmailBackend"}
    assert demo["PAYMENT_PROVIDERS"] == ["counter", "stripe", "mollie", "demo"]
    assert demo["MAILERS"]["default"] == {"BACKEND": "orders.demo.mail.FolderBackend"}


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("smtp://mail:1025", {"host": "mail", "port": 1025, "timeout": 10}),
        (
            "smtp+tls://user:p%40ss@mail.example:587",
            {
                "host": "mail.example",
                "port": 587,
                "username": "user",
                "password": "p@ss",
                "use_tls": True,
                "timeout": 10,
            },
        ),
        ("smtp+ssl://mail.example:465", {"host": "mail.example", "port": 465, "use_ssl": True, "timeout": 10}),
    ],
)
def test_a_mail_url_becomes_a_mailer(url: str, options: dict[str, object]) -> None:
    mailer = read_mailer(environ.Env.email_url_config(url))

    assert mailer == {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}
