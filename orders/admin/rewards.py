"""Rewards in the admin: what members buy with points, edited with a plain form that shows what they do."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from loyalty.models import Reward
from orders.admin.offer_form import RewardForm
from orders.admin.offers import DISCOUNT_FIELDS, OfferAdmin
from orders.admin.till_fields import TILL_FIELDS


@admin.register(Reward)
class RewardAdmin(OfferAdmin):
    """The rewards, cheapest first."""

    form = RewardForm
    list_display = ("title", "price", "state", "left", "thumbnail")
    list_filter = ("is_active", "reward_type")
    search_fields = ("title", "description")
    actions = None
    fieldsets = (
        (None, {"fields": ("title", "description", "required_points", "is_active")}),
        (_("Discount"), {"fields": DISCOUNT_FIELDS}),
        (_("At tills only"), {"fields": TILL_FIELDS, "classes": ("collapse",)}),
        (
            _("How many, and for how long"),
            {"fields": ("stock", "purchase_limit", "limit_per_contact", "valid_days", "is_pre_redeemable")},
        ),
        (_("Looks and money"), {"fields": ("picture", "reward_type", "cost_price_cents", "currency")}),
    )
    looking: tuple[str, ...] = ("title", "description", "thumbnail", "discount_in_words", "price", "state", "left")

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Show the picture first."""
        *others, picture = super().get_list_display(request)
        return [picture, *others]

    def get_list_display_links(self, request: HttpRequest, list_display: Any) -> Any:
        """Lead on from the title."""
        return ("title",)

    def notes(self, offer: Reward) -> list[str]:
        """Return why nobody can buy it now."""
        notes = []
        if not offer.is_active:
            notes.append(gettext("Not active: it is not offered."))
        if not offer.is_pre_redeemable:
            notes.append(gettext("Not to be bought now and collected later: diners are not offered it."))
        if offer.stock == 0:
            notes.append(gettext("Out of stock."))
        if offer.purchase_limit is not None and offer.purchases >= offer.purchase_limit:
            notes.append(gettext("It was bought as often as it may be."))
        return notes

    @admin.display(description=_("Price"), ordering="required_points")
    def price(self, reward: Reward) -> str:
        """Say what it costs."""
        points = reward.required_points
        return ngettext("%(count)s point", "%(count)s points", points) % {"count": points}

    @admin.display(description=_("State"))
    def state(self, reward: Reward) -> SafeString:
        """Say whether it can be bought."""
        mark, word = ("mark-out", gettext("Not offered")) if self.notes(reward) else ("mark-on", gettext("Offered"))
        return format_html('<span class="mark {}">{}</span>', mark, word)

    @admin.display(description=_("Left"), ordering="stock")
    def left(self, reward: Reward) -> str:
        """Say how many there are."""
        if reward.stock is None:
            return gettext("%(count)d bought") % {"count": reward.purchases}
        return gettext("%(count)d in stock, %(bought)d bought") % {"count": reward.stock, "bought": reward.purchases}
