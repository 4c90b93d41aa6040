"""Orders of tills: received, processed, looked up, changed, worked out only."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from loyalty.models import CatalogueProduct, Contact, ProcessedOrder, Shop
from tests.loyalty.api.cases import UNKNOWN, Case, Refusal, not_there
from tests.loyalty.api.shapes import INT, MOMENT, NUMBER, STR, UUID, VIEWING_META, nullable, one_of
from tests.loyalty.documents import line, order
from tests.loyalty.factories import ContactFactory, ShopFactory
from tests.loyalty.till_documents import receive

PRODUCT = {"uuid": UUID, "external_identifier": STR, "name": STR}
LINK = {"uuid": UUID, "type": STR}
PART_LINK = {"uuid": UUID, "external_identifier": STR}
SUB_LINE = {
    "uuid": UUID,
    "external_identifier": STR,
    "name": STR,
    "quantity": INT,
    "price": INT,
    "discount_amount": INT,
    "total_amount": INT,
    "product": nullable(PRODUCT),
}
LINE = {**SUB_LINE, "result": nullable(LINK), "sub_line_items": [SUB_LINE]}
DISCOUNT = {
    "uuid": UUID,
    "external_identifier": STR,
    "name": STR,
    "amount": INT,
    "applied_to": one_of("ORDER", "ORDER_LINES"),
    "type": one_of("PERCENTAGE", "ABSOLUTE"),
    "value": NUMBER,
    "line_items": [PART_LINK],
    "sub_line_items": [PART_LINK],
    "charges": [PART_LINK],
    "offer": nullable(LINK),
}
CHARGE = {
    "uuid": UUID,
    "external_identifier": STR,
    "name": STR,
    "type": STR,
    "amount": INT,
    "discount_amount": INT,
    "total_amount": INT,
    "charge_definition": nullable({"external_identifier": STR, "name": STR}),
}
ORDER = {
    "uuid": UUID,
    "contact": {"uuid": UUID, "email": nullable(STR)},
    "business_profile": {"uuid": UUID, "name": STR},
    "external_identifier": STR,
    "reference": nullable(STR),
    "status": one_of("CREATED", "PENDING", "COMPLETED", "CANCELLED"),
    "payment_status": one_of("UNPAID", "PENDING", "PAID"),
    "currency": STR,
    "formatted_total_order_amount": STR,
    "order_amount": INT,
    "total_charges_amount": INT,
    "total_discount_amount": INT,
    "total_order_amount": INT,
    "paid_at": nullable(MOMENT),
    "completed_at": nullable(MOMENT),
    "line_items": [LINE],
    "applied_discounts": [DISCOUNT],
    "charges": [CHARGE],
    "payments": [LINK],
    "created_at": MOMENT,
    "updated_at": MOMENT,
}
RESULT = {"type": one_of("POINTS_TRANSACTION"), "data": {"points": INT, "new_balance": INT}}

# The guide's own example: a pizza of 12.00 with extra cheese of 2.00, counted apart; and all else an order can carry.
PIZZA: Mapping[str, Any] = {
    "external_identifier": "till-1",
    "reference": "Table 7",
    "status": "COMPLETED",
    "payment_status": "PAID",
    "total_order_amount": 1560,
    "order_amount": 1400,
    "total_discount_amount": 140,
    "currency": "EUR",
    "paid_at": "2026-06-03T19:20:00",
    "completed_at": "2026-06-03T19:25:00+02:00",
    "contact": {"uuid": "{contact}"},
    "business_profile": {"uuid": "{shop}"},
    "line_items": [
        {
            "external_identifier": "line-1",
            "name": "Pizza Margherita",
            "quantity": 1,
            "price": 1200,
            "total_amount": 1200,
            "product": {"external_identifier": "PIZZA"},
            "sub_line_items": [
                {
                    "external_identifier": "line-1-cheese",
                    "name": "Extra Cheese",
                    "quantity": 1,
                    "price": 200,
                    "total_amount": 200,
                    "product": {"external_identifier": "CHEESE"},
                }
            ],
        }
    ],
    "applied_discounts": [
        {
            "external_identifier": "discount-1",
            "name": "10% off",
            "type": "PERCENTAGE",
            "value": 10,
            "amount": 140,
            "applied_to": "ORDER",
            "offer": {"uuid": UNKNOWN, "type": "VOUCHER_REDEMPTION"},
        }
    ],
    "charges": [
        {
            "external_identifier": "charge-1",
            "name": "Delivery",
            "amount": 400,
            "discount_amount": 100,
            "total_amount": 300,
            "charge_definition": {"external_identifier": "SHIPPING"},
        }
    ],
    "payments": [{"uuid": UNKNOWN, "type": "GIFTCARD_TRANSACTION"}],
}


def prepare(now: datetime) -> Mapping[str, str]:
    """A member, a shop, a product of its catalogue; an order that waits for its payment, one paid, one of the app's."""
    contact: Contact = ContactFactory.create(email="noor@example.com")
    shop: Shop = ShopFactory.create(reference="demo", name="Trattoria")
    CatalogueProduct.objects.create(sku="PIZZA", name="Margherita")
    unpaid = receive(order(contact, line("a", 500), identifier="unpaid"), contact, shop, paid=False)
    paid = receive(order(contact, line("a", 500), identifier="paid"), contact, shop)
    own = receive(
        order(contact, line("a", 500, sub_lines=(line("b", 100),)), identifier="own"), contact, shop, process=True
    )
    ProcessedOrder.objects.filter(pk=paid.pk).update(completed_at=None, status="PENDING")
    return {
        "contact": str(contact.uuid),
        "shop": str(shop.uuid),
        "unpaid": str(unpaid.uuid),
        "paid": str(paid.uuid),
        "own": str(own.uuid),
    }


