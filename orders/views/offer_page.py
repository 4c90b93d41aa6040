"""What the page of one offer shows before it is redeemed: the question, what it would do, and what the form must ask."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from django.http import QueryDict
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from menu.models import Restaurant
from menu.money import format_money
from orders.applying import Preview, lines_to_pick, preview
from orders.basket_view import Basket
from orders.choices import ProductForSale
from orders.models import LineItem
from orders.showcase import Showcase, ShownOffer
from orders.views.product_form import shown_form
from orders.views.tickets import points_words, ticket_of


@dataclass(frozen=True)
class Problem:
    """Why a form was not taken: the answer's status, a sentence on top or one per field."""

    status: int
    text: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    retry_after: int | None = None


@dataclass(frozen=True)
class ItemChoice:
    """One of the products that the offer can bring along."""

    value: int
    name: str
    price_cents: int
    is_out: bool
    is_chosen: bool


@dataclass(frozen=True)
class LineChoice:
    """One of the basket's lines that the offer can be used on."""

    value: int
    name: str
    unit_cents: int
    is_chosen: bool


def offer_context(
    shown: ShownOffer,
    showcase: Showcase,
    restaurant: Restaurant,
    basket: Basket | None,
    form: QueryDict,
    problem: Problem | None,
    *,
    now: datetime,
) -> dict[str, object]:
    """Return what the template needs of one offer; `form` is what was sent, or the address's own parameters."""
    errors = problem.errors if problem else {}
    ticket = ticket_of(shown, restaurant, now=now)
    looked = preview(shown, restaurant, basket, now=now) if not ticket.is_on_basket else Preview((), (), "", 0)
    items = _items(looked.items, form)
    chosen = next((offered for offered, item in zip(looked.items, items, strict=True) if item.is_chosen), None)
    return {
        "offer": shown,
        "ticket": ticket,
        "question": _question(shown),
        "effects": [] if ticket.is_on_basket else _effects(shown, looked, restaurant, basket),
        "obstacle": looked.refusal,
        "items": items if len(items) > 1 else (),
        "chosen": chosen,
        "lines": _lines(shown, basket, form),
        "purchase_key": form.get("purchase_key") or uuid.uuid4().hex,
        "paid_points": points_words(shown.points),
        "left_points": points_words(showcase.wallet.balance - shown.points) if showcase.wallet else "",
        "errors": errors,
        **(shown_form(chosen, form if problem else None, errors) if chosen else {}),
    }


def _question(shown: ShownOffer) -> tuple[str, str]:
    """Return what is asked and what to know first (Order at Table guide, "Redeeming Offers")."""
    if shown.kind == "voucher":
        once = _("You can only use this voucher once.")
        more = ngettext(
            "You can use this voucher %(count)d more time.",
            "You can use this voucher %(count)d more times.",
            shown.uses_left,
        ) % {"count": shown.uses_left}
        return _("Do you want to redeem this voucher now?"), more if shown.uses_left > 1 else once
    if shown.kind == "collectable":
        return (
            _("Do you want to redeem this reward now?"),
            _("Your points for it are spent already, so it is free of charge. You can only use it once."),
        )
    return _("Do you want to buy this reward with your points?"), ""


def _effects(shown: ShownOffer, looked: Preview, restaurant: Restaurant, basket: Basket | None) -> list[str]:
    """Say what redeeming it would do."""
    if looked.refusal:
        return []
    effects = []
    if len(looked.items) == 1:
        effects.append(_("%(name)s is added to your basket, free of charge.") % {"name": looked.items[0].product.name})
        if looked.items[0].groups and not (shown.discount and shown.discount.includes_modifiers):
            effects.append(_("Extras are at their usual price."))
    elif looked.items:
        effects.append(_("What you choose is added to your basket, free of charge."))
    elif looked.saved_cents:
        amount = format_money(looked.saved_cents, restaurant.currency, get_language() or "en")
        effects.append(_("It takes %(amount)s off your basket.") % {"amount": amount})
    elif basket is None or not basket.items:
        effects.append(_("It counts for everything you add to your basket from now on."))
    if looked.replaced:
        names = ", ".join(looked.replaced)
        effects.append(_("It takes the place of %(offers)s, which you keep for another time.") % {"offers": names})
    return effects


def _items(offered: tuple[ProductForSale, ...], form: QueryDict) -> tuple[ItemChoice, ...]:
    wanted = form.get("product", "")
    named = next((each for each in offered if str(each.product.pk) == wanted), None)
    chosen = named or (offered[0] if len(offered) == 1 else None)
    return tuple(
        ItemChoice(
            value=each.product.pk,
            name=each.product.name,
            price_cents=each.price_cents,
            is_out=each.is_sold_out or not each.is_served,
            is_chosen=each is chosen,
        )
        for each in offered
    )


def _lines(shown: ShownOffer, basket: Basket | None, form: QueryDict) -> tuple[LineChoice, ...]:
    if shown.discount is None or shown.is_applied:
        return ()
    found = lines_to_pick(shown.discount, basket)
    wanted = form.get("line", "")
    chosen = next((item for item in found if str(item.pk) == wanted), found[0] if found else None)
    return tuple(
        LineChoice(value=item.pk, name=_line_name(item), unit_cents=item.unit_cents, is_chosen=item is chosen)
        for item in found
    )


def _line_name(item: LineItem) -> str:
    return f"{item.name}, {item.variant_name}" if item.variant_name else item.name
