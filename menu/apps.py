"""What the kitchen sells and where the guest sits; knows no other app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MenuConfig(AppConfig):
    """The menu app."""

    name = "menu"
    verbose_name = _("Menu and tables")
