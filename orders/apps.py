"""The guest's journey from scan to receipt; the only app that knows both the menu and the loyalty programme."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    """The orders app."""

    name = "orders"
    verbose_name = _("Orders")
