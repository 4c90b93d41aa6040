"""The tables of the journey: who the browser is, its one order from basket to receipt, and the money."""

from orders.models.guest import Guest
from orders.models.offer import AppliedOffer, AppliedShare, OfferKind
from orders.models.order import Charge, LineItem, Order, TaxAmount
from orders.models.order_return import OrderReturn, ReturnedItem
from orders.models.payment import Attempt, DemoCharge, Payment
from orders.models.states import AttemptState, KitchenState, PaymentState

__all__ = [
    "AppliedOffer",
    "AppliedShare",
    "Attempt",
    "AttemptState",
    "Charge",
    "DemoCharge",
    "Guest",
    "KitchenState",
    "LineItem",
    "OfferKind",
    "Order",
    "OrderReturn",
    "Payment",
    "PaymentState",
    "ReturnedItem",
    "TaxAmount",
]
