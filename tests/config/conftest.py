"""Two processes started from nothing, one with nothing set and one with much, and what each says of itself."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

# Much is asked of one process: starting it costs more than all the answers.
PROGRAM = """
import json, os, sys
import django
from django.conf import settings

def imported(*names):
    return sorted(set(names) & set(sys.modules))

def providers():
    for code in ("stripe", "mollie"):
        try:
            load_provider(code)
        except LookupError:
            pass
    return imported("stripe", "mollie")

said = {"settings": {name: getattr(settings, name) for name in json.loads(sys.argv[1])}}
django.setup()
from django.core.checks import run_checks
from orders.payments import load_provider

admin = ("loyalty.admin", "menu.admin", "orders.admin")
said["admin at the start"] = imported(*admin)
if "--urls" in sys.argv:
    said["admin's faults"] = run_checks(tags=["admin"])
    said["admin when checked"] = imported(*admin, "config.urls")
    import config.urls
said["imported"] = imported("sentry_sdk", "redis", "psycopg", "stripe", "mollie")
said["providers"] = providers()
settings.STRIPE_WEBHOOK_SECRET = "whsec_1"
said["providers with Stripe's second key"] = providers()
print(json.dumps(said))
"""
ASKED = (
    "SECRET_KEY",
    "SECRET_KEY_IS_GENERATED",
    "PAYMENT_PROVIDERS",
    "MAILERS",
    "SESSION_COOKIE_NAME",
    "CSRF_COOKIE_NAME",
    "LANGUAGE_COOKIE_NAME",
    "GUEST_COOKIE_NAME",
    "SESSION_COOKIE_SECURE",
    "CSRF_COOKIE_SECURE",
    "SECURE_SSL_REDIRECT",
    "SECURE_HSTS_SECONDS",
)


@pytest.fixture(scope="session")
def var_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What both write to, one after the other."""
    return tmp_path_factory.mktemp("var")


@pytest.fixture(scope="session")
def nothing_set(var_dir: Path) -> Mapping[str, Any]:
    """What a process says that has loaded everything, with nothing set."""
    return _ask(var_dir, "--urls")


@pytest.fixture(scope="session")
def much_set(var_dir: Path, nothing_set: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a process says that comes later: in the demo, on https, with Sentry, Mollie and one of Stripe's two keys."""
    return _ask(
        var_dir,
        SITE_URL="https://table.example",
        TABLESIDE_DEMO="true",
        MAIL_URL="smtp://mail.example:25",
        SENTRY_DSN="https://key@127.0.0.1:9/1",
        PAYMENT_PROVIDERS="counter,stripe,mollie",
        STRIPE_SECRET_KEY="sk_test_1",
        MOLLIE_API_KEY="test_1",
    )


def _ask(var_dir: Path, *arguments: str, **environment: str) -> Mapping[str, Any]:
    bare = {"PATH": os.environ["PATH"], "ENV_FILE": os.devnull, "VAR_DIR": str(var_dir)}
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(ASKED), *arguments],
        cwd=settings.BASE_DIR,
        env=bare | {"DJANGO_SETTINGS_MODULE": "config.settings"} | environment,
        check=True,
        capture_output=True,
        text=True,
    )
    said: Mapping[str, Any] = json.loads(run.stdout)
    return said
