"""Orders over the API beside what each call answers: many at once, how many queries, the app's own, without points."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from pytest_django import DjangoAssertNumQueries

from loyalty.models import CatalogueProduct, Contact, PointsEntry, ProcessedOrder, Shop
from loyalty.order_processing import process_order
from loyalty.port import AppliedDiscount, Charge, RedemptionKind, RedemptionLink
from tests.loyalty.api.calling import Caller, body_of, refusal_of
from tests.loyalty.api.cases import fill
from tests.loyalty.api.cases_orders import ORDER, PIZZA
from tests.loyalty.api.shapes import check_shape
from tests.loyalty.documents import line, order
from tests.loyalty.factories import NOW, ContactFactory, ShopFactory
from tests.parallel import at_once

CREATE = "/orders/create-and-process"


@pytest.fixture
def contact(db: None) -> Contact:
    made: Contact = ContactFactory.create()
    return made


@pytest.fixture
def shop(db: None) -> Shop:
    made: Shop = ShopFactory.create(reference="demo", name="Trattoria")
    return made


def pizza(contact: Contact, shop: Shop, **changes: Any) -> Mapping[str, Any]:
    filled = fill(PIZZA, {"contact": str(contact.uuid), "shop": str(shop.uuid)})
    return {**filled, **changes}


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_of_one_identifier_are_one_order_that_earns_once(
    token: str, contact: Contact, shop: Shop
) -> None:
    other: Contact = ContactFactory.create()

    def send(number: int) -> int:
        buyer = contact if number % 4 else other
        return Caller(token).json("POST", CREATE, pizza(buyer, shop)).status_code

    statuses = at_once(20, send)

    assert sorted(map(str, statuses)) == ["200", *["400"] * 19]
    processed = ProcessedOrder.objects.get()
    assert PointsEntry.objects.get().contact == processed.contact
    assert sorted(Contact.objects.values_list("balance", flat=True)) == [0, 12]


def test_the_same_identifier_again_is_named_as_the_trouble(leat: Caller, contact: Contact, shop: Shop) -> None:
    leat.json("POST", CREATE, pizza(contact, shop))

    again = leat.form("POST", "/orders", pizza(contact, shop, reference="Another"))

    assert refusal_of(again) == (400, 1003)
    assert list(body_of(again)["errors"]) == ["external_identifier"]
    assert ProcessedOrder.objects.get().document["reference"] == "Table 7"


def test_creating_and_processing_takes_few_queries(
    leat: Caller, contact: Contact, shop: Shop, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    leat.json("POST", CREATE, pizza(contact, shop, external_identifier="first"))

    with django_assert_max_num_queries(25):
        response = leat.json("POST", CREATE, pizza(contact, shop))

    assert response.status_code == 200


@pytest.mark.parametrize(
    "changes", [{"status": "CANCELLED"}, {"payment_status": "UNPAID"}, {"payment_status": "PENDING"}]
)
def test_an_order_that_is_not_to_earn_is_kept_with_a_result_of_null(
    leat: Caller, contact: Contact, shop: Shop, changes: Mapping[str, Any]
) -> None:
    response = leat.json("POST", CREATE, pizza(contact, shop, **changes))

    answered = body_of(response)["data"]
    assert answered["result"] is None
    check_shape(answered["order"], ORDER)
    contact.refresh_from_db()
    assert (contact.balance, ProcessedOrder.objects.get().processed_at) == (0, None)


def test_a_till_that_creates_first_and_is_paid_later_gets_the_points_then(
    leat: Caller, contact: Contact, shop: Shop
) -> None:
    unpaid = pizza(contact, shop, status="PENDING", payment_status="UNPAID", paid_at=None, completed_at=None)
    created = body_of(leat.form("POST", "/orders/", unpaid))["data"]
    path = f"/orders/{created['uuid']}"
    assert refusal_of(leat.send("POST", f"{path}/process", b"", "application/json")) == (400, 1003)

    leat.form("PUT", path, {"status": "COMPLETED", "payment_status": "PAID"})
    results = [body_of(leat.send("POST", f"{path}/process", b"", "application/json"))["data"] for _time in range(2)]

    assert results == [{"type": "POINTS_TRANSACTION", "data": {"points": 12, "new_balance": 12}}] * 2
    found = body_of(leat.get("/orders/find", {"external_identifier": "till-1"}))["data"]
    assert {**found, "updated_at": created["updated_at"]} == {
        **created,
        "status": "COMPLETED",
        "payment_status": "PAID",
        "paid_at": found["paid_at"],
        "completed_at": found["completed_at"],
    }
    assert found["paid_at"] is not None


def test_an_order_comes_back_with_the_identifiers_and_amounts_it_was_sent_with(
    leat: Caller, contact: Contact, shop: Shop
) -> None:
    sent = pizza(contact, shop)
    leat.form("POST", CREATE, sent)

    found = body_of(leat.get("/orders/find", {"external_identifier": "till-1"}))["data"]

    for part in ("line_items", "applied_discounts", "charges"):
        for wanted, got in zip(sent[part], found[part], strict=True):
            plain = {name: value for name, value in wanted.items() if isinstance(value, str | int)}
            assert plain == {name: got[name] for name in plain}
    (cheese,) = found["line_items"][0]["sub_line_items"]
    assert (cheese["external_identifier"], cheese["total_amount"]) == ("line-1-cheese", 200)
    assert {name: found[name] for name in ("order_amount", "total_discount_amount", "total_order_amount")} == {
        "order_amount": 1400,
        "total_discount_amount": 140,
        "total_order_amount": 1560,
    }


def test_an_order_of_the_app_is_found_with_its_identifiers_and_returned(
    leat: Caller, contact: Contact, shop: Shop
) -> None:
    CatalogueProduct.objects.create(sku="A", name="Pizza")
    redemption = RedemptionLink(kind=RedemptionKind.VOUCHER, id="9f0c9a44-0000-4000-8000-000000000001", offer_id="v")
    document = order(contact, line("a", 1000, quantity=2, order_discount_cents=200), identifier="own")
    process_order(
        replace(
            document,
            discounts=(AppliedDiscount(external_identifier="d", name="10% off", cents=200, redemption=redemption),),
            charges=(Charge(external_identifier="tip", type="GRATUITY", cents=300),),
        ),
        contact=contact,
        shop=shop,
        now=NOW,
    )

    found = body_of(leat.get("/orders/find", {"external_identifier": "own"}))["data"]
    returned = leat.json(
        "POST",
        "/order-returns/create-and-process",
        {
            "external_identifier": "back",
            "order": {"uuid": found["uuid"]},
            "status": "COMPLETED",
            "line_items": [{"external_identifier": "a", "quantity": 2}],
            "applied_discounts": [{"external_identifier": "d", "amount": 200}],
            "charges": [{"external_identifier": "tip", "total_amount": 300}],
        },
    )

    check_shape(found, ORDER)
    assert (found["status"], found["payment_status"]) == ("COMPLETED", "PAID")
    assert found["line_items"][0]["product"]["name"] == "Pizza"
    assert found["applied_discounts"][0]["applied_to"] == "ORDER"
    assert found["applied_discounts"][0]["offer"] == {"uuid": redemption.id, "type": "VOUCHER_REDEMPTION"}
    assert body_of(returned)["data"]["result"]["data"] == {"points": 18, "new_balance": 0}


@time_machine.travel(NOW, tick=False)
def test_orders_are_listed_in_pages_and_by_what_they_are(leat: Caller, contact: Contact, shop: Shop) -> None:
    for number in range(3):
        leat.json("POST", CREATE, pizza(contact, shop, external_identifier=f"till-{number}"))
    leat.json("POST", "/orders", pizza(contact, shop, external_identifier="unpaid", payment_status="UNPAID"))

    second = body_of(leat.get("/orders", {"page": 2, "limit": 3}))
    unpaid = body_of(leat.get("/orders", {"payment_status": "UNPAID"}))
    none = body_of(leat.get("/orders", {"created_at[gt]": "2026-06-03T17:30:00Z"}))

    assert [row["external_identifier"] for row in second["data"]] == ["till-0"]
    assert second["meta"] == {
        "page": 2,
        "limit": 3,
        "viewing_from": 4,
        "viewing_to": 4,
        "last_page": 2,
        "total": 4,
    }
    assert [row["external_identifier"] for row in unpaid["data"]] == ["unpaid"]
    assert none["data"] == []


def test_a_line_that_is_none_is_refused_and_nothing_is_kept(leat: Caller, contact: Contact, shop: Shop) -> None:
    nonsense: list[Any] = ["text", {"a": {"b": 1}}, [1], [None], [[]], {}]
    for lines in nonsense:
        assert refusal_of(leat.json("POST", CREATE, pizza(contact, shop, line_items=lines))) == (400, 1003)

    assert not ProcessedOrder.objects.exists()


def test_a_line_without_a_product_as_php_writes_it_is_taken(leat: Caller, contact: Contact, shop: Shop) -> None:
    sent = dict(pizza(contact, shop))
    sent["line_items"] = [{**line, "product": []} for line in sent["line_items"]]

    assert leat.json("POST", CREATE, sent).status_code == 200
    assert ProcessedOrder.objects.count() == 1
