"""The ways to pay that this installation offers; the only place that loads a provider."""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from orders.payments.port import Provider

if TYPE_CHECKING:  # the settings' checks read this module before there are any tables
    from menu.models import Restaurant

COUNTER = "counter"
PROVIDERS = {
    "demo": "orders.payments.demo.DemoProvider",
    "stripe": "orders.payments.stripe.StripeProvider",
    "mollie": "orders.payments.mollie.MollieProvider",
}
# The settings without which a provider is neither imported nor offered.
KEYS = {"stripe": ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"), "mollie": ("MOLLIE_API_KEY",)}
NAMES: dict[str, tuple[str | Promise, str | Promise]] = {
    COUNTER: (_("Pay at the counter"), _("Order now, pay our staff later by card or cash.")),
    "demo": (_("Pay online"), _("A made-up bank: no real money moves.")),
    "stripe": (_("Pay online"), _("On the safe page of Stripe.")),
    "mollie": (_("Pay online"), _("On the safe page of Mollie.")),
}
# What a hosted page may take, as STRIPE_SHOWS and MOLLIE_SHOWS write it. Brand names are the same everywhere.
MEANS: dict[str, str | Promise] = {
    "apple_pay": "Apple Pay",
    "google_pay": "Google Pay",
    "ideal": "iDEAL",
    "bancontact": "Bancontact",
    "card": _("Card"),
}


@dataclass(frozen=True)
class Method:
    """A way to pay as the checkout shows it: under `means`, the names of what its page takes, else under its own name."""

    code: str
    name: str | Promise
    text: str | Promise
    means: tuple[str | Promise, ...] = ()


def methods(restaurant: "Restaurant") -> tuple[Method, ...]:
    """Return the ways to pay at `restaurant`, in the order of the setting PAYMENT_PROVIDERS.

    Those it has chosen of the installation's; all of them where it has chosen none that can be had.
    """
    offered = [code for code in settings.PAYMENT_PROVIDERS if code in NAMES and not missing_keys(code)]
    chosen = [code for code in offered if code in restaurant.payment_methods]
    return tuple(Method(code, *NAMES[code], means=_means(code)) for code in chosen or offered)


def missing_keys(code: str) -> tuple[str, ...]:
    """Return the names of the settings that a provider needs and that are not set."""
    return tuple(name for name in KEYS.get(code, ()) if not getattr(settings, name))


@lru_cache(maxsize=8)
def load_provider(code: str) -> Provider:
    """Return the provider behind `code`. Raises LookupError for one this installation does not have.

    One with keys that is offered no longer is still there for the payments it has taken.
    """
    if code not in PROVIDERS or missing_keys(code) or (code not in KEYS and code not in settings.PAYMENT_PROVIDERS):
        raise LookupError(code)
    return cast(Provider, import_string(PROVIDERS[code])())


def _means(code: str) -> tuple[str | Promise, ...]:
    shown = getattr(settings, f"{code.upper()}_SHOWS", ())
    return tuple(MEANS[name] for name in shown if name in MEANS)
