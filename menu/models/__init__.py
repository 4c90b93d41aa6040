"""The tables of the menu: where the guest sits and what the kitchen sells."""

from menu.models.category import Category
from menu.models.import_memory import BroughtProduct
from menu.models.modifiers import Modifier, ModifierGroup, ProductModifierGroup
from menu.models.product import Product, Variant
from menu.models.restaurant import Restaurant
from menu.models.table import Table

__all__ = [
    "BroughtProduct",
    "Category",
    "Modifier",
    "ModifierGroup",
    "Product",
    "ProductModifierGroup",
    "Restaurant",
    "Table",
    "Variant",
]
