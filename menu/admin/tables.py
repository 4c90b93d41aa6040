"""Tables in the admin: their QR codes shown, printed as a sheet, renewed."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from menu.admin.base import MenuAdmin
from menu.admin.forms import TableForm
from menu.models import Restaurant, Table
from menu.models.table import table_label
from menu.qr import file_stems, qr_png, qr_svg, rotate_codes, table_link
from menu.qr_sheet import table_sheet

type Tables = QuerySet[Table]


@admin.register(Table)
class TableAdmin(MenuAdmin):
    """The tables of all restaurants."""

    form = TableForm
    list_display = ("code_picture", "name", "restaurant", "is_active", "rotated_at")
    list_display_links = ("code_picture", "name")
    list_filter = ("restaurant", "is_active")
    list_select_related = ("restaurant",)
    search_fields = ("name",)
    ordering = ("restaurant", "position", "id")
    view_on_site = False
    actions = ("print_sheet", "rotate", "put_in_use", "take_out_of_use")
    readonly_fields = ("code_card", "rotated_at")
    fieldsets = (
        (None, {"fields": ("restaurant", "name", "position", "is_active")}),
        (_("QR code"), {"fields": ("code_card", "rotated_at")}),
    )

    def get_urls(self) -> list[URLPattern]:
        """Add the code's pictures and the sheet."""
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/qr.<str:ending>", view(self.qr_file), name="menu_table_qr"),
            path("<int:pk>/card.pdf", view(self.card), name="menu_table_card"),
            *super().get_urls(),
        ]

    # What is shown ------------------------------------------------------------------------------------------------

    @admin.display(description=_("QR code"))
    def code_picture(self, table: Table) -> SafeString:
        """Show the code, small."""
        return format_html(
            '<img class="code" src="{}?{}" width="64" height="64" alt="{}" loading="lazy">',
            reverse("admin:menu_table_qr", args=[table.pk, "svg"]),
            table.code[:4],
            gettext("QR code of %(table)s") % {"table": table_label(table.name)},
        )

    @admin.display(description=_("QR code"))
    def code_card(self, table: Any) -> SafeString | str:
        """Show the code with its link and what can be downloaded."""
        if table.pk is None:
            return gettext("Made when the table is saved.")
        link = table_link(table, site_url=settings.SITE_URL)
        return format_html(
            '<div class="code-card"><img src="{}?{}" width="240" height="240" alt="{}">'
            '<p><a href="{}">{}</a></p><p class="downloads"><a class="tap" href="{}" download>{}</a> '
            '<a class="tap" href="{}" download>SVG</a> <a class="tap" href="{}" download>PNG</a></p></div>',
            reverse("admin:menu_table_qr", args=[table.pk, "svg"]),
            table.code[:4],
            gettext("QR code of %(table)s") % {"table": table_label(table.name)},
            link,
            link,
            reverse("admin:menu_table_card", args=[table.pk]),
            gettext("Card to print (PDF)"),
            reverse("admin:menu_table_qr", args=[table.pk, "svg"]),
            reverse("admin:menu_table_qr", args=[table.pk, "png"]),
        )

    def qr_file(self, request: HttpRequest, pk: int, ending: str) -> HttpResponse:
        """Answer the table's code as SVG or PNG."""
        table = self._table(request, pk)
        link = table_link(table, site_url=settings.SITE_URL)
        name = f'inline; filename="{file_stems([table])[0][1]}.{ending}"'
        if ending == "svg":
            return HttpResponse(qr_svg(link), content_type="image/svg+xml", headers={"Content-Disposition": name})
        if ending == "png":
            return HttpResponse(qr_png(link), content_type="image/png", headers={"Content-Disposition": name})
        raise Http404

    def card(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Answer the table's card as PDF."""
        return pdf_answer([self._table(request, pk)])

    def _table(self, request: HttpRequest, pk: int) -> Table:
        if not self.has_view_permission(request):
            raise Http404
        return get_object_or_404(Table.objects.select_related("restaurant"), pk=pk)

    # What can be done with the selection ---------------------------------------------------------------------------

    @admin.action(description=_("Print the QR codes (PDF)"), permissions=["view"])
    def print_sheet(self, request: HttpRequest, queryset: Tables) -> HttpResponse:
        """Answer the sheet of the tables selected."""
        return pdf_answer(list(queryset.select_related("restaurant").order_by("restaurant", "position", "id")))

    @admin.action(description=_("Renew the QR codes …"), permissions=["change"])
    def rotate(self, request: HttpRequest, queryset: Tables) -> HttpResponse | None:
        """Ask first; then give the tables new codes."""
        tables = list(queryset.select_related("restaurant").order_by("restaurant", "position", "id"))
        if "confirmed" not in request.POST:
            context = {
                **self.admin_site.each_context(request),
                "title": gettext("Renew the QR codes?"),
                "opts": self.model._meta,
                "tables": tables,
                "checkbox_name": ACTION_CHECKBOX_NAME,
            }
            return TemplateResponse(request, "menu/admin_rotate.html", context)
        renewals = rotate_codes(tables, now=timezone.now())
        for renewal in renewals:
            self.log_change(request, renewal.table, gettext("QR code renewed."))
        count = len(renewals)
        said = ngettext(
            "%(count)d code renewed. Print the new card before the next guests sit down.",
            "%(count)d codes renewed. Print the new cards before the next guests sit down.",
            count,
        )
        self.message_user(request, said % {"count": count}, messages.SUCCESS)
        return None

    @admin.action(description=_("Put in use"), permissions=["change"])
    def put_in_use(self, request: HttpRequest, queryset: Tables) -> None:
        """Let the codes of the tables work."""
        self._set_active(request, queryset, is_active=True)

    @admin.action(description=_("Take out of use"), permissions=["change"])
    def take_out_of_use(self, request: HttpRequest, queryset: Tables) -> None:
        """Stop the codes of the tables."""
        self._set_active(request, queryset, is_active=False)

    def _set_active(self, request: HttpRequest, queryset: Tables, *, is_active: bool) -> None:
        count = queryset.exclude(is_active=is_active).update(is_active=is_active)
        said = ngettext("%(count)d table changed.", "%(count)d tables changed.", count) % {"count": count}
        self.message_user(request, said, messages.SUCCESS)


def pdf_answer(tables: list[Table]) -> HttpResponse:
    """Answer the sheet of these tables as a download."""
    name = "-".join(sorted({table.restaurant.slug for table in tables}))[:60]
    return HttpResponse(
        table_sheet(tables, site_url=settings.SITE_URL),
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="qr-{name}.pdf"'},
    )


@require_GET
def restaurant_sheet(request: HttpRequest, restaurant: Restaurant) -> HttpResponse:
    """Answer the sheet of all tables in use of a restaurant."""
    tables = list(restaurant.tables.filter(is_active=True).select_related("restaurant").order_by("position", "id"))
    if not tables:
        raise Http404
    return pdf_answer(tables)
