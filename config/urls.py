"""Which address leads where."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.static import serve

from config.health import healthz, readyz
from orders.admin.attention import attention
from orders.demo.mail import dev_mail

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("", include("orders.urls")),
    path("admin/board/", include("orders.staff_urls")),
    path("admin/to-look-at/", attention, name="attention"),
    path("admin/", admin.site.urls),
    path("dev/mail/", dev_mail, name="dev_mail"),
    path("media/<path:path>", serve, {"document_root": settings.MEDIA_ROOT}),
]

handler400 = "config.errors.bad_request"
handler403 = "config.errors.permission_denied"
handler404 = "config.errors.page_not_found"
handler500 = "config.errors.server_error"
