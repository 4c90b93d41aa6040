"""Menus out, in the formats they come in: `export_menu` reads the menu into neutral values, one module a format writes them."""

from menu.exporters.exporting import export_menu

__all__ = ["export_menu"]
