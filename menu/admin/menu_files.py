"""The menu as a file, in the admin: upload (looked at first, then confirmed) and download."""

from django.contrib import admin
from django.urls import URLPattern

FORMATS: tuple[str, ...] = ()


def urls(site: admin.AdminSite) -> list[URLPattern]:
    """Return the addresses."""
    return []
