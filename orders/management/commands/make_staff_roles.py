"""Make the permission groups of staff: Waiter, Marketing and Manager."""

from typing import Any

from django.core.management.base import BaseCommand

from orders.roles import make_staff_roles


class Command(BaseCommand):
    """See the module."""

    help = (
        "Make the groups Waiter, Marketing and Manager and give them their permissions. Repeatable; takes nothing away."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command."""
        for name, count in make_staff_roles().items():
            self.stdout.write(f"{name}: {count} permissions")
