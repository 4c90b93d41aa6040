"""Makes the wiring an app, so that its system checks are found; and says which static files are worth collecting."""

from django.apps import AppConfig
from django.contrib.staticfiles.apps import StaticFilesConfig

from config import checks


class WiringConfig(AppConfig):
    """Settings, addresses, health and the checks below; no tables."""

    name = "config"

    def ready(self) -> None:
        """Register what `manage.py check --deploy` looks at."""
        checks.register_checks()


class StaticConfig(StaticFilesConfig):
    """Django's own, without the readable twins of minified scripts and the htmx versions that no page links to."""

    ignore_patterns = (
        *StaticFilesConfig.ignore_patterns,
        "jquery.js",
        "xregexp.js",
        "select2.full.js",
        "htmx-2.js",
        "htmx-4*",
        "htmax-4*",
    )
