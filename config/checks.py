"""What `manage.py check --deploy` refuses besides Django's own list: the demo's doors and a key nobody chose."""

from collections.abc import Sequence

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

DEMO_OPEN = Error(
    "The demo's payment provider and /dev/mail/ are open.",
    hint="Unset TABLESIDE_DEMO and leave “demo” out of PAYMENT_PROVIDERS.",
    id="tableside.E001",
)
KEY_GENERATED = Error(
    "SECRET_KEY is not set; a generated one is in use.",
    hint="Set SECRET_KEY to a long random text that all processes of this installation share.",
    id="tableside.E002",
)
SITE_NOT_SECURE = Error(
    "SITE_URL does not start with https://.",
    hint="Set SITE_URL to the address that the tables' codes lead to; cookies and redirects follow it.",
    id="tableside.E003",
)


def check_installation(app_configs: Sequence[AppConfig] | None, **_kwargs: object) -> list[CheckMessage]:
    """Return what must not be so where real guests pay."""
    found: list[CheckMessage] = []
    if settings.DEMO or "demo" in settings.PAYMENT_PROVIDERS:
        found.append(DEMO_OPEN)
    if settings.SECRET_KEY_IS_GENERATED:
        found.append(KEY_GENERATED)
    if not settings.SECURE_SITE:
        found.append(SITE_NOT_SECURE)
    return found


def register_checks() -> None:
    """Have Django run these with `check --deploy`."""
    register(check_installation, Tags.security, deploy=True)
