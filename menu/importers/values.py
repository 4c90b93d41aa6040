"""Reading single values of a menu file: texts, prices, rates, times, allergens. What cannot be read raises Unreadable."""

import hashlib
import html
import re
from datetime import time
from decimal import Decimal, InvalidOperation

from django.utils.text import slugify
from django.utils.translation import gettext as _

from menu.food import Allergen, Diet
from menu.hours import WEEKDAYS, parse_weekdays
from menu.models.product import MOST_CENTS
from menu.money import minor_digits

LONGEST_PRODUCT_NAME = 200
LONGEST_NAME = 120
LONGEST_HANDLE = 80
LONGEST_DESCRIPTION = 5000

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u2060\ufeff]")
_ODD_SPACE = re.compile(r"[^\S ]+")
_LINE_TAG = re.compile(r"<(?:br|/p|/div|/li)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_AMOUNT = re.compile(
    r"^(?:[A-Z]{3}\s*|[^\w\s.,+-]{1,3}\s*)?(?P<number>[+-]?\d[\d.,' ]*?)(?:[-–],?|\s*[A-Z]{3}|\s*[^\w\s.,+-]{1,3})?$"
)
_TIME = re.compile(r"^(\d{1,2})[:.](\d{2})(?::\d{2})?$")

_ALLERGEN_WORDS = {
    "egg": "eggs",
    "nut": "nuts",
    "tree_nuts": "nuts",
    "tree_nut": "nuts",
    "peanut": "peanuts",
    "soy": "soybeans",
    "soya": "soybeans",
    "soybean": "soybeans",
    "dairy": "milk",
    "wheat": "gluten",
    "crustacean": "crustaceans",
    "mollusc": "molluscs",
    "mollusks": "molluscs",
    "sulfites": "sulphites",
    "sulphite": "sulphites",
    "sesame_seeds": "sesame",
}


class Unreadable(ValueError):
    """A value cannot be read; the message is a part of a sentence that says why."""


def text_of(value: object) -> str:
    """Return a one-line text as written, trimmed; line ends, tabs and hard spaces become spaces; "" for what is no text."""
    if not isinstance(value, str):
        return ""
    sound = value.encode("utf-8", "replace").decode("utf-8")
    return _ODD_SPACE.sub(" ", _CONTROLS.sub("", sound)).strip()


def web_text_of(value: object) -> str:
    """Return `text_of` for a text that was made for a web page: entities resolved, tags left out."""
    return text_of(_without_markup(value)) if isinstance(value, str) else ""


def _without_markup(value: str) -> str:
    return _TAG.sub("", _LINE_TAG.sub("\n", html.unescape(value)))


def description_of(value: object, *, web: bool = False) -> str:
    """Return a longer text with its line ends kept, shortened to what a page can bear."""
    if not isinstance(value, str):
        return ""
    source = _without_markup(value) if web else value
    return "\n".join(map(text_of, source.splitlines())).strip()[:LONGEST_DESCRIPTION]


def name_of(value: object, *, longest: int = LONGEST_NAME, web: bool = False) -> str:
    """Return the name that `value` is. Raises Unreadable where it is none, or longer than `longest`."""
    name = web_text_of(value) if web else text_of(value)
    if not name:
        raise Unreadable(_("it has no name"))
    if len(name) > longest:
        raise Unreadable(_("its name is longer than %(count)d characters") % {"count": longest})
    return name


def label_of(name: object, otherwise: object) -> str:
    """Return how the report calls an entry: its name if it has one, cut to a line's length."""
    label = web_text_of(name) or text_of(otherwise) or _("(no name)")
    return label if len(label) <= 80 else label[:79] + "…"


def cents_of_amount(value: object) -> int:
    """Return an amount in minor units as Square writes it. Raises Unreadable for a negative, absurd or broken one."""
    if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Unreadable(_("its price cannot be read"))
    return _sane(value)


def cents_of_price(value: object, currency: str) -> int:
    """Return a price in major units ("9.95", "9,95", "€ 9,95", "00.00") in minor units. Raises Unreadable."""
    if isinstance(value, str):
        number = _plain_number(value, minor_digits(currency))
    elif isinstance(value, int | Decimal) and not isinstance(value, bool):
        number = Decimal(value)
    else:
        raise Unreadable(_("it has no price"))
    if not number.is_finite() or abs(number) > MOST_CENTS:
        raise Unreadable(_("its price is absurdly high"))
    cents = number.scaleb(minor_digits(currency))
    if cents != cents.to_integral_value():
        raise Unreadable(_("its price %(price)s is finer than the currency") % {"price": number})
    return _sane(int(cents))


def _sane(cents: int) -> int:
    if cents < 0:
        raise Unreadable(_("its price is negative"))
    if cents > MOST_CENTS:
        raise Unreadable(_("its price is absurdly high"))
    return cents


