"""Which rules an offer breaks on a till's basket, all of them with how it is and how it should be. Pure: no Django, no clock.

Days are judged on the guest's own clock. Whether an offer is free to use is for whoever holds it (loyalty.till_offers).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from loyalty.attributes import WEEKDAYS
from loyalty.domain import Discount, DiscountType
from loyalty.till_documents import RuleCode, RuleFailure, TillBasket


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedOffer:
    """An offer that the till names, with what is judged of it. Days are the programme's, on its own clock."""

    incentive_id: str
    attributes: Mapping[str, object]
    discount: Discount | None = None
    """None: no discount, something is handed out."""
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Where and when the offers are used, and by whom. `local_time` has no offset."""

    local_time: datetime
    stores: frozenset[str]
    """What the store is called: here, and by its tills."""
    member_since: date
    is_verified: bool
    currency_digits: int


def broken_rules(offers: Sequence[JudgedOffer], basket: TillBasket, visit: Visit) -> list[RuleFailure]:
    """Return every rule that an offer breaks, in the order of the offers."""
    value_cents = _value_before_discounts(basket, offers, visit.currency_digits)
    failures: list[RuleFailure] = []
    for offer in offers:
        failures.extend(_by_visit(offer, visit))
        failures.extend(_by_calendar(offer, visit))
        failures.extend(_by_basket(offer, basket, value_cents, visit))
        if offer.discount is not None and offer.discount.exclusive and len(offers) > 1:
            failures.append(_failure(RuleCode.NOT_COMBINABLE, offer, "stands alone", len(offers), [1]))
    return failures


def _by_visit(offer: JudgedOffer, visit: Visit) -> Iterator[RuleFailure]:
    if not visit.is_verified:
        yield _failure(RuleCode.NOT_VERIFIED, offer, "the member has not confirmed their address")
    stores = _words(offer.attributes.get("till_stores"))
    if stores and visit.stores.isdisjoint(stores):
        yield _failure(RuleCode.STORE, offer, "is not taken in this store", min(visit.stores, default=""), stores)
    since = visit.member_since
    first, last = (_date(offer.attributes.get(f"till_enrolled_{end}")) for end in ("from", "until"))
    if first is not None and since < first:
        message = "is for later members"
        yield _failure(RuleCode.ENROLLMENT_START, offer, message, since.isoformat(), [first.isoformat()])
    if last is not None and since > last:
        message = "is for earlier members"
        yield _failure(RuleCode.ENROLLMENT_END, offer, message, since.isoformat(), [last.isoformat()])


def _by_calendar(offer: JudgedOffer, visit: Visit) -> Iterator[RuleFailure]:
    here = visit.local_time
    if offer.starts_at is not None and here < offer.starts_at:
        yield _failure(RuleCode.START_DATE, offer, "has not begun", here.isoformat(), [offer.starts_at.isoformat()])
    if offer.ends_at is not None and here >= offer.ends_at:
        yield _failure(RuleCode.END_DATE, offer, "has ended", here.isoformat(), [offer.ends_at.isoformat()])
    days = _words(offer.attributes.get("till_weekdays"))
    today = WEEKDAYS[here.weekday()]
    if days and today not in days:
        yield _failure(RuleCode.DAY_OF_WEEK, offer, "is not for this day of the week", today, days)


def _by_basket(
    offer: JudgedOffer, basket: TillBasket, value_cents: Decimal | None, visit: Visit
) -> Iterator[RuleFailure]:
    modes = _words(offer.attributes.get("till_service_modes"))
    if modes and basket.service_mode not in modes:
        yield _failure(RuleCode.SERVICE_MODE, offer, "is not for this service mode", basket.service_mode, modes)
    minimum_cents = offer.discount.minimum_cents if offer.discount is not None else 0
    if minimum_cents and value_cents is not None and value_cents < minimum_cents:
        digits = visit.currency_digits
        yield _failure(
            RuleCode.MINIMUM_SPEND,
            offer,
            "needs a larger order",
            Decimal(int(value_cents)).scaleb(-digits),
            [Decimal(minimum_cents).scaleb(-digits)],
        )


def _value_before_discounts(basket: TillBasket, offers: Iterable[JudgedOffer], currency_digits: int) -> Decimal | None:
    """Return about what the basket is worth before discounts, never less than it is; None: no telling.

    The till sends prices with all discounts off, and leaves out of them whatever it exempts, so that this is the most it
    can have been: a guest is not refused for what we cannot see.
    """
    value = Decimal(sum(line.unit_cents * line.quantity for line in basket.lines))
    for offer in offers:
        discount = offer.discount
        if discount is None or discount.discount_type is DiscountType.FREE_ITEM:
            continue
        if discount.discount_type is DiscountType.ABSOLUTE:
            value += discount.amount_cents
        elif discount.value >= 100:
            return None
        else:
            value = value * 100 / (100 - discount.value)
    return value


def _failure(
    code: RuleCode,
    offer: JudgedOffer,
    message: str,
    current: str | int | Decimal | None = None,
    targets: Iterable[str | int | Decimal] = (),
) -> RuleFailure:
    return RuleFailure(
        code=code,
        incentive_id=offer.incentive_id,
        message=f"The incentive {message}.",
        current=current,
        targets=tuple(targets),
    )


def _words(value: object) -> tuple[str, ...]:
    """Return the words of a list, or of a text with commas; anything else names none."""
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list | tuple):
        return ()
    return tuple(word.strip() for word in value if isinstance(word, str) and word.strip())


def _date(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
