"""Django admin of the orders: the list, one order as a record, the live kitchen board; and of what is offered on them."""

from orders.admin.orders import OrderAdmin
from orders.admin.products import ProductAdmin
from orders.admin.promotions import PromotionAdmin
from orders.admin.rewards import RewardAdmin

__all__ = ["OrderAdmin", "ProductAdmin", "PromotionAdmin", "RewardAdmin"]
