"""Offers marked for use at a till: on the offers page, with the code to show there, against what is on a basket."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from loyalty import till
from loyalty.models import Contact, Programme, TillCode, TillMark, Voucher, find_programme
from menu.models import Product, Table
from orders.models import AppliedOffer, LineItem
from tests.factories import NOW, ProductFactory
from tests.loyalty.factories import member
from tests.orders.logins import AWAY, HTMX
from tests.orders.members import give_reward, give_voucher, offer_reward, seat_member, text_of, url_of

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def soup(table: Table) -> Product:
    made: Product = ProductFactory.create(restaurant=table.restaurant, sku="SOUP", name="Soup", price_cents=1200)
    return made


@pytest.fixture
def ten(noor: Contact) -> Voucher:
    return give_voucher(noor)


def read(client: Client) -> str:
    response = client.get("/offers/")
    assert response.status_code == 200
    return text_of(response)


def code_on(page: str) -> str:
    """Return the code that the page shows, grouped as it is read out."""
    found = re.search(r'<data value="(\d{6})">(\d{3} \d{3})</data>', page)
    assert found is not None
    assert found[1] == found[2].replace(" ", "")
    return found[1]


# Marking --------------------------------------------------------------------------------------------------------------


def test_marking_shows_the_offer_as_marked_and_a_code(noors_phone: Client, noor: Contact, ten: Voucher) -> None:
    before = read(noors_phone)
    assert "Use at the till<span" in before
    assert "<data" not in before

    response = noors_phone.post(url_of(ten, "preselect"))

    assert (response.status_code, response["Location"]) == (303, "/offers/#till")
    page = read(noors_phone)
    assert "Marked for the till. Show your code there." in page
    assert "Marked for the till</span>" in page
    assert "It brings along: 10% off" in page
    assert "Valid until 7:35 p.m." in page
    assert till.use_code(code_on(page), asked_by="till-1", now=NOW) == noor
    assert till.find_marked(noor, now=NOW).vouchers == (ten,)


def test_marking_twice_is_one_mark_and_the_same_code(noors_phone: Client, ten: Voucher) -> None:
    noors_phone.post(url_of(ten, "preselect"))
    code = code_on(read(noors_phone))

    noors_phone.post(url_of(ten, "preselect"))

    assert code_on(read(noors_phone)) == code
    assert (TillMark.objects.count(), TillCode.objects.count()) == (1, 1)


def test_with_htmx_the_offers_come_back_as_they_are_now(noors_phone: Client, ten: Voucher) -> None:
    response = noors_phone.post(url_of(ten, "preselect"), headers=HTMX)

    assert response.status_code == 200
    page = text_of(response)
    assert page.startswith('<section id="offers">')
    assert '<p id="status" hx-swap-oob="innerHTML">Marked for the till.' in page
    assert 'name="remove" value="1">Remove<span' in page
    assert code_on(page)


@pytest.mark.parametrize("times", [1, 2])
def test_a_mark_is_taken_away(noors_phone: Client, ten: Voucher, times: int) -> None:
    noors_phone.post(url_of(ten, "preselect"))

    answers = [noors_phone.post(url_of(ten, "preselect"), {"remove": "1"}).status_code for _time in range(times)]

    assert answers == [303] * times
    assert not TillMark.objects.exists()
    page = read(noors_phone)
    assert "It is not marked for the till any more." in page
    assert "It brings along" not in page


def test_rewards_are_marked_too(noors_phone: Client, noor: Contact, soup: Product) -> None:
    bought, priced = give_reward(noor, product_code="SOUP"), offer_reward("Soup", 100, product_code="SOUP")

    answers = [noors_phone.post(url_of(row, "preselect")).status_code for row in (bought, priced)]

    assert answers == [303, 303]
    assert "It brings along: Free soup, Soup" in read(noors_phone)
    noor.refresh_from_db()
    assert noor.balance == 120


def test_a_reward_out_of_reach_cannot_be_marked(noors_phone: Client, noor: Contact, soup: Product) -> None:
    dear = offer_reward("Soup", 160, product_code="SOUP")
    assert "Use at the till" not in read(noors_phone)

    response = noors_phone.post(url_of(dear, "preselect"))

    assert response.status_code == 409
    assert "40 points missing." in text_of(response)
    assert (TillMark.objects.count(), TillCode.objects.count()) == (0, 0)


@pytest.mark.parametrize("kind", ["voucher", "collectable", "reward", "treasure"])
def test_what_is_not_theirs_cannot_be_marked(noors_phone: Client, kind: str) -> None:
    foreign = give_voucher(member())

    statuses = {
        noors_phone.post(f"/offers/{kind}/{offer_id}/preselect/", form).status_code
        for offer_id in (foreign.uuid, "nothing")
        for form in ({}, {"remove": "1"})
    }

    assert statuses == {404}
    assert not TillMark.objects.exists()


def test_taking_a_foreign_mark_away_changes_nothing(noors_phone: Client) -> None:
    other = member()
    foreign = give_voucher(other)
    till.mark(foreign, contact=other, now=NOW)

    response = noors_phone.post(url_of(foreign, "preselect"), {"remove": "1"})

    assert response.status_code == 404
    assert TillMark.objects.get().contact == other


def test_the_till_is_reached_by_posting_only(noors_phone: Client, ten: Voucher) -> None:
    assert noors_phone.get(url_of(ten, "preselect")).status_code == 405
    assert noors_phone.get("/offers/till-code/").status_code == 405


# On a basket ----------------------------------------------------------------------------------------------------------


def test_redeeming_takes_the_mark_away_and_says_so(noors_phone: Client, ten: Voucher, soup: Product) -> None:
    noors_phone.post("/basket/add/", {"product": soup.pk, "quantity": 1})
    noors_phone.post(url_of(ten, "preselect"))

    noors_phone.post(url_of(ten, "apply"))

    page = text_of(noors_phone.get("/basket/"))
    assert "10% off was added to your basket." in page
    assert "10% off is not marked for the till any more." in page
    assert not TillMark.objects.exists()


def test_buying_a_reward_takes_its_mark_away(noors_phone: Client, soup: Product) -> None:
    priced = offer_reward("Soup", 100, product_code="SOUP")
    noors_phone.post(url_of(priced, "preselect"))

    response = noors_phone.post(url_of(priced, "apply"), {"purchase_key": "one"}, headers=HTMX)

    assert "Soup is not marked for the till any more." in text_of(response)
    assert not TillMark.objects.exists()


def test_what_is_on_the_basket_is_not_marked_until_it_is_taken_off(
    noors_phone: Client, noor: Contact, ten: Voucher, soup: Product
) -> None:
    bought = give_reward(noor, product_code="SOUP")
    for offer in (ten, bought):
        noors_phone.post(url_of(offer, "apply"))
    assert "Use at the till" not in read(noors_phone)

    answers = [noors_phone.post(url_of(offer, "preselect")) for offer in (ten, bought)]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert "It is on your basket. Take it off there first" in text_of(answers[0])
    assert (TillMark.objects.count(), AppliedOffer.objects.live().count()) == (0, 2)
    noors_phone.post(url_of(bought, "withdraw"))
    assert noors_phone.post(url_of(bought, "preselect")).status_code == 303


def test_what_let_its_time_on_the_basket_pass_leaves_it_for_the_till(
    noors_phone: Client, noor: Contact, soup: Product, clock: time_machine.Traveller
) -> None:
    bought = give_reward(noor, product_code="SOUP")
    noors_phone.post(url_of(bought, "apply"))
    clock.move_to(NOW + timedelta(minutes=16))

    response = noors_phone.post(url_of(bought, "preselect"))

    assert response.status_code == 303
    assert TillMark.objects.get().reception == bought
    assert "Show your code there. It left your basket, where its time had run out." in read(noors_phone)
    assert not AppliedOffer.objects.live().exists()
    assert not LineItem.objects.exists()


def test_what_is_on_another_phones_basket_is_not_marked(
    noors_phone: Client, noor: Contact, ten: Voucher, soup: Product, table: Table
) -> None:
    bought = give_reward(noor, product_code="SOUP")
    other = Client()
    seat_member(other, table, noor)
    for offer in (ten, bought):
        other.post(url_of(offer, "apply"))

    answers = [noors_phone.post(url_of(offer, "preselect")) for offer in (ten, bought)]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert "It is on another order of yours." in text_of(answers[1])
    assert not TillMark.objects.exists()


# The code -------------------------------------------------------------------------------------------------------------


def test_a_member_without_offers_gets_a_code_too(noors_phone: Client, noor: Contact) -> None:
    assert "Get a code</button>" in read(noors_phone)

    response = noors_phone.post("/offers/till-code/")

    assert (response.status_code, response["Location"]) == (303, "/offers/#till")
    assert till.use_code(code_on(read(noors_phone)), asked_by="till-1", now=NOW) == noor


def test_a_new_code_takes_the_place_of_the_last(noors_phone: Client, noor: Contact) -> None:
    noors_phone.post("/offers/till-code/")
    first = code_on(read(noors_phone))

    response = noors_phone.post("/offers/till-code/", headers=HTMX)

    second = code_on(text_of(response))
    assert second != first
    assert TillCode.objects.live(now=NOW).count() == 1


def test_a_code_that_ran_out_says_so(noors_phone: Client, clock: time_machine.Traveller) -> None:
    noors_phone.post("/offers/till-code/")
    clock.move_to(NOW + timedelta(minutes=5))

    page = read(noors_phone)

    assert "Your code has run out." in page
    assert "New code</button>" in page
    assert "<data" not in page


def test_a_code_that_was_used_says_so(noors_phone: Client) -> None:
    noors_phone.post("/offers/till-code/")
    till.use_code(code_on(read(noors_phone)), asked_by="till-1", now=NOW)

    page = read(noors_phone)

    assert "Your code has been used." in page
    assert "<data" not in page


def test_codes_are_not_made_without_end(noors_phone: Client) -> None:
    answers = [noors_phone.post("/offers/till-code/") for _time in range(21)]

    assert [answer.status_code for answer in answers] == [303] * 20 + [429]
    assert int(answers[-1]["Retry-After"]) > 0
    assert "That was a bit often." in text_of(answers[-1])
    assert TillCode.objects.count() == 20


def test_looking_at_the_offers_makes_and_changes_no_row(
    noors_phone: Client, ten: Voucher, clock: time_machine.Traveller
) -> None:
    noors_phone.post(url_of(ten, "preselect"))
    before = [list(model.objects.values()) for model in (TillMark, TillCode)]
    clock.move_to(NOW + timedelta(minutes=6))

    read(noors_phone)

    assert [list(model.objects.values()) for model in (TillMark, TillCode)] == before


# Who may --------------------------------------------------------------------------------------------------------------


def test_an_address_not_proven_yet_marks_nothing_and_sees_no_till(
    client: Client, table: Table, noor: Contact, ten: Voucher
) -> None:
    seat_member(client, table, noor, is_verified=False)

    answers = [client.post(url_of(ten, "preselect"), form) for form in ({}, {"remove": "1"})]
    answers.append(client.post("/offers/till-code/"))

    assert [answer.status_code for answer in answers] == [409] * 3
    assert "Please confirm your e-mail address first." in text_of(answers[0])
    assert 'id="till"' not in read(client)
    assert (TillMark.objects.count(), TillCode.objects.count()) == (0, 0)


def test_nobody_is_asked_to_sign_in_first(diner: Client, ten: Voucher) -> None:
    for url in (url_of(ten, "preselect"), "/offers/till-code/"):
        response = diner.post(url)

        assert (response.status_code, response["Location"]) == (303, "/identify/?next=%2Foffers%2F")
    assert not TillMark.objects.exists()


def test_a_programme_without_tills_shows_none(noors_phone: Client, ten: Voucher) -> None:
    find_programme()
    Programme.objects.update(has_tills=False)

    page = read(noors_phone)

    assert "till" not in page.lower().replace("until", "").replace("still", "")
    assert noors_phone.post(url_of(ten, "preselect")).status_code == 404
    assert noors_phone.post("/offers/till-code/").status_code == 404
    assert (TillMark.objects.count(), TillCode.objects.count()) == (0, 0)


def test_with_the_programme_away_nothing_is_marked(noors_phone: Client, ten: Voucher, settings: Settings) -> None:
    settings.LOYALTY_BACKEND = AWAY

    answers = [noors_phone.post(url) for url in (url_of(ten, "preselect"), "/offers/till-code/")]

    assert [answer.status_code for answer in answers] == [503, 503]
    assert "The rewards cannot be reached right now." in text_of(answers[0])
