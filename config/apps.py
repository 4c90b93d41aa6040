"""Makes the wiring an app, so that its system checks are found; says when the admin is loaded and what static files are
worth collecting.
"""

from collections.abc import Sequence

from django.apps import AppConfig
from django.contrib import admin
from django.contrib.admin.apps import SimpleAdminConfig
from django.contrib.admin.checks import check_admin_app, check_dependencies
from django.contrib.staticfiles.apps import StaticFilesConfig
from django.core.checks import CheckMessage, Tags, register

from config import checks


class WiringConfig(AppConfig):
    """Settings, addresses, health and the checks below; no tables."""

    name = "config"

    def ready(self) -> None:
        """Register what `manage.py check --deploy` looks at."""
        checks.register_checks()


class AdminConfig(SimpleAdminConfig):
    """Django's own; its pages are loaded with the addresses: worker, beat and commands do without (docs/adr/0039)."""

    def ready(self) -> None:
        """Register Django's checks of the admin, which look at the pages there are: have them there by then."""
        register(check_dependencies, Tags.admin)
        register(check_admin, Tags.admin)


def check_admin(app_configs: Sequence[AppConfig] | None, **_kwargs: object) -> list[CheckMessage]:
    """Return what Django finds wrong with the admin's pages, whichever of the checks runs first."""
    admin.autodiscover()
    found: list[CheckMessage] = check_admin_app(app_configs)
    return found


class StaticConfig(StaticFilesConfig):
    """Django's own, without what no page links to.

    Those are the readable twins of minified scripts, other versions of htmx and their extensions, and most of the languages
    of the admin's select boxes that nobody has translated the rest into.
    """

    ignore_patterns = (
        *StaticFilesConfig.ignore_patterns,
        "jquery.js",
        "xregexp.js",
        "select2.full.js",
        "htmx-2.js",
        "htmx-4*",
        "htmax-4*",
        "django_htmx/ext/*",
        "admin/js/vendor/select2/i18n/[!defn]*",
    )
