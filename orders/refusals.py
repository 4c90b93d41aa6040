"""Orders and returns that the programme refused, settled once more because staff ask. Nothing does so by itself."""

from datetime import datetime

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from orders.errors import Conflict
from orders.models import Order, OrderReturn, PaymentState
from orders.return_settlement import settle_return
from orders.settlement import settle


def settle_order_again(order: Order, *, now: datetime) -> None:
    """Settle a refused order once more. Raises Conflict: not refused (any more), nothing left of it, refused again, or away.

    From here on it is an order that was never settled: whatever stops this, the sweep goes on with it.
    """
    waiting = OrderReturn.objects.filter(order=OuterRef("pk"), settled_at=None)
    refused = Order.objects.exclude(refusal="").exclude(settled_at=None).filter(pk=order.pk)
    again = refused.filter(~Exists(waiting), payment_state=PaymentState.PAID)
    if again.update(settled_at=None, refusal="", refusal_seen_at=None, refusal_seen_by="") != 1:
        raise _not_refused()
    settle(order, now=now)
    order.refresh_from_db()
    _say_what_came_of_it(order)


def settle_return_again(made: OrderReturn, *, now: datetime) -> None:
    """Tell the programme of a refused return once more. Raises Conflict as `settle_order_again` does."""
    refused = OrderReturn.objects.exclude(refusal="").exclude(settled_at=None).filter(pk=made.pk)
    if refused.update(settled_at=None, refusal="", refusal_seen_at=None, refusal_seen_by="") != 1:
        raise _not_refused()
    settle_return(OrderReturn.objects.select_related("order").get(pk=made.pk), now=now)
    made.refresh_from_db()
    _say_what_came_of_it(made)


def _not_refused() -> Conflict:
    return Conflict(_("This is recorded already, or is being recorded at this moment."))


def _say_what_came_of_it(settled: Order | OrderReturn) -> None:
    if settled.refusal:
        raise Conflict(_("The loyalty programme refuses it still."))
    if settled.settled_at is None:
        raise Conflict(_("The loyalty programme cannot be reached. It is told as soon as it can be reached again."))
