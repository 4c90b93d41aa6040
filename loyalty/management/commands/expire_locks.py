"""The `expire_locks` command: what the worker does, once, by hand."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from loyalty import ledger, purchases, voucher_use


class Command(BaseCommand):
    """Tidies up the holds on vouchers and rewards that are past their time."""

    help = "Tidy up holds on vouchers and rewards past their time. They block nobody even if this never runs."

    def handle(self, **options: object) -> None:
        """Do it and say how many there were."""
        now = timezone.now()
        ended = voucher_use.expire_locks(now=now) + purchases.expire_holds(now=now)
        ended += ledger.take_back_from_tills(now=now)
        self.stdout.write(f"locks ended: {ended}")
