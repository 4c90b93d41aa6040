"""What every process that tests start has loaded before it is started: Django, on this run's settings (tests/parallel.py)."""

import django
from django.apps import apps
from django.conf import settings
from django.db import connections

if not apps.ready:
    django.setup()


def begin(database: str) -> None:
    """Be a process of its own on the database of the test that started it. It serves no static files."""
    connections.settings["default"]["NAME"] = database
    settings.WHITENOISE_USE_FINDERS = False