def _plain_number(written: str, digits: int) -> Decimal:
    """Read a price text. The last point or comma is the decimal one, but "1.234" may mean two things and is refused."""
    shown = text_of(written)
    if not shown:
        raise Unreadable(_("it has no price"))
    match = _AMOUNT.match(shown) if len(shown) <= 40 else None
    number = re.sub(r"[' ]", "", match["number"]).rstrip(".,") if match else ""
    separators = re.findall(r"[.,]", number)
    whole, fraction = number, "0"
    if separators and separators.count(separators[-1]) == 1:
        cut = number.rindex(separators[-1])
        whole, fraction = number[:cut], number[cut + 1 :]
        if len(separators) == 1 and len(fraction) == 3 and digits != 3 and whole.lstrip("+-0") != "":
            if digits == 2:
                raise Unreadable(_("its price “%(price)s” can be read in two ways") % {"price": shown})
            whole, fraction = number, "0"
    groups = re.split(r"[.,]", whole)
    if not number or any(len(group) != 3 for group in groups[1:]):
        raise Unreadable(_("its price “%(price)s” is not a number") % {"price": shown[:40]})
    return Decimal(f"{''.join(groups)}.{fraction}")


def rate_of(value: object) -> Decimal:
    """Return a tax rate in percent ("8.6", "9,5 %"). Raises Unreadable unless it lies between 0 and 100."""
    written = text_of(value).removesuffix("%").strip().replace(",", ".") if isinstance(value, str) else value
    if isinstance(written, bool) or not isinstance(written, str | int | Decimal):
        raise Unreadable(_("its tax rate cannot be read"))
    try:
        rate = Decimal(written)
    except InvalidOperation as error:
        raise Unreadable(_("its tax rate cannot be read")) from error
    if not rate.is_finite() or not 0 <= rate <= 100 or rate != round(rate, 3):
        raise Unreadable(_("its tax rate cannot be read"))
    return round(rate, 3)


def time_of(written: str) -> time:
    """Return a time of day ("8:00", "17.30"; "24:00" is midnight). Raises Unreadable."""
    match = _TIME.match(written.strip())
    if not match or int(match[1]) > 24 or int(match[2]) > 59 or (int(match[1]) == 24 and int(match[2]) > 0):
        raise Unreadable(_("“%(time)s” is not a time of day") % {"time": written[:40]})
    return time(int(match[1]) % 24, int(match[2]))


def weekdays_of(written: str) -> str:
    """Return weekdays ("Mo-Fr", "sa, su", "Monday") in our own spelling, as short as it gets. Raises Unreadable."""
    names = {day.lower(): day for day in WEEKDAYS}
    full = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    names |= {spelling: day for word, day in zip(full, WEEKDAYS, strict=True) for spelling in (word, word[:3])}
    spelled = re.sub(r"[A-Za-z]+", lambda word: names.get(word[0].lower(), "?"), written.strip().rstrip(","))
    try:
        days = parse_weekdays(re.sub(r"\s+", "", spelled))
    except ValueError as error:
        raise Unreadable(_("“%(days)s” are not weekdays") % {"days": written[:40]}) from error
    return "" if len(days) == 7 else ",".join(day for number, day in enumerate(WEEKDAYS) if number in days)


def allergen_of(word: str) -> str:
    """Return the allergen that `word` names, some everyday spellings included. Raises Unreadable."""
    key = re.sub(r"[\s-]+", "_", word.strip().lower())
    key = _ALLERGEN_WORDS.get(key, key)
    if key not in Allergen.values:
        raise Unreadable(_("“%(word)s” is none of the 14 allergens") % {"word": word[:40]})
    return key


def diet_of(word: str) -> str:
    """Return the diet that `word` names. Raises Unreadable."""
    key = re.sub(r"[\s-]+", "_", word.strip().lower())
    key = "lactose_free" if key == "dairy_free" else key
    if key not in Diet.values:
        raise Unreadable(_("“%(word)s” is not a diet we know") % {"word": word[:40]})
    return key


def in_order(words: list[str], order: list[str]) -> tuple[str, ...]:
    """Return each of `words` once, in the order of `order`."""
    return tuple(word for word in order if word in words)


def handle_of(text: str, taken: set[str]) -> str:
    """Return a short name of ASCII letters, digits and dashes made of `text`, not among `taken`, and add it there."""
    short = slugify(text) or f"x{_digest(text)}"
    if len(short) > LONGEST_HANDLE - 4:
        short = f"{short[: LONGEST_HANDLE - 14].rstrip('-')}-{_digest(text)}"
    handle, count = short, 1
    while handle in taken:
        count += 1
        handle = f"{short}-{count}"
    taken.add(handle)
    return handle


def sku_of_id(source_id: str) -> str:
    """Return a SKU for an entry that has none, made from its id in the file: the same one at every import."""
    return source_id if len(source_id) <= LONGEST_HANDLE else f"{source_id[:60]}-{_digest(source_id)}"


def source_key_of(prefix: str, source_id: str) -> str:
    """Return the key under which an import finds its own row again."""
    key = f"{prefix}:{source_id}"
    return key if len(key) <= 200 else f"{key[:180]}-{_digest(key)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]
