"""The addresses of the journey, in its order."""

from django.urls import path, re_path, register_converter
from django.urls.converters import IntConverter
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from orders.views import payments
from orders.views.basket import basket, change_line, give_up_payment, note_order
from orders.views.brand import brand
from orders.views.checkout import checkout
from orders.views.identify import identify, identify_code, identify_sign_up, resend_code
from orders.views.me import change_marketing, delete_me, export_me, me, sign_out
from orders.views.menu import browse, menu, open_table
from orders.views.offers import apply_offer, find_by_code, offer, offers, undo_purchase, withdraw_offer
from orders.views.order import order
from orders.views.product import add_product, product
from orders.views.receipts import receipt
from orders.views.staff_call import ring_for_staff
from orders.views.till import new_till_code, preselect


class RowIdConverter(IntConverter):
    """A row's id: a number so long that no database could hold it is nobody's, and never a query."""

    regex = "[0-9]{1,18}"


register_converter(RowIdConverter, "row")

urlpatterns = [
    path("t/<str:code>/", open_table, name="scan"),
    path("", menu, name="menu"),
    path("r/<slug:slug>/", browse, name="browse"),
    path("products/<row:product_id>/", product, name="product"),
    path("basket/add/", add_product, name="add"),
    path("basket/", basket, name="basket"),
    path("basket/lines/<row:line_id>/", change_line, name="change_line"),
    path("basket/note/", note_order, name="note_order"),
    path("basket/give-up-payment/", give_up_payment, name="give_up_payment"),
    path("identify/", identify, name="identify"),
    path("identify/code/", identify_code, name="identify_code"),
    path("identify/code/letters/", identify_code, {"has_letters": True}, name="identify_code_of_letters"),
    path("identify/resend/", resend_code, name="resend_code"),
    path("identify/sign-up/", identify_sign_up, name="identify_sign_up"),
    path("identify/sign-out/", sign_out, name="sign_out"),
    path("me/", me, name="me"),
    path("me/marketing/", change_marketing, name="change_marketing"),
    path("me/export/", export_me, name="export_me"),
    path("me/delete/", delete_me, name="delete_me"),
    path("offers/", offers, name="offers"),
    path("offers/code/", find_by_code, name="offer_by_code"),
    path("offers/till-code/", new_till_code, name="new_till_code"),
    path("offers/collectable/<str:offer_id>/undo/", undo_purchase, name="undo_purchase"),
    path("offers/<str:kind>/<str:offer_id>/", offer, name="offer"),
    path("offers/<str:kind>/<str:offer_id>/apply/", apply_offer, name="apply_offer"),
    path("offers/<str:kind>/<str:offer_id>/withdraw/", withdraw_offer, name="withdraw_offer"),
    path("offers/<str:kind>/<str:offer_id>/preselect/", preselect, name="preselect_offer"),
    path("checkout/", checkout, name="checkout"),
    path("orders/<uuid:order_uuid>/", order, name="order"),
    path("orders/<uuid:order_uuid>/pay/", payments.payment_redirect, name="payment_redirect"),
    path("orders/<uuid:order_uuid>/receipt.pdf", receipt, name="receipt"),
    path("orders/<uuid:order_uuid>/receipts/<row:number>.pdf", receipt, name="return_receipt"),
    path("payments/demo/<uuid:charge_uuid>/", payments.demo_provider, name="demo_provider"),
    path("payments/<str:provider>/webhook/", payments.webhook, name="webhook"),
    path("call-staff/", ring_for_staff, name="call_staff"),
    path("language/", require_POST(set_language), name="language"),
    re_path(r"^brand/(?P<name>[0-9a-f]{6}-[0-9a-f]{8})\.css$", brand, name="brand"),
]
