"""What a till sends in RBI's JSON, as values. Pure. Prices are in major units, payments in minor ones (rbi-api.md section 4)."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Context, Decimal
from typing import Any

from loyalty.domain import round_half_up
from loyalty.till_documents import NamedOffer, OfferType, TillBasket, TillLine, TillPayment

# Further digits change no rounding to minor units; a million of them, or 1e-99999999, would only keep everybody waiting.
_FINEST = Decimal(1).scaleb(-15)
_SHORT = Context(prec=40, rounding=ROUND_DOWN)
_INCENTIVES = {kind.value: kind for kind in OfferType}


def read_basket(body: Mapping[str, Any], *, currency_digits: int) -> TillBasket:
    """Return the basket of an Update or Validate whose fields have their types already; faults are noted, not refused."""
    details = body["transactionDetails"]
    entries: Sequence[Mapping[str, Any]] = details["order"]
    lines = tuple(_line(entry, currency_digits) for entry in entries)
    payments = tuple(TillPayment(type=each["type"], cents=each["amount"]) for each in details["payments"])
    discounts: Sequence[Mapping[str, Any]] = details["appliedDiscounts"]
    return TillBasket(
        currency=details["currency"],
        lines=lines,
        payments=payments,
        named=(*_incentive_lines(entries), *map(_applied, discounts)),
        faults=tuple(_faults(lines, payments)),
        channel=body["channel"],
        service_mode=body["serviceMode"],
    )


def read_local_time(text: str) -> datetime:
    """Return the guest's time (x-user-datetime) without an offset; what says UTC stays aware of it. Raises ValueError."""
    moment = datetime.fromisoformat(text.strip())
    if not 2000 <= moment.year < 2200:
        raise ValueError(text)
    return moment if moment.utcoffset() == timedelta(0) else moment.replace(tzinfo=None)


def _line(entry: Mapping[str, Any], currency_digits: int) -> TillLine:
    return TillLine(
        name=entry["name"],
        product_code=entry["productId"],
        type=entry["productType"],
        quantity=entry["quantity"],
        unit_cents=_cents(entry["price"], currency_digits),
        tax_cents=_cents(entry["tax"], currency_digits),
        reference=entry["referenceId"],
        parent_reference=entry["parentReferenceId"],
    )


def _cents(amount: Decimal, currency_digits: int) -> int:
    """Return major units as minor ones; more decimals than the currency has are rounded half up."""
    numerator, denominator = amount.quantize(_FINEST, context=_SHORT).as_integer_ratio()
    cents = round_half_up(abs(numerator) * 10**currency_digits, denominator)
    return -cents if numerator < 0 else cents


def _incentive_lines(entries: Sequence[Mapping[str, Any]]) -> Iterator[NamedOffer]:
    for entry in entries:
        kind = _INCENTIVES.get(entry["productType"].lower())
        if kind is not None and entry["quantity"]:
            yield NamedOffer(
                engine_id=entry["loyaltyEngineId"],
                incentive_id=entry["incentiveId"],
                product_code=entry["productId"],
                type=kind,
                quantity=entry["quantity"],
            )


def _applied(discount: Mapping[str, Any]) -> NamedOffer:
    """Return a discount that was applied: its `referenceId` is our id of it, unlike that of a line."""
    return NamedOffer(
        engine_id=discount["referenceId"],
        incentive_id=discount["incentiveId"],
        product_code=discount["productId"],
        type=_INCENTIVES.get(discount["details"]["type"].lower()),
        is_discount=True,
    )


def _faults(lines: Sequence[TillLine], payments: Sequence[TillPayment]) -> Iterator[str]:
    """Yield what contradicts itself, as the guide's own sample does (rbi-api.md section 9)."""
    references = Counter(line.reference for line in lines if line.reference)
    for reference, times in references.items():
        if times > 1:
            yield f"{times} lines have the id {reference}"
    for parent in dict.fromkeys(line.parent_reference for line in lines):
        if parent and parent not in references:
            yield f"lines belong to a line {parent} that is not there"
    lines_cents = sum(line.unit_cents * line.quantity for line in lines)
    paid_cents = sum(payment.cents for payment in payments)
    if payments and lines_cents != paid_cents:
        yield f"the lines come to {lines_cents}, the payments to {paid_cents} minor units"
