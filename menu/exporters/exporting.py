"""`export_menu`: the menu of a restaurant as the text of a file."""

from datetime import datetime

from menu.exporters.reading import read_menu_of
from menu.exporters.schema_org import write_schema_org
from menu.exporters.spreadsheet import write_spreadsheet
from menu.exporters.square import write_square
from menu.models import Restaurant


def export_menu(restaurant: Restaurant, *, file_format: str, now: datetime) -> str:
    """Return the menu of `restaurant` in one of `menu.importers.FORMATS`; what is sold out at `now` is marked.

    What a format cannot hold is listed in docs/menu-files.md. Raises KeyError for another format.
    """
    writers = {"csv": write_spreadsheet, "square": write_square, "schema-org": write_schema_org}
    return writers[file_format](read_menu_of(restaurant, now=now), restaurant)
