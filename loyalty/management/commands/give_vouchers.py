"""The `give_vouchers` command: what the worker does with requests of staff, once, by hand."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from loyalty import giving


class Command(BaseCommand):
    """Carries on with the vouchers that staff asked to be given out."""

    help = "Carry on with the vouchers that staff asked to be given out and that nobody is working on. Repeatable."

    def handle(self, **options: object) -> None:
        """Do it and say how many requests there were."""
        requests = giving.requests_left(now=timezone.now())
        for request_id in requests:
            while giving.carry_on(request_id, now=timezone.now()):
                pass
        self.stdout.write(f"requests carried on with: {len(requests)}")
