"""Text in our PDFs: the PDF's own Helvetica, so no font travels along, and what becomes of letters it does not have."""

import unicodedata

from fpdf import FPDF

FAMILY = "helvetica"
ENCODING = "cp1252"  # what a PDF calls WinAnsi: Western European letters, the euro sign, typographic quotes and dashes
INK, FAINT = (28, 25, 23), (107, 98, 90)


def new_pdf(page_format: str | tuple[float, float]) -> FPDF:
    """Return an empty document whose own fonts take the letters of `ENCODING`."""
    pdf = FPDF(format=page_format)
    pdf.core_fonts_encoding = ENCODING
    return pdf


def printable(text: str) -> str:
    """Return `text` in letters the font has: a missing one by its plain letter (č -> c), at last by "?"."""
    letters = []
    for letter in unicodedata.normalize("NFC", " ".join(text.split())):
        plain = "".join(part for part in unicodedata.normalize("NFKD", letter) if _has(part))
        letters.append(letter if _has(letter) else plain or _PLAIN.get(letter, "?"))
    return "".join(letters)


_PLAIN = {"ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "−": "-"}


def _has(letter: str) -> bool:
    if not letter.isprintable():
        return False
    try:
        letter.encode(ENCODING)
    except UnicodeEncodeError:
        return False
    return True
