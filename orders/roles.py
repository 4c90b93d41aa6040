"""The roles of staff as permission groups: what a waiter and what a manager may do. Making users is left to superusers."""

from django.contrib.auth.models import Group, Permission

WAITER = "Waiter"
MANAGER = "Manager"

_WAITER = frozenset(
    {
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
_MANAGED_APPS = ("menu", "orders", "loyalty")


def make_staff_roles() -> dict[str, int]:
    """Make the groups Waiter and Manager where missing and give them what they lack; return permissions per group.

    Repeatable. Never takes a permission away, so that what an owner added by hand stays. Runs after the migrations,
    which is when permissions exist.
    """
    every = list(Permission.objects.select_related("content_type").filter(content_type__app_label__in=_MANAGED_APPS))
    allowed = {
        WAITER: [found for found in every if f"{found.content_type.app_label}.{found.codename}" in _WAITER],
        MANAGER: every,
    }
    for name, permissions in allowed.items():
        group, _made = Group.objects.get_or_create(name=name)
        group.permissions.add(*permissions)
    return {name: len(permissions) for name, permissions in allowed.items()}
