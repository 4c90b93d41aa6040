"""One table's evening as plain values: what baskets, offers, money and points must come to (trust.md R9). Knows no rows.

A second writing of the rules, slow and simple. Prices are worked out by `pricing_model`; what is refused raises Refused.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction

from loyalty.domain import Discount, parse_discount
from orders.pricing import Line, Offer
from tests.orders.pricing_model import Unit, half_up, proportional, take

PRICES = {"SOUP": 500, "PIZZA": 1200}
DISCOUNTS = {
    "tenth": {"discount_type": "percentage_discount", "discount_value": "10"},
    "fifth": {"discount_type": "percentage_discount", "discount_value": "20"},
    "three": {"discount_type": "absolute_discount", "discount_value": "3"},
    "soup": {"discount_type": "free_item", "product_code": "SOUP"},
}
SERVICE_PERCENT, REWARD_POINTS = 10, 100
HOLD, LONGEST_HOLD = timedelta(minutes=15), timedelta(hours=1)
WINDOW, PAYING_HOLD, COUNTER_HOLD = timedelta(minutes=10), timedelta(minutes=40), timedelta(hours=24)
LONG_STOP, ASKED_AFTER = PAYING_HOLD - WINDOW, timedelta(hours=24)
LATE = timedelta(seconds=5)


class Refused(Exception):
    """What the diner or the staff asked for is not possible."""


def discount_of(name: str) -> Discount:
    found = parse_discount(DISCOUNTS["soup" if name.startswith("soup") else name], currency_digits=2)
    assert isinstance(found, Discount)
    return found


@dataclass
class PlainVoucher:
    """A voucher: who may use it (None: whoever knows it), how often, and who holds it until when, also lapsed holds."""

    owner: int | None
    uses: int
    ends_at: datetime | None = None
    used: int = 0
    holds: dict[int, datetime] = field(default_factory=dict)
    reversed_for: set[int] = field(default_factory=set)

    def live(self, now: datetime) -> set[int]:
        return {holder for holder, until in self.holds.items() if until > now}

    def is_current(self, now: datetime) -> bool:
        return self.ends_at is None or self.ends_at > now

    def hold(self, holder: int, until: datetime, now: datetime) -> None:
        if holder not in self.live(now) and (not self.is_current(now) or self.used + len(self.live(now)) >= self.uses):
            raise Refused
        if self.used >= self.uses:
            raise Refused
        if self.uses == 1:
            self.holds.clear()  # one place: whoever lapsed is forgotten
        self.holds[holder] = until

    def release(self, holder: int) -> None:
        self.holds.pop(holder, None)

    def redeem(self, holder: int, now: datetime) -> bool:
        """Use it up for an order; False where it is gone."""
        is_own = holder in self.holds
        if self.used + len(self.live(now) - {holder}) >= self.uses or not (is_own or self.is_current(now)):
            return False
        self.holds.pop(holder, None)
        self.used += 1
        return True

    def reverse(self, holder: int) -> None:
        if holder not in self.reversed_for:
            self.reversed_for.add(holder)
            self.used -= 1


@dataclass
class PlainReward:
    """A soup bought with points: collected for an order, given back for its points, or waiting."""

    owner: int
    collected: bool = False
    given_back: bool = False
    reversed_for: set[int] = field(default_factory=set)


@dataclass
class Applied:
    """An offer on an order."""

    name: str
    applied_at: datetime
    held_until: datetime
    cents: int = 0
    is_redeemed: bool = False
    is_overrun: bool = False


@dataclass
class Tender:
    """Stored money, the counter or the bank: what it pays, and what it has given back."""

    account: str
    cents: int
    is_taken: bool = False
    back_cents: int = 0


@dataclass
class Try:
    """A payment at the bank: when its window ends, what the payer chose and from when the bank knows."""

    cents: int
    ends_at: datetime
    chosen: str = ""
    known_at: datetime | None = None
    closed: str = ""
    """How it ended here; empty: it is open."""
    given_up_at: datetime | None = None
    """When its end was not waited for any longer: it is asked about for a day."""
    back_cents: int = 0

    def word(self, now: datetime) -> str:
        return self.chosen if self.known_at is not None and self.known_at <= now else ""

    def choose(self, outcome: str, known_at: datetime) -> None:
        if not self.chosen:
            self.chosen, self.known_at = outcome, known_at


@dataclass
class PlainOrder:
    """An order, from the first tap on."""

    number: int
    diner: int
    lines: dict[str, int] = field(default_factory=dict)
    """Units by SKU, in the order in which the lines were added."""
    brought_by: str = ""
    """The offer that brought the soup's line."""
    offers: list[Applied] = field(default_factory=list)
    payment: str = "unpaid"
    is_placed: bool = False
    is_cancelled: bool = False
    total_cents: int = 0
    earning_cents: int = 0
    points: int | None = None
    corrected: int = 0
    tenders: list[Tender] = field(default_factory=list)
    tries: list[Try] = field(default_factory=list)
    units: dict[str, list[int]] = field(default_factory=dict)
    """What each unit cost in the end, dearest first: the order in which they go back."""
    back: dict[str, int] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        return not self.is_placed and self.payment == "unpaid"

    @property
    def is_paying(self) -> bool:
        return self.payment == "paying"

    def live_offers(self) -> list[Applied]:
        return [offer for offer in self.offers if not offer.is_redeemed]

    def find(self, name: str) -> Applied | None:
        return next((offer for offer in self.offers if offer.name == name), None)


@dataclass(frozen=True)
class Bill:
    """What an order comes to: by offer what it takes, by line what each unit costs, and the sums."""

    taken: dict[str, int]
    units: dict[str, list[int]]
    gross_cents: int
    net_cents: int

    def total_cents(self, tip_percent: int) -> int:
        service = half_up(Fraction(self.net_cents * SERVICE_PERCENT, 100))
        return self.net_cents + service + half_up(Fraction(self.gross_cents * tip_percent, 100))


def price(lines: dict[str, int], offers: Iterable[str]) -> Bill:
    """Work out a bill; offers of one kind take their turns as they come."""
    priced = [
        Line(id=str(place), sku=sku, unit_cents=PRICES[sku], quantity=count)
        for place, (sku, count) in enumerate(lines.items(), 1)
    ]
    units = [Unit(line) for line in priced for _unit in range(line.quantity)]
    taken = dict.fromkeys(offers, 0)
    kinds = ["free_item", "percentage_discount", "absolute_discount"]
    for name in sorted(taken, key=lambda name: kinds.index(discount_of(name).discount_type)):
        discount = discount_of(name)
        taken[name] = sum(take(units, Offer(id=name, name=name, discount=discount), discount).values())
    costs: dict[str, list[int]] = {sku: [] for sku in lines}
    for unit in units:
        costs[unit.line.sku].append(sum(unit.left.values()))
    gross_cents = sum(PRICES[sku] * count for sku, count in lines.items())
    return Bill(taken, costs, gross_cents, gross_cents - sum(taken.values()))


def share(cents: int, left: list[int]) -> list[int]:
    """Share money that goes back over what the tenders have left."""
    return proportional(min(cents, sum(left)), left)
