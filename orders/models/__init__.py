"""The tables of the journey: who the browser is, its one order from basket to receipt, and the money."""

from orders.models.guest import Guest
from orders.models.offer import AppliedOffer, AppliedShare, OfferKind
from orders.models.order import Charge, LineItem, Order, TaxAmount
from orders.models.order_return import OrderReturn, ReturnedItem
from orders.models.payment import GIFT_CARD, PREPAID, STORED, Attempt, DemoCharge, DemoRefund, Payment
from orders.models.receipt import Receipt, issue_receipt
from orders.models.refund import OPEN_REFUNDS, Refund, RefundState
from orders.models.sold_card import SoldCard
from orders.models.states import AttemptState, KitchenState, PaymentState

__all__ = [
    "GIFT_CARD",
    "OPEN_REFUNDS",
    "PREPAID",
    "STORED",
    "AppliedOffer",
    "AppliedShare",
    "Attempt",
    "AttemptState",
    "Charge",
    "DemoCharge",
    "DemoRefund",
    "Guest",
    "KitchenState",
    "LineItem",
    "OfferKind",
    "Order",
    "OrderReturn",
    "Payment",
    "PaymentState",
    "Receipt",
    "Refund",
    "RefundState",
    "ReturnedItem",
    "SoldCard",
    "TaxAmount",
    "issue_receipt",
]
