"""`import_menu`: a real menu in. The one function behind the command and the upload form of staff."""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from menu.importers.catalogue import Catalogue, FileRefused, Line
from menu.importers.merge import MenuMerge
from menu.importers.merge_products import merge_products
from menu.importers.pruning import hide_what_is_gone
from menu.importers.report import Report
from menu.importers.source import read_catalogue
from menu.importers.three_way import plain
from menu.models import Restaurant
from menu.models.versioned import renew_menu


def import_menu(
    restaurant: Restaurant,
    content: bytes,
    filename: str,
    *,
    file_format: str | None = None,
    prune: bool = False,
    dry_run: bool = False,
    now: datetime,
    progress: Callable[[str], None] = lambda message: None,
) -> Report:
    """Import a menu file into `restaurant`: all of it in one transaction, or nothing.

    `file_format` is one of `FORMATS`, or None to find it out; `prune` hides products that the file no longer has; `dry_run`
    reports and changes nothing. Raises FileRefused, with one line that says why, for a file that cannot be imported as a
    whole; single bad entries are left out and named in the report.
    """
    if file_format is None and filename.lower().endswith(".csv"):
        file_format = "csv"
    catalogue = read_catalogue(content, file_format=file_format, currency=restaurant.currency, zone=restaurant.zone)
    entries = len(catalogue.products) + sum(len(group.options) for group in catalogue.groups)
    if not (entries or catalogue.categories or catalogue.skipped):
        raise FileRefused(_("There is nothing of a menu in this file."))
    if prune and not catalogue.products:
        raise FileRefused(_("No product of this file can be used; hiding all others would leave an empty menu."))
    progress(_("Merging %(count)d products and options …") % {"count": entries})
    with transaction.atomic():
        locked = Restaurant.objects.select_for_update().get(pk=restaurant.pk)
        merge = MenuMerge(restaurant=locked, catalogue=catalogue, now=now)
        settings = _take_over_settings(merge)
        merge.merge_categories()
        merge.merge_groups()
        merge_products(merge)
        hide_what_is_gone(merge, prune=prune)
        if merge.has_written or settings:
            renew_menu(restaurant_ids=[locked.pk])
        if dry_run:
            transaction.set_rollback(True)
    if not dry_run:
        restaurant.refresh_from_db()
    return Report(
        categories=len(catalogue.categories),
        products=len(catalogue.products) - len(merge.skipped),
        groups=len(catalogue.groups),
        skipped=(*catalogue.skipped, *merge.skipped),
        kept=tuple(merge.kept),
        notes=(*settings, *catalogue.notes, *merge.notes),
        has_changed=merge.has_written or bool(settings),
        is_dry_run=dry_run,
    )


def _take_over_settings(merge: MenuMerge) -> list[Line]:
    """Take over currency and taxes while nothing has been ordered; return a line for each.

    Afterwards taxes stay, which the merge reports as kept, and another currency is refused.
    """
    restaurant, catalogue = merge.restaurant, merge.catalogue
    wanted = {
        "currency": catalogue.currency,
        "prices_include_tax": catalogue.prices_include_tax,
        "tax_rate": catalogue.tax_rate,
    }
    changed = {
        name: value for name, value in wanted.items() if value is not None and value != getattr(restaurant, name)
    }
    if not changed:
        return []
    if restaurant.last_order_number > 0:
        if "currency" in changed:
            raise FileRefused(
                _("The file is in %(file)s, but orders have been taken in %(currency)s.")
                % {"file": catalogue.currency, "currency": restaurant.currency}
            )
        merge.kept += _settings_kept(restaurant, catalogue, changed)
        return []
    for name, value in changed.items():
        setattr(restaurant, name, value)
    Restaurant.objects.filter(pk=restaurant.pk).update(**changed)
    lines = {
        "currency": _("prices are in %(currency)s now") % {"currency": restaurant.currency},
        "prices_include_tax": _("prices include tax now")
        if restaurant.prices_include_tax
        else _("tax is added to prices now"),
        "tax_rate": _("the usual tax rate is %(rate)s %% now") % {"rate": plain(restaurant.tax_rate)},
    }
    return [Line(restaurant.name, lines[name]) for name in changed]


def _settings_kept(restaurant: Restaurant, catalogue: Catalogue, changed: Iterable[str]) -> list[Line]:
    """Return a line for each tax setting of the file that is not taken over."""
    lines = {
        "prices_include_tax": _("orders have been taken: prices stay with tax included, the file says it is added")
        if restaurant.prices_include_tax
        else _("orders have been taken: tax stays added to prices, the file says they include it"),
        "tax_rate": _("orders have been taken: the usual tax rate stays %(current)s %%, the file says %(found)s %%")
        % {"current": plain(restaurant.tax_rate), "found": plain(catalogue.tax_rate)},
    }
    return [Line(restaurant.name, lines[name]) for name in changed]
