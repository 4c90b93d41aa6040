"""The till on the offers page: the code with the time it has left, and what it brings along."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import time_format

from menu.models import Restaurant
from orders.models import Guest
from orders.showcase import Showcase
from orders.till import read_till_code


@dataclass(frozen=True)
class TillBlock:
    """`state` is "none", "live", "over" or "used"; `until_epoch` is when a live code ends, in seconds, for the countdown."""

    state: str
    digits: str
    until: str
    until_epoch: int
    brings: str

    @property
    def is_in_use(self) -> bool:
        """Whether it belongs on top of the page: there is a code to show, or something marked."""
        return self.state == "live" or bool(self.brings)

    @property
    def grouped(self) -> str:
        """The code as it is read out: 123 456."""
        return f"{self.digits[:3]} {self.digits[3:]}"


def till_block(guest: Guest, showcase: Showcase, restaurant: Restaurant, *, now: datetime) -> TillBlock | None:
    """Return what is shown of the till; None where the programme takes no offers at tills, or the member may not spend."""
    if showcase.wallet is None or not showcase.wallet.has_tills or not guest.may_spend:
        return None
    code = read_till_code(guest, now=now)
    state = "none"
    if code is not None:
        state = "live" if code.digits else "used" if code.is_used else "over"
    marked = (offer.name for offer in (*showcase.free, *showcase.rewards) if offer.is_marked and offer.is_free_to_use)
    return TillBlock(
        state=state,
        digits=code.digits if code else "",
        until=time_format(restaurant.local(code.until).time()) if code else "",
        until_epoch=int(code.until.timestamp()) if code else 0,
        brings=", ".join(marked),
    )
