"""Makes the wiring an app, so that its system checks are found."""

from django.apps import AppConfig

from config import checks


class WiringConfig(AppConfig):
    """Settings, addresses, health and the checks below; no tables."""

    name = "config"

    def ready(self) -> None:
        """Register what `manage.py check --deploy` looks at."""
        checks.register_checks()
