"""The Celery application; its settings are the CELERY_ ones of config.settings."""

import os
from typing import Any

from celery import Celery
from kombu import Connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# Publishing happens in a diner's request, and losing a message is harmless: one try, half a second (docs/adr/0033).
IMPATIENT = {"max_retries": 0, "socket_connect_timeout": 0.5, "socket_timeout": 0.5}


class Tableside(Celery):
    """Celery that gives up publishing where the broker is down or does not answer; workers wait for it as ever."""

    def connection_for_write(self, url: str | None = None, **options: Any) -> Connection:
        """Return a connection to publish on."""
        address = url or self.conf.broker_write_url or ""
        if address.startswith("redis"):
            options["transport_options"] = IMPATIENT | (options.get("transport_options") or {})
        connection: Connection = super().connection_for_write(url, **options)
        return connection


app = Tableside("tableside")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
