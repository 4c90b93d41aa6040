"""The page of all offers, and a code typed in on it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from loyalty.models import Contact
from menu.models import Product
from tests.factories import NOW
from tests.loyalty.factories import member
from tests.orders.logins import AWAY
from tests.orders.members import give_reward, give_voucher, offer_reward, text_of, url_of
from tests.orders.offer_pages.reading import item_with, read

# All offers -----------------------------------------------------------------------------------------------------------


def test_all_offers_are_there_free_ones_marked_and_rewards_priced(
    noors_phone: Client, noor: Contact, soup: Product
) -> None:
    give_voucher(noor, "Ten off")
    give_reward(noor, "Soup waiting", product_code="SOUP")
    offer_reward("Soup in reach", 100, product_code="SOUP")
    offer_reward("Soup too dear", 160, product_code="SOUP")

    page = read(noors_phone, "/offers/")

    assert "Balance: 120 points" in page
    assert "Free of charge" in item_with(page, "Ten off")
    assert "Free of charge" in item_with(page, "Soup waiting")
    near, far = item_with(page, "Soup in reach"), item_with(page, "Soup too dear")
    assert "100 points" in near
    assert "Free of charge" not in near
    assert 'disabled>Redeem<span class="vh"> Soup too dear' in far
    assert "160 points" in far
    assert "40 points missing" in far
    assert '<progress max="100" value="75"' in far
    assert "href" not in far


def test_an_offer_that_would_do_nothing_here_says_so(noors_phone: Client, noor: Contact) -> None:
    give_voucher(noor, "Elsewhere only", attributes={"discount_type": "free_item", "product_code": "NOT-HERE"})
    give_voucher(noor, "Nonsense", attributes={"discount_type": "percentage_discount", "discount_value": "lots"})

    page = read(noors_phone, "/offers/")

    for name in ("Elsewhere only", "Nonsense"):
        assert "Does nothing on this menu" in item_with(page, name)
        assert "disabled" in item_with(page, name)
        assert name not in read(noors_phone, "/")


def test_a_negative_balance_is_shown_as_it_is(noors_phone: Client, noor: Contact) -> None:
    Contact.objects.update(balance=-15)

    assert "Balance: −15 points" in read(noors_phone, "/offers/")


def test_all_offers_take_the_same_queries_for_few_as_for_many(
    noors_phone: Client, noor: Contact, soup: Product
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as taken:
            noors_phone.get("/offers/")
        return len(taken)

    give_voucher(noor, attributes={"discount_type": "free_item", "product_code": "SOUP"})
    few = queries()
    for number in range(20):
        give_voucher(noor, f"Voucher {number}")
        offer_reward(f"Reward {number}", 10 * number + 10, product_code="SOUP")

    assert queries() == few <= 8


def test_nobody_is_led_to_signing_in_and_back(diner: Client) -> None:
    response = diner.get("/offers/")

    assert (response.status_code, response["Location"]) == (303, "/identify/?next=%2Foffers%2F")


def test_without_a_table_offers_say_how_to_scan(client: Client, db: None) -> None:
    assert "Scan the code on your table" in read(client, "/offers/", status=403)
    assert client.post("/offers/code/", {"code": "X"}).status_code == 403


def test_the_addresses_take_their_own_method_only(noors_phone: Client, noor: Contact) -> None:
    ten = give_voucher(noor)

    assert noors_phone.post("/offers/").status_code == 405
    assert noors_phone.get("/offers/code/").status_code == 405
    assert noors_phone.post(url_of(ten)).status_code == 405
    assert noors_phone.get(url_of(ten, "apply")).status_code == 405
    assert noors_phone.get(url_of(ten, "withdraw")).status_code == 405
    assert noors_phone.get(f"/offers/collectable/{ten.uuid}/undo/").status_code == 405


# A code typed in ------------------------------------------------------------------------------------------------------


def test_a_code_leads_to_the_voucher_however_it_is_typed(noors_phone: Client) -> None:
    found = give_voucher(None, "From the window", code="FIREFINCH", code_key="FIREFINCH")

    response = noors_phone.post("/offers/code/", {"code": " fire-finch "})

    assert (response.status_code, response["Location"]) == (303, url_of(found))
    assert "Do you want to redeem this voucher now?" in read(noors_phone, url_of(found))


def test_an_unknown_code_and_somebody_elses_read_the_same(noors_phone: Client) -> None:
    foreign = give_voucher(member(), "Not yours")

    answers = [noors_phone.post("/offers/code/", {"code": code}) for code in ("NOBODYHASIT", foreign.code)]

    assert [answer.status_code for answer in answers] == [422, 422]
    pages = [text_of(answer) for answer in answers]
    assert all("We do not know this code." in page for page in pages)
    assert all("Not yours" not in page for page in pages)
    assert 'value="NOBODYHASIT"' in pages[0]


@pytest.mark.parametrize("code", ["", "   ", "x" * 61, "null\0byte"])
def test_what_can_be_no_code_is_refused_without_being_looked_up(noors_phone: Client, code: str) -> None:
    response = noors_phone.post("/offers/code/", {"code": code})

    assert response.status_code == 422


def test_ones_own_expired_or_used_code_says_so(noors_phone: Client, noor: Contact) -> None:
    expired = give_voucher(noor, expires_at=NOW - timedelta(days=1))
    used = give_voucher(noor, times_redeemed=1)

    assert "This voucher has expired." in text_of(noors_phone.post("/offers/code/", {"code": expired.code}))
    assert "This voucher has been used already." in text_of(noors_phone.post("/offers/code/", {"code": used.code}))


def test_guessing_codes_is_slowed_down(noors_phone: Client) -> None:
    for _guess in range(30):
        noors_phone.post("/offers/code/", {"code": "GUESS"})

    response = noors_phone.post("/offers/code/", {"code": "GUESS"})

    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert "That was a bit often." in text_of(response)


def test_a_code_sent_by_htmx_answers_the_form_alone(noors_phone: Client) -> None:
    response = noors_phone.post("/offers/code/", {"code": "NO"}, headers={"HX-Request": "true"})

    assert response.status_code == 422
    assert response.content.strip().startswith(b'<form class="by-code')


def test_a_code_while_the_programme_is_away_keeps_what_was_typed(noors_phone: Client, settings: Settings) -> None:
    settings.LOYALTY_BACKEND = AWAY

    response = noors_phone.post("/offers/code/", {"code": "FIREFINCH"})

    assert response.status_code == 503
    assert 'value="FIREFINCH"' in text_of(response)
