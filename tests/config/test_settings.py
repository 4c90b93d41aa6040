"""The settings as an installation meets them: complete with nothing set, and nothing unset imported."""

import os
import subprocess
import sys
from pathlib import Path

import environ
import pytest
from django.conf import settings

from config.mail import read_mailer

pytestmark = pytest.mark.once
IMPORTED = """
import sys, django
django.setup()
import config.urls
print(sorted({"sentry_sdk", "redis", "psycopg", "stripe", "mollie"} & set(sys.modules)))
"""


def run_with(program: str, var_dir: Path, **environment: str) -> str:
    bare = {"PATH": os.environ["PATH"], "ENV_FILE": os.devnull, "VAR_DIR": str(var_dir)}
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=settings.BASE_DIR,
        env=bare | {"DJANGO_SETTINGS_MODULE": "config.settings"} | environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return run.stdout


def test_with_nothing_set_nothing_of_anybody_elses_is_imported(tmp_path: Path) -> None:
    assert run_with(IMPORTED, tmp_path) == "[]\n"


def test_errors_are_reported_where_an_address_is_set(tmp_path: Path) -> None:
    assert "'sentry_sdk'" in run_with(IMPORTED, tmp_path, SENTRY_DSN="https://key@127.0.0.1:9/1")


LOADED = """
import sys, django
django.setup()
from orders.payments import load_provider
for code in ("stripe", "mollie"):
    try:
        load_provider(code)
    except LookupError:
        pass
print(sorted({"stripe", "mollie"} & set(sys.modules)))
"""


def test_a_payment_provider_is_imported_only_where_its_keys_are_set(tmp_path: Path) -> None:
    named = {"PAYMENT_PROVIDERS": "counter,stripe,mollie", "STRIPE_SECRET_KEY": "sk_test_1"}

    assert run_with(LOADED, tmp_path, **named) == "[]\n"
    assert run_with(LOADED, tmp_path, **named, STRIPE_WEBHOOK_SECRET="whsec_1") == "['stripe']\n"
    assert run_with(LOADED, tmp_path, MOLLIE_API_KEY="test_1") == "['mollie']\n"


def test_a_secret_key_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    program = "from django.conf import settings; print(settings.SECRET_KEY, settings.SECRET_KEY_IS_GENERATED)"

    first, second = run_with(program, tmp_path), run_with(program, tmp_path)

    assert first == second
    assert first.endswith(" True\n")
    assert len(first.split()[0]) == 50
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_the_demos_doors_open_only_in_its_own_processes(tmp_path: Path) -> None:
    program = "from django.conf import settings; print(settings.PAYMENT_PROVIDERS, settings.MAILERS['default'])"

    usual = run_with(program, tmp_path)
    demo = run_with(program, tmp_path, TABLESIDE_DEMO="true", MAIL_URL="smtp://mail.example:25")

    assert usual == "['counter'] {'BACKEND': 'django.core.mail.backends.console.EmailBackend'}\n"
    assert demo == "['counter', 'demo'] {'BACKEND': 'orders.demo.mail.FolderBackend'}\n"


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
