"""Real menus in: Square, schema.org and CSV files. `import_menu` is the way in; everything else here is its parts."""

from menu.importers.catalogue import FileRefused, Line
from menu.importers.importing import import_menu
from menu.importers.report import Report
from menu.importers.source import FORMATS

__all__ = ["FORMATS", "FileRefused", "Line", "Report", "import_menu"]
