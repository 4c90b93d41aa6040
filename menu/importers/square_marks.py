"""Square's prices and sold-out marks, the same on variations and modifiers."""

from datetime import UTC

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from menu.importers.catalogue import SoldOut
from menu.importers.nodes import Node, node_of, nodes_of
from menu.importers.values import Unreadable, cents_of_amount, text_of


def found_price(money: object, currency: str) -> int:
    """Return a Money object's amount in minor units. Raises Unreadable for a broken one or one in another currency."""
    code = text_of(node_of(money).get("currency"))
    if code and code != currency:
        raise Unreadable(
            _("its price is in %(other)s, the rest of the menu in %(currency)s")
            % {"other": code[:10], "currency": currency}
        )
    return cents_of_amount(node_of(money).get("amount"))


def sold_out_mark(entry: Node) -> SoldOut:
    """Say whether the file marks this as sold out, and until when.

    A catalogue speaks of several locations and we are one of them, unnamed: a mark counts unless another location says
    outright that it has some left.
    """
    overrides = nodes_of(entry.get("location_overrides"))
    marked = [override for override in overrides if override.get("sold_out") is True]
    if not marked or any(override.get("sold_out") is False for override in overrides):
        return False
    try:
        until = parse_datetime(text_of(marked[0].get("sold_out_valid_until")))
    except ValueError:
        until = None
    if until is None:
        return True
    return until if until.tzinfo else until.replace(tzinfo=UTC)
