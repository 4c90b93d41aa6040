"""Django admin of the orders: the list, one order as a record, and the live kitchen board."""

from orders.admin.orders import OrderAdmin

__all__ = ["OrderAdmin"]
