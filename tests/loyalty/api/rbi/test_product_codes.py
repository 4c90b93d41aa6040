"""Products in the words of the POS that the till names; the SKU where it has none; the incentive where there is no product."""

import pytest

from loyalty.models import CatalogueProduct, Contact, ProcessedOrder, Voucher
from tests.loyalty.api.rbi.tills import Till, basket, item, mark
from tests.loyalty.factories import VoucherFactory

pytestmark = pytest.mark.django_db

PERCENT = {"discount_type": "percentage_discount", "discount_value": "50"}


def told(rbi: Till, noor: Contact, supporting_pos: str, **attributes: object) -> str:
    """Return the code under which a till is told of the offer."""
    voucher: Voucher = VoucherFactory.create(contact=noor, promotion__attributes=attributes)
    mark(noor, voucher)
    body = rbi.scan(noor, supportingPos=supporting_pos).body
    (product_code,) = [each["productId"] for each in body["eligibleDiscounts"] + body["order"]]
    noor.till_marks.all().delete()
    code: str = product_code.replace(str(voucher.promotion.uuid), "the incentive")
    return code


def test_a_product_has_a_code_for_each_make_of_pos(rbi: Till, noor: Contact) -> None:
    CatalogueProduct.objects.create(sku="COLA", name="Cola", till_codes={"Acme": "1001", "NCR Aloha": "A7"})
    cases = [
        ("Acme", "1001"),
        ("ncr aloha ", "A7"),
        ("Bolt", "COLA"),
        ("", "COLA"),
    ]

    for kind in (PERCENT, {"discount_type": "free_item"}):
        for make, code in cases:
            assert told(rbi, noor, make, product_code="COLA", **kind) == code
    assert told(rbi, noor, "Acme", product_code="TEA, COLA", **PERCENT) == "TEA"
    assert told(rbi, noor, "Acme", **PERCENT) == "the incentive"
    assert told(rbi, noor, "Acme", category="drinks", **PERCENT) == "the incentive"


def test_a_till_names_a_free_item_by_its_own_code(rbi: Till, noor: Contact) -> None:
    CatalogueProduct.objects.create(sku="CAKE", name="Cake", till_codes={"Acme": "2002"})
    attributes = {"discount_type": "free_item", "product_code": "CAKE"}
    voucher: Voucher = VoucherFactory.create(contact=noor, promotion__attributes=attributes)
    mark(noor, voucher)
    found = rbi.scan(noor, supportingPos="Acme")
    body = basket(found, item(0, productType="offer", productId="2002"))
    body["transactionDetails"]["posVendor"]["supportingPos"] = "Acme"

    claimed = rbi.update(found, body)

    assert claimed.status == 200
    voucher.refresh_from_db()
    assert voucher.times_redeemed == 1


def test_what_must_not_earn_earns_nothing_at_a_till_under_any_code(rbi: Till, noor: Contact) -> None:
    CatalogueProduct.objects.create(sku="CARD", name="Card", till_codes={"Acme": "2002"}, earns_points=False)
    CatalogueProduct.objects.create(sku="COLA", name="Cola", till_codes={"Acme": "1001", "Bolt": "2002"})
    lines = [
        item("1.00", productId="1001", referenceId="1"),
        item("20.00", productId="2002", referenceId="2"),
        item("3.00", productId="WRAP", referenceId="3", parentReferenceId="2"),
        item("5.00", productId="CARD", referenceId="4"),
        item("7.00", productId="SOUP", referenceId="5", parentReferenceId="1"),
    ]
    cases = [
        ("Acme", 8, ["COLA", "CARD", "WRAP", "CARD", "SOUP"]),
        ("bolt ", 31, ["1001", "COLA", "WRAP", "CARD", "SOUP"]),
        ("", 31, ["1001", "2002", "WRAP", "CARD", "SOUP"]),
    ]

    for make, earned, skus in cases:
        found = rbi.scan(noor, supportingPos=make)
        claimed = rbi.update(found, basket(found, *lines))
        assert claimed.points[1] == earned
        kept = ProcessedOrder.objects.latest("pk").document["lines"]
        assert [line["sku"] for line in kept] == skus