REFUSALS = (
    Refusal(1003, {"external_identifier": ...}, names="external_identifier"),
    Refusal(1003, {"status": "DONE"}, names="status"),
    Refusal(1003, {"payment_status": ...}, names="payment_status"),
    Refusal(1003, {"line_items": ...}, names="line_items"),
    Refusal(1003, {"line_items": [{"name": "Nameless"}]}, names="line_items.0.price"),
    Refusal(1003, {"line_items": PIZZA["line_items"] * 2}, names="line_items.1.external_identifier"),
    Refusal(1003, {"total_order_amount": "12.50"}, names="total_order_amount"),
    Refusal(1003, {"currency": "XYZ"}, names="currency"),
    Refusal(1003, {"contact": ...}, names="contact"),
    Refusal(1003, {"contact": {"uuid": "nobody"}}, names="contact.uuid"),
    Refusal(1003, {"external_identifier": "own"}, names="external_identifier"),
    Refusal(55031, {"contact": {"uuid": UNKNOWN}}),
    Refusal(1008, {"business_profile": {"uuid": UNKNOWN}}),
    Refusal(
        1003,
        {"applied_discounts": [{**PIZZA["applied_discounts"][0], "applied_to": "SOMETHING"}]},
        names="applied_discounts.0.applied_to",
    ),
    Refusal(
        1003,
        {"applied_discounts": [{**PIZZA["applied_discounts"][0], "line_items": [{"external_identifier": "none"}]}]},
        names="applied_discounts.0.line_items",
    ),
)
NO_ORDER = not_there("/orders")

