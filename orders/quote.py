"""Dialect of the `quote` command: its JSON <-> pricing values. Pure and strict; reads no database, knows no Django."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from loyalty.domain import Discount, InvalidDiscount, parse_discount
from orders.pricing import Charge, Line, Offer, PricedBasket, PricedSubLine, SubLine, price_basket
from orders.strict_json import BadInput, Fields, Ids, parse_json, shown

_DISCOUNT_KEYS = (
    "discount_type",
    "discount_value",
    "product_code",
    "category",
    "max_units",
    "max_cents",
    "includes_modifiers",
    "minimum_cents",
    "exclusive",
    "split",
)
_NEVER_NULL = ("includes_modifiers", "exclusive", "split")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A basket to price, as read."""

    currency_digits: int
    lines: tuple[Line, ...]
    offers: tuple[Offer, ...]
    charges: tuple[Charge, ...]
    points_per_unit: Decimal

    def price(self) -> PricedBasket:
        """Price it by the one rule."""
        return price_basket(
            self.lines,
            self.offers,
            charges=self.charges,
            currency_digits=self.currency_digits,
            points_per_unit=self.points_per_unit,
        )


# Reading -------------------------------------------------------------------------------------------------------------


def read_quote(document: bytes, *, minor_digits: Callable[[str], int]) -> Quote:
    """Read a JSON document (spec: "quote: the pricing rule made visible").

    `minor_digits` gives the decimals of a currency's minor unit and raises ValueError for one it does not know.
    Raises BadInput, which names the first field that is wrong.
    """
    top = Fields(
        "",
        parse_json(document),
        required=("currency", "lines", "offers", "points_per_unit"),
        optional=("charges",),
    )
    currency_digits = _read_currency(top, minor_digits)
    line_ids, offer_ids, charge_ids = Ids(), Ids(), Ids()
    return Quote(
        currency_digits=currency_digits,
        lines=tuple(_read_line(field, value, line_ids) for field, value in top.items_of("lines")),
        offers=tuple(_read_offer(field, value, offer_ids, currency_digits) for field, value in top.items_of("offers")),
        charges=tuple(_read_charge(field, value, charge_ids) for field, value in top.items_of("charges")),
        points_per_unit=top.plain_number("points_per_unit"),
    )


def _read_currency(top: Fields, minor_digits: Callable[[str], int]) -> int:
    currency = top.text("currency")
    try:
        return minor_digits(currency)
    except ValueError:
        top.refuse("currency", f"{shown(currency)} is not a currency of ISO 4217")


def _read_line(field: str, value: object, ids: Ids) -> Line:
    line = Fields(
        field,
        value,
        required=(
            "id",
            "sku",
            "name",
            "categories",
            "unit_cents",
            "quantity",
            "discountable",
            "earns_points",
            "modifiers",
        ),
    )
    line.text("name")
    return Line(
        id=ids.add(line.path("id"), line.text("id")),
        sku=line.text("sku"),
        categories=line.texts("categories"),
        unit_cents=line.whole_number("unit_cents", at_least=0),
        quantity=line.whole_number("quantity", at_least=1),
        discountable=line.flag("discountable"),
        earns_points=line.flag("earns_points"),
        modifiers=tuple(_read_modifier(path, entry, ids) for path, entry in line.items_of("modifiers")),
    )


def _read_modifier(field: str, value: object, ids: Ids) -> SubLine:
    modifier = Fields(field, value, required=("id", "sku", "name", "unit_cents", "quantity"))
    modifier.text("sku")
    modifier.text("name")
    return SubLine(
        id=ids.add(modifier.path("id"), modifier.text("id")),
        unit_cents=modifier.whole_number("unit_cents", at_least=0),
        quantity=modifier.whole_number("quantity", at_least=1),
    )


def _read_offer(field: str, value: object, ids: Ids, currency_digits: int) -> Offer:
    offer = Fields(field, value, required=("id", "name", *_DISCOUNT_KEYS, "expires_at"))
    return Offer(
        id=ids.add(offer.path("id"), offer.text("id")),
        name=offer.text("name"),
        discount=_read_discount(offer, currency_digits),
        expires_at=_read_moment(offer, "expires_at"),
    )


def _read_discount(offer: Fields, currency_digits: int) -> Discount | InvalidDiscount:
    """Read the attributes of a discount; nonsense in them makes the offer invalid, not the document."""
    for key in _NEVER_NULL:
        if offer.values[key] is None:
            return InvalidDiscount(key, "must not be null")
    return parse_discount(offer.values, currency_digits=currency_digits)


def _read_moment(offer: Fields, key: str) -> datetime | None:
    if offer.values[key] is None:
        return None
    try:
        moment = datetime.fromisoformat(offer.text(key))
    except ValueError:
        offer.refuse(key, "must be null or an ISO 8601 date and time")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _read_charge(field: str, value: object, ids: Ids) -> Charge:
    charge = Fields(field, value, required=("id", "type"), optional=("percent", "cents"))
    has_percent, has_cents = "percent" in charge.values, "cents" in charge.values
    if has_percent == has_cents:
        raise BadInput(field, "must have either percent or cents")
    identifier, kind = ids.add(charge.path("id"), charge.text("id")), charge.text("type")
    if has_percent:
        return Charge(id=identifier, type=kind, percent=charge.plain_number("percent"))
    return Charge(id=identifier, type=kind, cents=charge.whole_number("cents", at_least=0))


# Writing -------------------------------------------------------------------------------------------------------------


def write_quote(basket: PricedBasket) -> dict[str, object]:
    """Return a priced basket as the JSON object that `quote` prints; amounts in cents."""
    return {
        "lines": [
            {
                "id": line.id,
                **_write_amounts(line),
                "sub_lines": [
                    {"id": sub_line.id, "quantity": sub_line.quantity, **_write_amounts(sub_line)}
                    for sub_line in line.sub_lines
                ],
            }
            for line in basket.lines
        ],
        "applied": [{"id": offer.offer_id, "cents": offer.cents} for offer in basket.applied],
        "not_applicable": [
            {"id": offer.offer_id, "reason": str(offer.reason), "missing_cents": offer.missing_cents}
            for offer in basket.not_applicable
        ],
        "order_amount_cents": basket.order_amount_cents,
        "total_discount_cents": basket.total_discount_cents,
        "charges": [{"id": charge.id, "type": charge.type, "cents": charge.cents} for charge in basket.charges],
        "total_cents": basket.total_cents,
        "points": basket.points,
    }


def _write_amounts(part: PricedSubLine) -> dict[str, object]:
    return {
        "gross_cents": part.gross_cents,
        "discount_cents": part.discount_cents,
        "total_cents": part.total_cents,
        "applied": [{"offer": share.offer_id, "cents": share.cents} for share in part.shares],
    }
