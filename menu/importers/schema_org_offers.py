"""schema.org's offers: the prices of a dish or an add-on, one for each size."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from menu.importers.json_ld import Graph, plain_word
from menu.importers.nodes import Node, node_of, nodes_of
from menu.importers.values import LONGEST_HANDLE, Unreadable, cents_of_price, label_of, text_of, web_text_of
from menu.money import major

_SOLD_OUT = ("OutOfStock", "SoldOut", "Discontinued")


@dataclass(frozen=True)
class Priced:
    """One offer with a price: the size it is for ("" where it names none), or the `problem` why it cannot be used."""

    size: str
    price_cents: int = 0
    problem: str = ""
    sku: str = ""
    sold_out: bool | None = None


def read_offers(node: Node, graph: Graph, *, currency: str) -> list[Priced]:
    """Return the offers of `node` that are about a price, in order; the same offer written twice counts once."""
    found: list[Priced] = []
    for offer in _flat(node.get("offers"), graph):
        if not _is_about_a_price(offer):
            continue
        size = _size(offer, graph)
        try:
            priced = _priced(offer, size, currency)
        except Unreadable as error:
            priced = Priced(size=size, problem=str(error))
        if priced not in found:
            found.append(priced)
    return found


def _flat(value: object, graph: Graph) -> list[Node]:
    """Return the single offers: links followed, those inside an AggregateOffer taken out of it."""
    flat: list[Node] = []
    for node in map(graph.whole, nodes_of(value)):
        inner = nodes_of(node.get("offers"))
        flat += [graph.whole(offer) for offer in inner] if inner else [node]
    return flat


def _is_about_a_price(offer: Node) -> bool:
    return any(
        offer.get(name) is not None
        for name in ("price", "priceSpecification", "lowPrice", "highPrice", "priceCurrency")
    )


def _priced(offer: Node, size: str, currency: str) -> Priced:
    specification = next(iter(nodes_of(offer.get("priceSpecification"))), {})
    price = next((value for value in (offer.get("price"), specification.get("price")) if value is not None), None)
    if price is None and (offer.get("lowPrice") is not None or offer.get("highPrice") is not None):
        if offer.get("lowPrice") != offer.get("highPrice"):
            raise Unreadable(_("it has a range of prices, not one"))
        price = offer["lowPrice"]
    code = text_of(offer.get("priceCurrency")) or text_of(specification.get("priceCurrency"))
    if code and code != currency:
        raise Unreadable(
            _("its price is in %(other)s, the rest of the menu in %(currency)s")
            % {"other": code[:10], "currency": currency}
        )
    sku = text_of(offer.get("sku"))
    availability = plain_word(text_of(offer.get("availability")))
    return Priced(
        size=size,
        price_cents=cents_of_price(price, currency),
        sku=sku if len(sku) <= LONGEST_HANDLE else "",
        sold_out=availability in _SOLD_OUT if availability else None,
    )


def _size(offer: Node, graph: Graph) -> str:
    """Return the name of the size an offer is for: its own name, or that of the quantity it is good for."""
    quantity = next(iter(nodes_of(offer.get("eligibleQuantity"))), {})
    amount = " ".join(
        str(part)
        for part in (quantity.get("value"), quantity.get("unitText"))
        if isinstance(part, int | str) and part != ""
    )
    served = node_of(offer.get("itemOffered"))
    for value in (graph.text(offer, "name"), graph.text(quantity, "name"), amount, graph.text(served, "name")):
        if web_text_of(value):
            return web_text_of(value)
    return ""


def named_sizes(offers: list[Priced], *, currency: str) -> list[Priced]:
    """Give each of several offers a size name of its own: the price where none is written, a number where two are alike."""
    taken: set[str] = set()
    named: list[Priced] = []
    for offer in offers:
        wanted = offer.size or str(major(offer.price_cents, currency))
        size, count = wanted, 1
        while size in taken:
            count += 1
            size = f"{wanted} ({count})"
        taken.add(size)
        named.append(Priced(size, offer.price_cents, offer.problem, offer.sku, offer.sold_out))
    return named


def label_of_size(dish: str, offer: Priced) -> str:
    """Return how the report calls one size of a dish."""
    return f"{dish}, {label_of(offer.size, None)}" if offer.size else dish