CASES = [
    Case(
        name="created and processed",
        method="POST",
        path="/orders/create-and-process",
        payload=PIZZA,
        shape={"order": ORDER, "result": RESULT},
        expect={
            "result.data.points": 12,
            "result.data.new_balance": 18,
            "order.contact.email": "noor@example.com",
            "order.business_profile.name": "Trattoria",
            "order.formatted_total_order_amount": "€ 15.60",
            "order.total_charges_amount": 300,
            "order.paid_at": "2026-06-03T19:20:00+00:00",
            "order.completed_at": "2026-06-03T17:25:00+00:00",
            "order.line_items.0.product.name": "Margherita",
            "order.line_items.0.sub_line_items.0.total_amount": 200,
            "order.line_items.0.sub_line_items.0.product.external_identifier": "CHEESE",
            "order.line_items.0.result": None,
            "order.applied_discounts.0.value": 10,
            "order.applied_discounts.0.offer.type": "VOUCHER_REDEMPTION",
            "order.charges.0.type": "SHIPPING",
            "order.charges.0.amount": 400,
            "order.payments.0.type": "GIFTCARD_TRANSACTION",
        },
        refusals=REFUSALS,
        repeat=1003,
    ),
    Case(
        name="created",
        method="POST",
        path="/orders",
        payload={**PIZZA, "payment_status": "UNPAID", "status": "CREATED", "paid_at": None, "completed_at": None},
        shape=ORDER,
        expect={"paid_at": None, "completed_at": None, "reference": "Table 7", "total_order_amount": 1560},
        refusals=REFUSALS,
        repeat=1003,
    ),
    Case(
        name="processed",
        method="POST",
        path="/orders/{paid}/process",
        shape=RESULT,
        expect={"data.points": 5, "data.new_balance": 11},
        refusals=(
            Refusal(1003, path="/orders/{unpaid}/process", names="payment_status"),
            Refusal(1003, path=f"/orders/{UNKNOWN}/process", names="uuid"),
        ),
    ),
    Case(
        name="found",
        method="GET",
        path="/orders/find",
        payload={"external_identifier": "own"},
        shape=ORDER,
        expect={
            "uuid": "{own}",
            "line_items.0.external_identifier": "a",
            "line_items.0.sub_line_items.0.external_identifier": "b",
            "total_order_amount": 500,
        },
        refusals=(
            Refusal(1003, {"external_identifier": ...}, names="external_identifier"),
            Refusal(1003, {"external_identifier": "none"}, names="external_identifier"),
        ),
    ),
    Case(
        name="listed",
        method="GET",
        path="/orders",
        payload={"limit": 2, "contact_uuid": "{contact}", "sort": "created_at"},
        shape=[ORDER],
        meta=VIEWING_META,
        expect={"0.external_identifier": "unpaid", "1.external_identifier": "paid"},
        refusals=(
            Refusal(1003, {"sort": "price"}, names="sort"),
            Refusal(1003, {"limit": "none"}, names="limit"),
            Refusal(1003, {"contact_uuid": "nobody"}, names="contact_uuid"),
        ),
    ),
    Case(name="shown", method="GET", path="/orders/{own}", shape=ORDER, refusals=NO_ORDER),
    Case(
        name="changed",
        method="PUT",
        path="/orders/{unpaid}",
        payload={"status": "COMPLETED", "payment_status": "PAID"},
        shape=ORDER,
        expect={"status": "COMPLETED", "payment_status": "PAID", "paid_at": "2026-06-03T17:30:00+00:00"},
        refusals=(Refusal(1003, {"status": "EATEN"}, names="status"), *NO_ORDER),
    ),
    Case(
        name="worked out",
        method="POST",
        path="/orders/simulate",
        payload={
            "contact": {"uuid": "{contact}"},
            "line_items": [{"quantity": 2, "price": 700}],
            "applied_discounts": [{"amount": 100, "applied_to": "ORDER"}],
            "charges": [{"total_amount": 300}],
        },
        shape={"type": one_of("points_transaction"), "data": {"points": INT}},
        expect={"data.points": 13},
        refusals=(
            Refusal(1003, {"line_items": ...}, names="line_items"),
            Refusal(55031, {"contact": {"uuid": UNKNOWN}}),
            Refusal(1008, {"business_profile": {"uuid": UNKNOWN}}),
        ),
    ),
]
