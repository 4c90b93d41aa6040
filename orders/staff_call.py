"""Ringing for the staff from a table."""

from datetime import datetime

from django.utils.translation import gettext as _

from menu.models import Table
from orders.errors import Conflict
from orders.guest import Visitor, seat
from orders.models import Guest


def call_staff(*, visitor: Visitor, table: Table, now: datetime) -> None:
    """Ring for the staff of the table's restaurant; a bell that rings already keeps its time. Raises Conflict."""
    guest = seat(visitor, table=table, now=now)
    if guest is None:
        raise Conflict(_("Your visit has ended. Please scan the code on the table again."))
    Guest.objects.filter(pk=guest.pk, called_staff_at=None).update(called_staff_at=now)
