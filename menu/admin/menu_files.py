"""The menu as a file, in the admin: upload (looked at first, then confirmed) and download."""

import base64
import binascii
import zlib
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from menu.exporters import export_menu
from menu.importers import FORMATS as IMPORT_FORMATS
from menu.importers import FileRefused, Report, import_menu
from menu.models import Restaurant

LABELS: dict[str, Any] = {
    "square": _("Square catalogue (JSON)"),
    "schema-org": _("schema.org menu (JSON-LD)"),
    "csv": _("spreadsheet (CSV)"),
}
FORMATS = tuple((name, LABELS.get(name, name)) for name in IMPORT_FORMATS)
ENDINGS = {
    "square": ("json", "application/json"),
    "schema-org": ("jsonld", "application/ld+json"),
    "csv": ("csv", "text/csv; charset=utf-8"),
}
# Between looking and confirming the file travels in the page itself, packed and signed: packed, it must fit into a form.
MOST_UPLOADED = 20 * 1024 * 1024
MOST_CARRIED = 8 * 1024 * 1024
CARRIED_SECONDS = 3600
_SALT = "menu.admin.menu_files"


@dataclass(frozen=True)
class Upload:
    """A menu file and how it is to be read."""

    content: bytes
    filename: str
    format: str
    prune: bool


class UploadForm(forms.Form):
    """Choose a menu file."""

    file = forms.FileField(label=_("Menu file"), allow_empty_file=True, max_length=200)
    format = forms.ChoiceField(label=_("Format"), required=False, choices=[("", _("Find out")), *FORMATS])
    prune = forms.BooleanField(label=_("Hide products that are not in the file"), required=False)

    def clean_file(self) -> UploadedFile[Any]:
        """Refuse what is too big to look at."""
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > MOST_UPLOADED:
            raise ValidationError(
                gettext("The file is too big: at most %(size)d MB.") % {"size": MOST_UPLOADED // 1024**2}
            )
        return file

    def upload(self) -> Upload:
        """Return what was chosen."""
        cleaned = self.cleaned_data
        file = cleaned["file"]
        return Upload(file.read(), file.name or "", cleaned["format"], cleaned["prune"])


def urls(site: admin.AdminSite) -> list[URLPattern]:
    """Return the addresses, below those of the restaurants."""
    return [
        path("<int:pk>/import/", site.admin_view(import_page), name="menu_restaurant_import"),
        path("<int:pk>/export/<str:file_format>/", site.admin_view(export), name="menu_restaurant_export"),
    ]


@require_http_methods(["GET", "HEAD", "POST"])
def import_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a menu file, show what it would do, and do it once that was confirmed."""
    if not request.user.has_perms(["menu.change_restaurant", "menu.add_product", "menu.change_product"]):
        raise PermissionDenied
    restaurant = get_object_or_404(Restaurant, pk=pk)
    if request.method != "POST":
        return _page(request, restaurant, form=UploadForm())
    if "carried" in request.POST:
        return _confirmed(request, restaurant)
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, restaurant, form=form, status=422)
    upload = form.upload()
    try:
        report = _run(restaurant, upload, dry_run=True)
        carried = _pack(upload)
    except FileRefused as refused:
        form.add_error("file", str(refused))
        return _page(request, restaurant, form=form, status=422)
    return _page(request, restaurant, report=report, upload=upload, carried=carried)


def _confirmed(request: HttpRequest, restaurant: Restaurant) -> HttpResponse:
    """Import the file that was looked at."""
    try:
        upload = _unpack(request.POST["carried"])
    except ValueError:
        form = UploadForm()
        messages.error(request, gettext("The file is no longer at hand. Please choose it again."))
        return _page(request, restaurant, form=form, status=422)
    try:
        report = _run(restaurant, upload, dry_run=False)
    except FileRefused as refused:
        messages.error(request, str(refused))
        return _page(request, restaurant, form=UploadForm(), status=422)
    LogEntry.objects.log_actions(
        user_id=int(request.user.pk or 0),
        queryset=[restaurant],
        action_flag=CHANGE,
        change_message=gettext("Menu imported from %(file)s.") % {"file": upload.filename},
        single_object=True,
    )
    messages.success(request, gettext("The menu is imported."))
    return _page(request, restaurant, report=report, upload=upload)


def _run(restaurant: Restaurant, upload: Upload, *, dry_run: bool) -> Report:
    return import_menu(
        restaurant,
        upload.content,
        upload.filename,
        file_format=upload.format or None,
        prune=upload.prune,
        dry_run=dry_run,
        now=timezone.now(),
    )


def _pack(upload: Upload) -> str:
    """Write the file as text that the page can carry and nobody can change. Raises FileRefused where it is too big."""
    content = base64.b85encode(zlib.compress(upload.content, 9)).decode()
    if len(content) > MOST_CARRIED:
        raise FileRefused(gettext("The file is too big to be looked at here; use the command import_menu."))
    return signing.dumps([content, upload.filename, upload.format, upload.prune], salt=_SALT)


def _unpack(carried: str) -> Upload:
    """Read the file back. Raises ValueError where it is not what we wrote, or older than an hour."""
    try:
        content, filename, named_format, prune = signing.loads(carried, salt=_SALT, max_age=CARRIED_SECONDS)
        return Upload(zlib.decompress(base64.b85decode(content)), filename, named_format, prune)
    except (signing.BadSignature, binascii.Error, zlib.error, TypeError) as error:
        raise ValueError(str(error)) from error


def _page(
    request: HttpRequest,
    restaurant: Restaurant,
    *,
    form: UploadForm | None = None,
    report: Report | None = None,
    upload: Upload | None = None,
    carried: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": gettext("Import a menu"),
        "restaurant": restaurant,
        "form": form,
        "report": report,
        "upload": upload,
        "carried": carried,
    }
    return render(request, "menu/admin_import.html", context, status=status)


@require_GET
def export(request: HttpRequest, pk: int, file_format: str) -> HttpResponse:
    """Answer the menu as a file."""
    if not request.user.has_perms(["menu.view_restaurant", "menu.view_product"]):
        raise PermissionDenied
    restaurant = get_object_or_404(Restaurant, pk=pk)
    if file_format not in ENDINGS:
        raise Http404
    ending, content_type = ENDINGS[file_format]
    return HttpResponse(
        export_menu(restaurant, file_format=file_format, now=timezone.now()),
        content_type=content_type,
        headers={"Content-Disposition": f'attachment; filename="{restaurant.slug}-{file_format}.{ending}"'},
    )
