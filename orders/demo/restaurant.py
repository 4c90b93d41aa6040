"""The demo restaurant: made once, then kept as whoever tries it out has left it."""

import secrets
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from django.contrib.auth import get_user_model
from django.db import transaction

from menu.models import Restaurant, Table

SLUG = "demo"
TABLES = 12
STAFF = "staff"
BUILT_IN_MENU = Path(__file__).resolve().parents[2] / "menu" / "demo" / "menu.csv"


def make_restaurant() -> Restaurant:
    """Return the demo restaurant with its tables, made if need be; what was changed since stays."""
    with transaction.atomic():
        restaurant, is_new = Restaurant.objects.get_or_create(
            slug=SLUG,
            defaults={
                "name": "Firefinch",
                "tagline": "Wood fire, short menu, long evenings.",
                "currency": "EUR",
                "time_zone": "Europe/Amsterdam",
                "accent_colour": "#c4432b",
                "logo_drawing": "logo-demo",
                "prices_include_tax": True,
                "tax_rate": Decimal(9),
                "tip_percents": [5, 10, 15],
            },
        )
        if is_new:
            for number in range(1, TABLES + 1):
                Table.objects.create(restaurant=restaurant, name=str(number), position=number)
    return restaurant


@dataclass(frozen=True)
class Login:
    """What opens the admin; `password` is empty where staff have chosen one of their own."""

    user: str
    password: str


def make_staff(password_file: Path) -> Login:
    """Return how to sign in to the admin; the password is made once, kept in `password_file` and only its owner's."""
    if not password_file.exists():
        password_file.touch(mode=0o600)
    kept = password_file.read_text().strip()
    password = kept or secrets.token_urlsafe(9)
    user, is_new = get_user_model().objects.get_or_create(
        username=STAFF, defaults={"is_staff": True, "is_superuser": True}
    )
    if is_new or not kept:
        user.set_password(password)
        user.save(update_fields=["password"])
        password_file.write_text(password)
    return Login(user=STAFF, password=password if user.check_password(password) else "")
