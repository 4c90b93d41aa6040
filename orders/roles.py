"""The roles of staff as permission groups: what a waiter and what a manager may do. Making users is left to superusers."""

from django.contrib.auth.models import Group, Permission

WAITER = "Waiter"
MARKETING = "Marketing"
MANAGER = "Manager"

# A waiter explains offers, and sees no members. Points are adjusted, and money is put on gift cards and balances, by
# managers only; they alone see either.
_WAITER = frozenset(
    {
        "loyalty.view_promotion",
        "loyalty.view_reward",
        "menu.mark_sold_out",
        "menu.pause_ordering",
        "menu.view_category",
        "menu.view_modifier",
        "menu.view_modifiergroup",
        "menu.view_product",
        "menu.view_restaurant",
        "menu.view_table",
        "orders.change_order",
        "orders.view_order",
    }
)
_MARKETING = frozenset(
    {
        "loyalty.add_customattribute",
        "loyalty.add_promotion",
        "loyalty.add_reward",
        "loyalty.add_tier",
        "loyalty.change_customattribute",
        "loyalty.change_promotion",
        "loyalty.change_reward",
        "loyalty.change_tier",
        "loyalty.deactivate_voucher",
        "loyalty.delete_customattribute",
        "loyalty.delete_promotion",
        "loyalty.delete_reward",
        "loyalty.delete_tier",
        "loyalty.issue_vouchers",
        "loyalty.view_consentrecord",
        "loyalty.view_contact",
        "loyalty.view_customattribute",
        "loyalty.view_issuerequest",
        "loyalty.view_pointsentry",
        "loyalty.view_programme",
        "loyalty.view_promotion",
        "loyalty.view_redemption",
        "loyalty.view_reward",
        "loyalty.view_rewardreception",
        "loyalty.view_tier",
        "loyalty.view_tilltransaction",
        "loyalty.view_voucher",
        "menu.view_category",
        "menu.view_product",
        "menu.view_restaurant",
    }
)
_MANAGED_APPS = ("menu", "orders", "loyalty")


def make_staff_roles() -> dict[str, int]:
    """Make the groups Waiter, Marketing and Manager where missing and give them what they lack; return permissions per group.

    Repeatable. Never takes a permission away, so that what an owner added by hand stays. Runs after the migrations,
    which is when permissions exist.
    """
    every = list(Permission.objects.select_related("content_type").filter(content_type__app_label__in=_MANAGED_APPS))
    named = {f"{found.content_type.app_label}.{found.codename}": found for found in every}
    allowed = {
        WAITER: [found for name, found in named.items() if name in _WAITER],
        MARKETING: [found for name, found in named.items() if name in _MARKETING],
        MANAGER: every,
    }
    for name, permissions in allowed.items():
        group, _made = Group.objects.get_or_create(name=name)
        group.permissions.add(*permissions)
    return {name: len(permissions) for name, permissions in allowed.items()}
