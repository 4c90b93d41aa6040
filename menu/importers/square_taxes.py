"""Square's taxes: which rate each item bears, and whether prices include it."""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from menu.importers.catalogue import Findings
from menu.importers.nodes import Node, node_of, texts_of
from menu.importers.values import Unreadable, label_of, rate_of, text_of


@dataclass(frozen=True)
class Taxes:
    """Rates in percent by the tax's id. `prices_include_tax` is None where the file has no tax."""

    rates: dict[str, Decimal]
    prices_include_tax: bool | None
    usual_rate: Decimal | None

    def rate_for(self, tax_ids: list[str]) -> Decimal:
        """Return the rate an item with these taxes bears: their sum, 0 for none, at most 100."""
        return min(
            sum((self.rates[tax] for tax in dict.fromkeys(tax_ids) if tax in self.rates), Decimal(0)), Decimal(100)
        )


def read_taxes(taxes: list[Node], items: list[Node], findings: Findings) -> Taxes:
    """Read the taxes that items bear; name each that gets into no price, and why."""
    borne = Counter(tax for item in items for tax in texts_of(node_of(item.get("item_data")).get("tax_ids")))
    rates: dict[str, Decimal] = {}
    included: dict[str, bool] = {}
    for tax in taxes:
        source_id, entry = text_of(tax["id"]), node_of(tax.get("tax_data"))
        label = label_of(entry.get("name"), source_id)
        try:
            reason = _why_unused(tax, entry, borne[source_id])
            rate = rate_of(entry.get("percentage"))
        except Unreadable as error:
            reason = str(error)
        if reason:
            findings.skip(label, reason)
        else:
            rates[source_id] = rate
            included[source_id] = entry.get("inclusion_type") == "INCLUSIVE"
    if not rates:
        return Taxes(rates={}, prices_include_tax=None, usual_rate=None)

    # One restaurant's prices either include tax or do not: the way of most items holds for all.
    inclusive = sum(borne[tax] for tax in rates if included[tax])
    includes = inclusive * 2 >= sum(borne[tax] for tax in rates)
    for tax in taxes:
        if included.get(text_of(tax["id"]), includes) != includes:
            reason = (
                _("taken as included in the prices, like the others")
                if includes
                else _("taken as added to the prices, like the others")
            )
            findings.note(label_of(node_of(tax.get("tax_data")).get("name"), tax["id"]), reason)
    most_borne = max(rates, key=lambda tax: borne[tax])
    return Taxes(rates=rates, prices_include_tax=includes, usual_rate=rates[most_borne])


def _why_unused(tax: Node, entry: Node, items: int) -> str:
    if tax.get("is_deleted") is True:
        return _("this tax is deleted in the file")
    if entry.get("enabled") is False:
        return _("this tax is switched off in the file")
    return "" if items else _("no item bears this tax")
