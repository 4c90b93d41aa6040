"""The sheet of table cards to print and cut: A4, six cards a page, QR codes as vectors. What a code is, is in qr."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _
from fpdf import FPDF

from menu.models import Table
from menu.models.table import table_label
from menu.print_text import FAINT, FAMILY, INK, new_pdf, printable
from menu.qr import dark_runs, qr_modules, table_link

PAGE_WIDTH, PAGE_HEIGHT = 210.0, 297.0
COLUMNS, ROWS = 2, 3
MARGIN = 10.0
CARD_WIDTH = (PAGE_WIDTH - 2 * MARGIN) / COLUMNS
CARD_HEIGHT = (PAGE_HEIGHT - 2 * MARGIN) / ROWS
QR_SIDE = 44.0
CUT = (190, 182, 172)


def table_sheet(tables: Iterable[Table], *, site_url: str) -> bytes:
    """Return a PDF with a card for each table, its restaurant loaded with it; links start with `site_url`."""
    pdf = new_pdf("A4")
    pdf.set_auto_page_break(auto=False)
    pdf.set_title(_("Table cards"))
    per_page = COLUMNS * ROWS
    for number, table in enumerate(tables):
        place = number % per_page
        if place == 0:
            pdf.add_page()
            _draw_cut_lines(pdf)
        left = MARGIN + place % COLUMNS * CARD_WIDTH
        top = MARGIN + place // COLUMNS * CARD_HEIGHT
        _draw_card(pdf, table, table_link(table, site_url=site_url), left=left, top=top)
    return bytes(pdf.output())


def _draw_cut_lines(pdf: FPDF) -> None:
    """Draw dashed lines between the cards, and around them, from edge to edge of the paper."""
    pdf.set_draw_color(*CUT)
    pdf.set_line_width(0.15)
    pdf.set_dash_pattern(dash=1.6, gap=1.6)
    for column in range(COLUMNS + 1):
        x = MARGIN + column * CARD_WIDTH
        pdf.line(x, 0, x, PAGE_HEIGHT)
    for row in range(ROWS + 1):
        y = MARGIN + row * CARD_HEIGHT
        pdf.line(0, y, PAGE_WIDTH, y)
    pdf.set_dash_pattern()


def _draw_card(pdf: FPDF, table: Table, link: str, *, left: float, top: float) -> None:
    """Draw one card: whose it is, the code, what to do, which table, and the address for whoever cannot scan."""
    accent = _rgb(table.restaurant.accent_colour)
    _centred(pdf, table.restaurant.name, left=left, top=top + 7, size=14, style="B", colour=INK)
    pdf.set_fill_color(*accent)
    pdf.rect(left + CARD_WIDTH / 2 - 6, top + 14.6, 12, 0.7, style="F")
    _draw_code(pdf, qr_modules(link), left=left + (CARD_WIDTH - QR_SIDE) / 2, top=top + 21.5)
    _centred(pdf, _("Scan to order"), left=left, top=top + 71.5, size=12, style="", colour=INK)
    _centred(pdf, table_label(table.name), left=left, top=top + 77.5, size=19, style="B", colour=INK)
    _centred(pdf, link, left=left, top=top + 87, size=7, style="", colour=FAINT)


def _draw_code(pdf: FPDF, modules: Sequence[list[bool]], *, left: float, top: float) -> None:
    module = QR_SIDE / len(modules)
    pdf.set_fill_color(0, 0, 0)
    for column, row, length in dark_runs(list(modules)):
        pdf.rect(left + column * module, top + row * module, length * module, module + 0.01, style="F")


def _centred(
    pdf: FPDF, text: str, *, left: float, top: float, size: float, style: str, colour: tuple[int, int, int]
) -> None:
    """Write one line in the middle of the card, smaller where it is too long, cut off at 60 % of the size."""
    shown = printable(text)
    room = CARD_WIDTH - 12
    pdf.set_text_color(*colour)
    pdf.set_font(FAMILY, style, size)
    smallest = size * 0.6
    while pdf.get_string_width(shown) > room and size > smallest:
        size -= 0.5
        pdf.set_font_size(size)
    while pdf.get_string_width(shown) > room:
        shown = shown.rstrip(".")[:-1] + "..."
    pdf.set_xy(left, top)
    pdf.cell(CARD_WIDTH, size * 0.42, shown, align="C")


def _rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue
