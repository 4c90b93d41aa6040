"""Offers on the basket: told, held, run out, taken off."""

import re

import time_machine
from django.test import Client
from pytest_django import Settings

from loyalty.models import Contact, Tier
from menu.models import Product
from orders.models import AppliedOffer, LineItem, Order
from tests.factories import NOW, ProductFactory
from tests.orders.logins import AWAY, HTMX
from tests.orders.members import give_voucher, text_of, url_of
from tests.orders.offer_pages.reading import free_soup, later, read


def test_the_basket_shows_what_is_on_it_and_what_else_there_is(filled: Client, noor: Contact) -> None:
    filled.post(url_of(give_voucher(noor, "Ten off"), "apply"))
    give_voucher(noor, "Another one")

    page = read(filled)

    assert re.search(r'Take off<span class="vh"> Ten off', page)
    assert re.search(r'Redeem<span class="vh"> Another one', page)
    assert re.search(r'href="/offers/">See all', page)


def test_an_empty_basket_still_offers(noors_phone: Client, noor: Contact, soup: Product) -> None:
    free_soup(noor)

    assert "Soup for free" in read(noors_phone)


def test_a_stranger_earns_and_is_offered_nothing(diner: Client, soup: Product) -> None:
    diner.post("/basket/add/", {"product": soup.pk})

    page = read(diner)

    assert "points" not in page
    assert "Your offers" not in page


def test_a_tier_multiplies_what_is_to_be_earned(filled: Client, noor: Contact) -> None:
    noor.move_to_tier(Tier.objects.create(name="Gold", multiplier="1.5"), now=NOW)

    assert "+36 points" in read(filled)


def test_withdrawing_takes_the_item_along_and_is_harmless_twice(
    noors_phone: Client, noor: Contact, soup: Product
) -> None:
    free = free_soup(noor)
    noors_phone.post(url_of(free, "apply"), {"product": soup.pk})

    answers = [noors_phone.post(url_of(free, "withdraw")) for _press in range(2)]

    assert [(answer.status_code, answer["Location"]) for answer in answers] == [(303, "/basket/")] * 2
    assert "Soup for free was taken off your basket." in read(noors_phone)
    assert not LineItem.objects.exists()
    free.refresh_from_db()
    assert free.locked_until is None


def test_withdrawing_with_htmx_answers_the_basket(filled: Client, noor: Contact) -> None:
    ten = give_voucher(noor)
    filled.post(url_of(ten, "apply"))

    response = filled.post(url_of(ten, "withdraw"), headers=HTMX)

    page = text_of(response)
    assert page.startswith('<section id="basket"')
    assert "€24.00" in page
    assert "10% off was taken off your basket." in page


def test_a_hold_that_ran_out_is_not_shown_as_held_and_looking_changes_nothing(
    filled: Client, noor: Contact, clock: time_machine.Traveller
) -> None:
    ten = give_voucher(noor)
    filled.post(url_of(ten, "apply"))
    clock.move_to(later(16))

    pages = [read(filled), read(filled, "/"), read(filled, "/offers/")]

    assert all("Its time ran out" in page for page in pages)
    assert not any("Held until" in page for page in pages)
    assert AppliedOffer.objects.live().count() == 1


def test_the_next_change_takes_off_what_ran_out_and_says_so(
    filled: Client, noor: Contact, clock: time_machine.Traveller
) -> None:
    filled.post(url_of(give_voucher(noor), "apply"))
    line = LineItem.objects.get()
    clock.move_to(later(16))

    response = filled.post(f"/basket/lines/{line.pk}/", {"quantity": 3}, headers=HTMX)

    page = text_of(response)
    assert "The time 10% off was held for ran out, so it left your basket." in page
    assert "€36.00" in page
    assert not AppliedOffer.objects.live().exists()


def test_adding_a_product_holds_the_offers_longer(
    filled: Client, noor: Contact, soup: Product, clock: time_machine.Traveller
) -> None:
    filled.post(url_of(give_voucher(noor), "apply"))
    clock.move_to(later(10))

    filled.post("/basket/add/", {"product": soup.pk})

    assert AppliedOffer.objects.get().held_until == later(25)


def test_adding_a_product_after_the_time_says_what_left(
    filled: Client, noor: Contact, soup: Product, clock: time_machine.Traveller
) -> None:
    filled.post(url_of(give_voucher(noor), "apply"))
    clock.move_to(later(16))

    with_script = filled.post("/basket/add/", {"product": soup.pk}, headers=HTMX)

    assert "it left your basket" in text_of(with_script)


def test_what_ran_out_can_be_redeemed_again(filled: Client, noor: Contact, clock: time_machine.Traveller) -> None:
    ten = give_voucher(noor)
    filled.post(url_of(ten, "apply"))
    clock.move_to(later(16))

    response = filled.post(url_of(ten, "apply"))

    assert response.status_code == 303
    assert AppliedOffer.objects.live().get().held_until == later(31)


def test_a_minimum_that_is_not_met_any_more_is_told(filled: Client, noor: Contact) -> None:
    large = give_voucher(
        noor, "Large", attributes={"discount_type": "absolute_discount", "discount_value": "5", "minimum_cents": 2000}
    )
    filled.post(url_of(large, "apply"))

    filled.post(f"/basket/lines/{LineItem.objects.get().pk}/", {"quantity": 1})

    assert "Large needs €8.00 more. It left your basket and is free again." in read(filled)
    large.refresh_from_db()
    assert large.locked_until is None


def test_an_offer_that_takes_nothing_off_now_says_why(filled: Client, noor: Contact, soup: Product) -> None:
    bread = ProductFactory.create(restaurant=soup.restaurant, name="Bread", price_cents=400)
    filled.post("/basket/add/", {"product": bread.pk})
    filled.post(url_of(free_soup(noor), "apply"))

    filled.post(f"/basket/lines/{LineItem.objects.get(name='Soup').pk}/", {"quantity": 0})

    assert "Nothing in your basket is part of it now." in read(filled)


def test_while_it_is_being_paid_the_offers_stay(filled: Client, noor: Contact) -> None:
    ten = give_voucher(noor)
    filled.post(url_of(ten, "apply"))
    Order.objects.update(payment_state="paying")

    response = filled.post(url_of(ten, "withdraw"))

    assert response.status_code == 409
    assert AppliedOffer.objects.live().count() == 1
    assert "Take off" not in read(filled)


def test_withdrawing_while_the_programme_is_away_works(filled: Client, noor: Contact, settings: Settings) -> None:
    ten = give_voucher(noor)
    filled.post(url_of(ten, "apply"))
    settings.LOYALTY_BACKEND = AWAY

    assert "Take off" in read(filled)
    filled.post(url_of(ten, "withdraw"))

    assert not AppliedOffer.objects.live().exists()
    assert AppliedOffer.objects.to_release().count() == 1
