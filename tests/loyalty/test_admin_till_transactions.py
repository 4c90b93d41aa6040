"""Till transactions and restaurants in the admin: looked at, with what the till sent and what became of it."""

from datetime import timedelta

import pytest
from django.test import Client
from time_machine import travel

from loyalty import tokens
from loyalty.models import Contact, Shop, TillTransaction, TokenKind, Voucher
from tests.loyalty.api.rbi.tills import Till, basket, item, mark
from tests.loyalty.factories import NOW, VoucherFactory, member
from tests.loyalty.staff import staff

pytestmark = pytest.mark.django_db
LIST = "/admin/loyalty/tilltransaction/"


@pytest.fixture
def noor(db: None) -> Contact:
    return member(120, email="noor@example.com")


@pytest.fixture
def claimed(noor: Contact) -> TillTransaction:
    """One whose lines share an id, then void."""
    Shop.objects.create(reference="demo", name="Demo")
    voucher: Voucher = VoucherFactory.create(contact=noor, promotion__name="10% off")
    with travel(NOW, tick=False):
        till = Till(tokens.make_token("till", kind=TokenKind.RBI, now=NOW).secret)
        mark(noor, voucher)
        found = till.scan(noor)
        till.update(found, basket(found, item("5.00"), item("4.50", name="cola")))
    return TillTransaction.objects.get()


def test_staff_see_what_a_till_sent_and_what_became_of_it(client: Client, claimed: TillTransaction) -> None:
    viewer = staff(client, "view_tilltransaction")

    listed = viewer.get(LIST).content.decode()
    page = viewer.get(f"{LIST}{claimed.pk}/change/").content.decode()

    assert "Claimed" in listed
    assert "Noor Bakker" in listed
    for words in ("10% off", "1 × soup · 500 EUR", "1 × cola · 450 EUR", "2 lines have the id 1", "Demo"):
        assert words in page
    assert 'name="_save"' not in page


def test_a_transaction_that_no_till_updated_in_time_says_so(client: Client, noor: Contact) -> None:
    TillTransaction.objects.create(contact=noor, opened_at=NOW, updated_at=NOW, held_until=NOW + timedelta(minutes=15))

    with travel(NOW + timedelta(minutes=15), tick=False):
        page = staff(client, "view_tilltransaction").get(LIST).content.decode()

    assert "Identified, lapsed" in page


def test_nobody_edits_a_transaction(admin_client: Client, claimed: TillTransaction) -> None:
    answers = [
        admin_client.post(f"{LIST}{claimed.pk}/change/", {"state": "VOID"}).status_code,
        admin_client.post(f"{LIST}{claimed.pk}/delete/", {"post": "yes"}).status_code,
        admin_client.get(f"{LIST}add/").status_code,
    ]

    assert answers == [403, 403, 403]
    claimed.refresh_from_db()
    assert claimed.state == "CLAIMED"


def test_the_list_asks_the_same_number_of_queries_for_any_number_of_rows(
    admin_client: Client, noor: Contact, django_assert_max_num_queries: object
) -> None:
    for _row in range(10):
        TillTransaction.objects.create(contact=noor, opened_at=NOW, updated_at=NOW)

    with django_assert_max_num_queries(14):  # type: ignore[operator]
        admin_client.get(LIST)


def test_a_restaurant_gets_its_number_at_tills(admin_client: Client) -> None:
    shop = Shop.objects.create(reference="demo", name="Demo")
    Shop.objects.create(reference="harbour", name="Harbour", store_number="15678")
    page = f"/admin/loyalty/shop/{shop.pk}/change/"

    refused = admin_client.post(page, {"store_number": "15678", "has_loyalty": "on"})
    admin_client.post(page, {"store_number": "15679"})

    assert refused.status_code == 200
    shop.refresh_from_db()
    assert (shop.store_number, shop.has_loyalty, shop.name) == ("15679", False, "Demo")
    admin_client.post(page, {"store_number": "", "has_loyalty": "on"})
    shop.refresh_from_db()
    assert (shop.store_number, shop.has_loyalty) == (None, True)
