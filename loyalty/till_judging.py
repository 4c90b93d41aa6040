"""From the offers that a till names to those that it may use: found, judged by every rule, held; or refused with all reasons."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from loyalty import till_offers
from loyalty.currency import minor_digits
from loyalty.errors import (
    LoyaltyError,
    NotEnoughPoints,
    OfferTaken,
    OfferUnavailable,
    OutOfStock,
    Unavailable,
)
from loyalty.ledger import Ledger
from loyalty.models import Contact, Reward, TillTransaction, Voucher, find_programme
from loyalty.till_documents import NamedOffer, OfferType, RuleCode, RuleFailure, TillBasket, TillContext
from loyalty.till_offers import OfferKey, TillOffer
from loyalty.till_rules import Visit, broken_rules

# More units of one offer, and of all offers together, than anybody means: each may have to be bought while others wait.
MOST_UNITS = 20
MOST_NAMED = 50


class RulesBroken(LoyaltyError):
    """Rules refuse what the till names; `failures` are all of them."""

    def __init__(self, failures: Sequence[RuleFailure]) -> None:
        super().__init__(", ".join(failure.code for failure in failures))
        self.failures = tuple(failures)


class UnknownIncentive(LoyaltyError):
    """The till names an offer or reward that the programme does not have, or not for this member."""

    def __init__(self, type: OfferType) -> None:  # noqa: A002 - the till's own word
        super().__init__(type.value)
        self.type = type


def resolve(
    named: Sequence[NamedOffer], held: Sequence[TillOffer], *, contact: Contact, supporting_pos: str, now: datetime
) -> list[tuple[NamedOffer, TillOffer | None]]:
    """Return what the till means by each offer that it names, as often as it names it; first of all what it holds.

    None: the programme has it, but its discount is nonsense. Raises UnknownIncentive, RulesBroken (absurdly many).
    """
    _check_number(named, held)
    codes: dict[str, str] = {}
    if any(each.product_code and not each.engine_id and not each.incentive_id for each in named):
        described = till_offers.describe(held, supporting_pos=supporting_pos)
        codes = {offer.engine_id: offer.product_code for offer in described}
    chosen: list[tuple[NamedOffer, TillOffer | None]] = []
    taken: dict[bool, set[OfferKey]] = {True: set(), False: set()}
    looked_up: dict[tuple[str, str], TillOffer | None] = {}
    for each in (one for one in named for _unit in range(one.quantity)):
        meant = [offer for offer in held if _is_meant(each, offer, codes)]
        free = [offer for offer in meant if offer.key not in taken[each.is_discount]]
        by_id = [offer for offer in meant if str(offer.row.uuid) == each.engine_id]
        asked = each.engine_id, each.incentive_id
        if by_id or free or (meant and not each.incentive_id):
            found_offer: TillOffer | None = (by_id or free or meant)[0]
        else:
            if asked not in looked_up:
                looked_up[asked] = _look_up(each, contact=contact, now=now)
            found_offer = looked_up[asked]
        chosen.append((each, found_offer))
        if found_offer is not None:
            taken[each.is_discount].add(found_offer.key)
    return chosen


def _check_number(named: Sequence[NamedOffer], held: Sequence[TillOffer]) -> None:
    """Raise RulesBroken if more is named than anybody means; as much as it holds a till may always name."""
    most = max(MOST_NAMED, len(held))
    units: Counter[str] = Counter()
    for each in named:
        units[each.incentive_id or each.engine_id or each.product_code] += each.quantity
    if units.total() > most:
        incentive_id, _most_often = units.most_common(1)[0]
        raise RulesBroken([_too_often(incentive_id, units.total(), most, "The order has too many incentives.")])


def _look_up(named: NamedOffer, *, contact: Contact, now: datetime) -> TillOffer | None:
    """Return what the till names without holding it; None: its discount is nonsense. Raises UnknownIncentive."""
    found = till_offers.find_named(named, contact=contact, now=now)
    if found is None:
        raise UnknownIncentive(named.type or OfferType.OFFER)
    return next(iter(till_offers.read([found])), None)


def _is_meant(named: NamedOffer, offer: TillOffer, codes: dict[str, str]) -> bool:
    engine_id = str(offer.row.uuid)
    if named.engine_id or named.incentive_id:
        return named.engine_id.lower() == engine_id or named.incentive_id.lower() == offer.incentive_id
    return bool(named.product_code) and codes.get(engine_id) == named.product_code


def judge(
    resolved: Sequence[tuple[NamedOffer, TillOffer | None]],
    already: Sequence[TillOffer],
    transaction: TillTransaction,
    basket: TillBasket,
    *,
    ledger: Ledger,
    context: TillContext,
    until: datetime,
) -> list[TillOffer]:
    """Hold every offer, what is not held yet until then, and return them, each once.

    Raises RulesBroken with all that is wrong; take back then what was held meanwhile.
    """
    if not resolved:
        return []
    failures = [_nonsense(named) for named, offer in resolved if offer is None]
    too_many = list(_too_many(resolved))
    failures += too_many
    wanted = {offer.key: offer for _named, offer in resolved if offer is not None and not offer.is_to_buy}
    to_buy = [offer for _named, offer in resolved if offer is not None and offer.is_to_buy]
    offers = [*wanted.values(), *sorted(to_buy, key=lambda offer: offer.row.pk)]
    zone = find_programme().zone
    visit = _visit(transaction, basket, context, zone=zone, now=ledger.now)
    is_held = {offer.key for offer in already}
    judged = [offer.judged(zone, is_held=offer.key in is_held, now=ledger.now) for offer in offers]
    failures += broken_rules(judged, basket, visit)
    if too_many:
        raise RulesBroken(failures)
    held = [offer for offer in offers if offer.key in is_held]
    refused: set[OfferKey] = set()
    for offer in (offer for offer in offers if offer.key not in is_held):
        if offer.key in refused:  # another unit of it would be refused the same way
            continue
        try:
            held.append(
                till_offers.hold(
                    offer,
                    holder=transaction.holder,
                    contact=transaction.contact,
                    until=until,
                    shop=transaction.shop,
                    now=ledger.now,
                )
            )
        except (NotEnoughPoints, OutOfStock, OfferTaken, OfferUnavailable) as refusal:
            refused.add(offer.key)
            failures += _refusal(offer, refusal, failures, transaction.contact)
    if failures:
        raise RulesBroken(failures)
    return held


def _visit(
    transaction: TillTransaction, basket: TillBasket, context: TillContext, *, zone: ZoneInfo, now: datetime
) -> Visit:
    contact, shop = transaction.contact, transaction.shop
    stores = {context.store, shop.reference if shop else "", (shop.store_number if shop else "") or ""}
    local_time = context.local_time or now
    return Visit(
        local_time=local_time.astimezone(zone).replace(tzinfo=None) if local_time.tzinfo else local_time,
        stores=frozenset(stores - {""}),
        member_since=contact.created_at.astimezone(zone).date(),
        is_verified=contact.verified_at is not None,
        currency_digits=minor_digits(basket.currency),
    )


def _too_many(resolved: Sequence[tuple[NamedOffer, TillOffer | None]]) -> Iterator[RuleFailure]:
    """Yield a failure for each offer named more often than it can be used on one order."""
    times = Counter(
        (offer.key, offer.incentive_id, named.is_discount) for named, offer in resolved if offer is not None
    )
    for (key, incentive_id, _is_discount), count in times.items():
        most = MOST_UNITS if key[0] is Reward else 1
        if count > most:
            yield _too_often(incentive_id, count, most, "The incentive is on the order too often.")


def _too_often(incentive_id: str, count: int, most: int, message: str) -> RuleFailure:
    return RuleFailure(
        code=RuleCode.LIMIT_PER_ORDER, incentive_id=incentive_id, message=message, current=count, targets=(most,)
    )


def _nonsense(named: NamedOffer) -> RuleFailure:
    message = "The incentive has no discount that can be worked out."
    return RuleFailure(code=RuleCode.NOT_USABLE, incentive_id=named.incentive_id or named.engine_id, message=message)


def _refusal(
    offer: TillOffer, refusal: LoyaltyError, failures: Sequence[RuleFailure], contact: Contact
) -> Iterator[RuleFailure]:
    """Yield the rule that a refusal comes down to, unless the rules have said it already."""
    code, message = _CODES[type(refusal)]
    current: int | None = None
    targets: tuple[int, ...] = ()
    if isinstance(refusal, OfferUnavailable):
        code, message = _UNAVAILABLE[refusal.reason]
    if isinstance(refusal, NotEnoughPoints) and isinstance(offer.row, Reward):
        targets = (offer.row.required_points,)
        current = offer.row.required_points - refusal.missing
    elif code is RuleCode.MAX_REDEMPTION and isinstance(offer.row, Voucher):
        targets = (offer.row.total_redemptions_allowed,)
        current = offer.row.total_redemptions_allowed
    if (code, offer.incentive_id) not in {(failure.code, failure.incentive_id) for failure in failures}:
        yield RuleFailure(code=code, incentive_id=offer.incentive_id, message=message, current=current, targets=targets)


_CODES: dict[type[LoyaltyError], tuple[RuleCode, str]] = {
    NotEnoughPoints: (RuleCode.POINT_BALANCE, "The points do not suffice."),
    OutOfStock: (RuleCode.MAX_REDEMPTION, "The reward is out of stock."),
    OfferTaken: (RuleCode.MAX_REDEMPTION, "The incentive is in use on another order."),
    OfferUnavailable: (RuleCode.NOT_USABLE, "The incentive cannot be used."),
}
_UNAVAILABLE = {
    Unavailable.EXPIRED: (RuleCode.END_DATE, "The incentive has ended."),
    Unavailable.NOT_YET_ACTIVE: (RuleCode.START_DATE, "The incentive has not begun."),
    Unavailable.DEACTIVATED: (RuleCode.NOT_USABLE, "The incentive was taken out of use."),
    Unavailable.USED_UP: (RuleCode.MAX_REDEMPTION, "The incentive has been used."),
    Unavailable.LIMIT_REACHED: (RuleCode.MAX_REDEMPTION, "The member has had as many as one may."),
    Unavailable.TAKEN_BACK: (RuleCode.NOT_USABLE, "The incentive was taken back."),
}
