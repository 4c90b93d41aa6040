"""What tills of each make call a product: lines of text such as "Acme=1001". Pure but for the sentences."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

LONGEST = 80


def read_till_codes(text: str) -> dict[str, str]:
    """Return the codes by make. Raises ValueError with the line at fault."""
    codes: dict[str, str] = {}
    for line in filter(None, (line.strip() for line in text.splitlines())):
        make, separator, code = (part.strip() for part in line.partition("="))
        if not separator or not make or not code or len(make) > LONGEST or len(code) > LONGEST:
            raise ValueError(line)
        if make.casefold() in {known.casefold() for known in codes}:
            raise ValueError(line)
        codes[make] = code
    return codes


def validate_till_codes(text: str) -> None:
    """Refuse a line that is not make=code, and a make named twice."""
    try:
        read_till_codes(text)
    except ValueError as error:
        sentence = gettext("“%(line)s” must be the make of a till, “=” and its code, each make once.")
        raise ValidationError(sentence, params={"line": str(error)}) from error
