"""What `manage.py check --deploy` refuses besides Django's own list: the demo's doors and a key nobody chose."""

from collections.abc import Sequence

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution

from orders.payments import MEANS, NAMES, missing_keys

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


PROVIDER_ELSEWHERE = Error(
    "A payment provider is reached without https.",
    hint="Leave STRIPE_API_BASE and MOLLIE_API_BASE as they are, except for trying things out.",
    id="tableside.E004",
)

LEAT_ELSEWHERE = Error(
    "Leat is reached without https.",
    hint="Leave LEAT_BASE_URL as it is, except for trying things out.",
    id="tableside.E005",
)
LEAT_UNNAMED = Error(
    "LOYALTY_BACKEND is leat, but LEAT_TOKEN or LEAT_SHOP_UUID is not set.",
    hint="Run `manage.py check_leat`: it says what is missing, point by point.",
    id="tableside.E006",
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
    if not all(base.startswith("https://") for base in (settings.STRIPE_API_BASE, settings.MOLLIE_API_BASE)):
        found.append(PROVIDER_ELSEWHERE)
    if settings.LOYALTY_BACKEND == "leat":
        if not settings.LEAT_BASE_URL.startswith("https://"):
            found.append(LEAT_ELSEWHERE)
        if not settings.LEAT_TOKEN or not settings.LEAT_SHOP_UUID:
            found.append(LEAT_UNNAMED)
    return found


def check_payments(app_configs: Sequence[AppConfig] | None, **_kwargs: object) -> list[CheckMessage]:
    """Return which ways to pay are named in the settings and cannot be offered."""
    found: list[CheckMessage] = []
    for code in settings.PAYMENT_PROVIDERS:
        if code not in NAMES:
            hint = f"Known are: {', '.join(name for name in NAMES if name != 'demo')}."
            found.append(Caution(f"PAYMENT_PROVIDERS names “{code}”.", hint=hint, id="tableside.W001"))
        elif missing := missing_keys(code):
            text = f"PAYMENT_PROVIDERS names “{code}”, but {' and '.join(missing)} is not set."
            found.append(Caution(text, hint="It is not offered (docs/payments.md).", id="tableside.W002"))
    for name in sorted({*settings.STRIPE_SHOWS, *settings.MOLLIE_SHOWS} - set(MEANS)):
        hint = f"Known are: {', '.join(MEANS)}."
        found.append(Caution(f"STRIPE_SHOWS or MOLLIE_SHOWS names “{name}”.", hint=hint, id="tableside.W003"))
    return found


def register_checks() -> None:
    """Have Django run the first with `check --deploy` and the second with every check."""
    register(check_installation, Tags.security, deploy=True)
    register(check_payments)
