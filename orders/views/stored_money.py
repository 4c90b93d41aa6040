"""Gift cards and the prepaid balance as the checkout's form names them: read again with every post, kept nowhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from loyalty import port
from loyalty.port import Asker, StoredMoney
from menu.models import Restaurant
from orders.errors import ChoiceRefused
from orders.guest import VisitRequest, find_guest
from orders.tenders import MOST_CARDS, find_card, find_prepaid
from orders.views.member import away_words, wait_words

_LONGEST_CODE = 60


@dataclass(frozen=True)
class Card:
    """A gift card on the bill: the code as it goes along in the form, and what is left to tell of it."""

    code: str
    name: str


@dataclass(frozen=True)
class StoredForm:
    """What the form names. `typed` is a code that was refused, to be shown again with the sentence in `errors`."""

    stored: tuple[StoredMoney, ...] = ()
    cards: tuple[Card, ...] = ()
    uses_prepaid: bool = False
    typed: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    retry_after: int | None = None


def read_stored(request: VisitRequest, restaurant: Restaurant, *, now: datetime) -> StoredForm:
    """Read the gift cards (`gift_card`, repeated) and whether the balance is used (`prepaid`); never raises."""
    removed = request.POST.get("update", "").removeprefix("remove:")
    codes = dict.fromkeys(" ".join(code.split()) for code in request.POST.getlist("gift_card"))
    guest = find_guest(request.visitor)
    asker = Asker(guest_id=guest.pk, ip_address=str(request.META.get("REMOTE_ADDR", ""))) if guest else None
    found: dict[str, tuple[Card, StoredMoney]] = {}
    typed, errors, retry_after = "", {}, None
    for code in codes:
        if not code or code == removed or asker is None:
            continue
        try:
            if len(found) == MOST_CARDS:
                raise ChoiceRefused({"gift_card": _("That is more gift cards than one bill takes.")})
            readable = code if code.isprintable() and len(code) <= _LONGEST_CODE else ""
            card = find_card(readable, asker=asker, restaurant=restaurant, now=now)
        except ChoiceRefused as refused:
            typed, errors = code[:_LONGEST_CODE], dict(refused.errors)
        except port.TooOften as often:
            errors, retry_after = {"gift_card": wait_words(often.retry_after)}, often.retry_after
        except port.ProgrammeAway:
            errors = {"gift_card": away_words()}
        else:
            found[card.id] = (Card(code, card.name), card)
    prepaid = find_prepaid(guest, restaurant) if request.POST.get("prepaid") == "1" else None
    return StoredForm(
        stored=(*(card for _shown, card in found.values()), *((prepaid,) if prepaid else ())),
        cards=tuple(shown for shown, _card in found.values()),
        uses_prepaid=prepaid is not None,
        typed=typed,
        errors=errors,
        retry_after=retry_after,
    )
