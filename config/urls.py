"""Which address leads where."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.static import serve

from config.health import healthz, readyz
from loyalty.api.docs import api_docs, openapi
from loyalty.api.leat import routes as leat
from loyalty.api.leat.oauth import access_token
from loyalty.api.rbi import routes as rbi
from orders.admin.attention import attention, overrun_seen
from orders.admin.refused import refused
from orders.demo.mail import dev_mail

admin.autodiscover()

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("api/v3/oauth/clients", leat.health),
    path("api/v3/oauth/clients/", leat.urls),
    path("api/v2/oauth/clients", leat.health),
    path("api/v2/oauth/clients/", leat.health),
    path("api/rbi/", rbi.urls),
    path("api/docs", api_docs, name="api_docs"),
    path("api/docs/", api_docs),
    path("api/docs/<slug:dialect>.json", openapi, name="openapi"),
    path("oauth/token", access_token, name="access_token"),
    path("oauth/token/", access_token),
    path("", include("orders.urls")),
    path("admin/board/", include("orders.staff_urls")),
    path("admin/to-look-at/", attention, name="attention"),
    path("admin/to-look-at/overruns/<int:pk>/", overrun_seen, name="overrun_seen"),
    path("admin/to-look-at/refused/<slug:kind>/<int:pk>/<slug:action>/", refused, name="refused"),
    path("admin/", admin.site.urls),
    path("dev/mail/", dev_mail, name="dev_mail"),
    path("media/<path:path>", serve, {"document_root": settings.MEDIA_ROOT}),
]

handler400 = "config.errors.bad_request"
handler403 = "config.errors.permission_denied"
handler404 = "config.errors.page_not_found"
handler500 = "config.errors.server_error"
