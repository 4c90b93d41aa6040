"""Sites with a login of their own: who they say this request is (docs/site-login.md). What follows is orders.identify."""

from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string

from orders.identify import Authenticated

log = structlog.get_logger("tableside.identify")


def find_authenticated(request: HttpRequest) -> Authenticated | None:
    """Ask the callable of GUEST_AUTHENTICATION who this is; None without one, for nobody, and where it fails."""
    if not settings.GUEST_AUTHENTICATION:
        return None
    try:
        ask: Callable[[HttpRequest], Authenticated | None] = import_string(settings.GUEST_AUTHENTICATION)
        found = ask(request)
    except Exception:  # whatever the site's own code raises: the diner can still use a code
        log.warning("the site's login failed", exc_info=True)
        return None
    return found if found and (found.email or found.contact_id) else None
