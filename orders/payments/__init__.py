"""The ways to pay that this installation offers; the only place that loads a provider."""

from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from django.conf import settings
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from orders.payments.port import Provider

COUNTER = "counter"
PROVIDERS = {"demo": "orders.payments.demo.DemoProvider"}
NAMES: dict[str, tuple[str | Promise, str | Promise]] = {
    COUNTER: (_("Pay at the counter"), _("Order now, pay our staff later by card or cash.")),
    "demo": (_("Pay online"), _("A made-up bank: no real money moves.")),
}


@dataclass(frozen=True)
class Method:
    """A way to pay as the checkout shows it."""

    code: str
    name: str | Promise
    text: str | Promise


def methods() -> tuple[Method, ...]:
    """Return the ways to pay, in the order of the setting PAYMENT_PROVIDERS."""
    return tuple(Method(code, *NAMES[code]) for code in settings.PAYMENT_PROVIDERS if code in NAMES)


@lru_cache(maxsize=8)
def load_provider(code: str) -> Provider:
    """Return the provider behind `code`. Raises LookupError for one this installation does not offer."""
    if code not in settings.PAYMENT_PROVIDERS or code not in PROVIDERS:
        raise LookupError(code)
    return cast(Provider, import_string(PROVIDERS[code])())
