"""Gift cards and vouchers sold as a menu item: issued once the order is paid, one for each unit of the line, never twice.

How they come back is `taking_back`.
"""

from collections.abc import Mapping
from datetime import datetime

import structlog
from django.utils.translation import gettext as _

from loyalty import port
from loyalty.port import MoneyKind, MoneyLink, SoldLink, VoucherLink
from orders.errors import Conflict
from orders.models import LineItem, Order, SoldCard

log = structlog.get_logger("tableside.sold_cards")

GIFT_CARD_LINE = "gift_card"
VOUCHER_LINE = "voucher"
ISSUED_LINES = frozenset({GIFT_CARD_LINE, VOUCHER_LINE})


def issue_sold_cards(order: Order, *, now: datetime) -> None:
    """Have the programme issue all that this paid order sold. Repeatable. Raises ProgrammeAway."""
    lines = order.lines.filter(kind__in=ISSUED_LINES, parent=None)
    for line in lines:
        done = set(SoldCard.objects.filter(line=line).values_list("position", flat=True))
        for position in set(range(line.quantity)) - done:
            SoldCard.objects.get_or_create(
                line=line, position=position, defaults=_issue(line, position, order, now=now)
            )


def issue_again(order: Order, *, now: datetime) -> int:
    """Ask once more for what the programme refused; return how many there are now.

    Raises Conflict where none were missing, the order is not settled yet, or it refuses them still; ProgrammeAway.
    """
    if not Order.objects.filter(pk=order.pk).exclude(settled_at=None).exists():
        raise Conflict(_("This order is still being finished. Please try again in a moment."))
    missing = list(SoldCard.objects.to_issue().filter(line__order=order).select_related("line"))
    done = 0
    for sold in missing:
        done += ask_for(sold, order, now=now)
    if not missing:
        raise Conflict(_("All that this order sold has been issued."))
    if not done:
        raise Conflict(_("It is refused still. Please look at the gift card programmes and promotions first."))
    return done


def ask_for(sold: SoldCard, order: Order, *, now: datetime) -> bool:
    """Ask the programme for one that it refused, under the same key; False where it is refused still.

    Noted before: if nobody hears the answer, whoever takes it back asks again. Raises Conflict (returned), ProgrammeAway.
    """
    mine = SoldCard.objects.to_issue().filter(pk=sold.pk)
    mine.update(issuing_at=now)
    found = _issue(sold.line, sold.position, order, now=now)
    if "problem" in found:
        mine.filter(issuing_at=now).update(issuing_at=None)
        return False
    _tell_late(sold, order, str(found["link_id"]), now=now)
    if mine.update(problem="", issuing_at=None, **found) != 1:
        _withdraw_if_returned(sold, str(found["link_id"]), now=now)
    return True


def _tell_late(sold: SoldCard, order: Order, link_id: str, *, now: datetime) -> None:
    """Add what was issued to its line in the programme's document, which is there already. Raises ProgrammeAway.

    Done before it is noted here: stopped in between, the next try tells the same again.
    """
    sold.link_id = link_id
    line = sold.line
    links = (*results_of(order).get(line.pk, ()), link_of(sold))
    try:
        port.load().add_results(str(order.uuid), {str(line.uuid): links}, now=now)
    except port.UnknownOrder:
        log.info("order not at the programme", order=str(order.uuid))


def _withdraw_if_returned(sold: SoldCard, link_id: str, *, now: datetime) -> None:
    """Close what was just issued where a return came in between, to which it counts as never issued. Raises Conflict."""
    if SoldCard.objects.filter(pk=sold.pk, taken_back_at=None).exists():
        return  # somebody else issued it a moment before: the same, under the same key
    sold.link_id = link_id
    try:
        port.load().take_back(link_of(sold), now=now)
    except port.LoyaltyError as refused:
        log.error("issued after its return, not closed", line=str(sold.line.uuid), reason=type(refused).__name__)
    raise Conflict(_("This was taken back meanwhile, so nothing was issued."))


def results_of(order: Order) -> Mapping[int, tuple[SoldLink, ...]]:
    """Return, by line, the movements that put money on the cards it sold, or the vouchers."""
    found: dict[int, tuple[SoldLink, ...]] = {}
    for sold in SoldCard.objects.filter(line__order=order).exclude(link_id="").select_related("line"):
        found[sold.line_id] = (*found.get(sold.line_id, ()), link_of(sold))
    return found


def link_of(sold: SoldCard) -> SoldLink:
    """Return the programme's name of what was sold; its line is loaded with it."""
    if sold.line.kind == VOUCHER_LINE:
        return VoucherLink(id=sold.link_id)
    return MoneyLink(kind=MoneyKind.GIFT_CARD, id=sold.link_id)


def _issue(line: LineItem, position: int, order: Order, *, now: datetime) -> dict[str, object]:
    key = f"line:{line.uuid}:{position}"
    programme, shop = port.load(), order.restaurant.slug
    issued: port.IssuedGiftCard | port.IssuedVoucher
    try:
        if line.kind == VOUCHER_LINE:
            issued = programme.issue_voucher(order.contact_id, line.promotion, key=key, shop=shop, now=now)
        else:
            issued = programme.issue_gift_card(line.unit_cents, currency=order.currency, key=key, shop=shop, now=now)
    except port.ProgrammeAway:
        raise
    except port.LoyaltyError as refused:  # paid for all the same: staff see it and decide
        log.error("sold, but not issued", order=str(order.uuid), kind=line.kind, reason=type(refused).__name__)
        return {"problem": type(refused).__name__}
    return {"code": issued.code, "link_id": issued.link.id, "expires_at": issued.expires_at}
