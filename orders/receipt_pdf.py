"""A receipt as a PDF: one narrow column on A5. What it says is in paper."""

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from menu.print_text import FAINT, FAMILY, INK, new_pdf, printable
from orders.paper import Paper, Row, RowKind

MARGIN = 16.0
AMOUNT_WIDTH = 32.0
SIZES = {RowKind.ITEM: 10.5, RowKind.PART: 9.0, RowKind.OFF: 10.5, RowKind.SUM: 14.0, RowKind.SMALL: 8.5}


def receipt_pdf(paper: Paper) -> bytes:
    """Return the receipt as the bytes of a PDF, as many pages as it needs."""
    pdf = new_pdf((148, 210))
    pdf.set_margin(MARGIN)
    pdf.set_auto_page_break(auto=True, margin=MARGIN)
    pdf.set_title(paper.title)
    pdf.add_page()
    for number, words in enumerate(paper.head):
        _words(pdf, words, size=17 if number == 0 else 9, style="B" if number == 0 else "", colour=INK)
    pdf.ln(5)
    _words(pdf, paper.title, size=12, style="B", colour=INK)
    for words in paper.facts:
        _words(pdf, words, size=9, style="", colour=FAINT)
    pdf.ln(4)
    for row in paper.rows:
        _row(pdf, row)
    pdf.ln(6)
    _words(pdf, paper.closing, size=10.5, style="", colour=INK)
    return bytes(pdf.output())


def _words(pdf: FPDF, words: str, *, size: float, style: str, colour: tuple[int, int, int]) -> None:
    pdf.set_font(FAMILY, style, size)
    pdf.set_text_color(*colour)
    pdf.multi_cell(0, size * 0.5, printable(words), new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _row(pdf: FPDF, row: Row) -> None:
    """Write one row: the words wrap, the amount stands right on their first line."""
    size = SIZES[row.kind]
    is_sum = row.kind is RowKind.SUM
    pdf.set_font(FAMILY, "B" if is_sum else "", size)
    pdf.set_text_color(*(FAINT if row.kind in (RowKind.PART, RowKind.SMALL) else INK))
    height, indent = size * 0.52, 5.0 if row.kind is RowKind.PART else 0.0
    words = printable(row.words)
    room = pdf.epw - AMOUNT_WIDTH - indent
    needed = pdf.multi_cell(room, height, words, dry_run=True, output="HEIGHT")
    if isinstance(needed, float) and pdf.will_page_break(needed):
        pdf.add_page()
    if is_sum:
        pdf.ln(1.5)
        pdf.line(pdf.l_margin, pdf.y, pdf.w - pdf.r_margin, pdf.y)
        pdf.ln(1.5)
    top = pdf.y
    pdf.set_x(pdf.l_margin + indent)
    pdf.multi_cell(room, height, words, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    below = pdf.y
    pdf.set_xy(pdf.w - pdf.r_margin - AMOUNT_WIDTH, top)
    pdf.cell(AMOUNT_WIDTH, height, printable(row.amount), align="R")
    pdf.set_xy(pdf.l_margin, below + (2 if is_sum else 0.8))
