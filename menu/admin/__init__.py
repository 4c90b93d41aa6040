"""Django admin of the menu and the tables; one module per thing that staff look for."""

from menu.admin.categories import CategoryAdmin
from menu.admin.modifiers import ModifierAdmin, ModifierGroupAdmin
from menu.admin.products import ProductAdmin
from menu.admin.restaurants import RestaurantAdmin
from menu.admin.tables import TableAdmin

__all__ = [
    "CategoryAdmin",
    "ModifierAdmin",
    "ModifierGroupAdmin",
    "ProductAdmin",
    "RestaurantAdmin",
    "TableAdmin",
]
