"""Offers redeemed through their pages."""

import re

from django.test import Client
from pytest_django import Settings

from loyalty.models import Contact, RewardReception, Voucher
from menu.models import Product, Table
from orders.models import AppliedOffer, LineItem
from tests.factories import ModifierFactory, ModifierGroupFactory, ProductFactory, ProductModifierGroupFactory
from tests.orders.logins import AWAY, HTMX
from tests.orders.members import give_voucher, offer_reward, seat_member, text_of, url_of
from tests.orders.offer_pages.reading import free_soup, read


def test_redeeming_without_script_leads_to_the_basket_and_says_so(filled: Client, noor: Contact) -> None:
    ten = give_voucher(noor)

    response = filled.post(url_of(ten, "apply"))

    assert (response.status_code, response["Location"]) == (303, "/basket/")
    page = read(filled)
    assert "10% off was added to your basket." in page
    assert re.search(r"<s>.*?€24\.00</s> €21\.60", page)
    assert '<p class="offer">10% off</p>' in page
    assert "Held until 7:45 p.m." in page
    assert "+21 points" in page


def test_redeeming_with_htmx_answers_the_sheet_with_what_was_done(filled: Client, noor: Contact) -> None:
    response = filled.post(url_of(give_voucher(noor), "apply"), headers=HTMX)

    assert response.status_code == 200
    assert response["HX-Trigger"] == "redeemed"
    page = text_of(response)
    assert page.startswith('<article class="dish offer-page" id="dish">')
    assert "10% off was added to your basket." in page


def test_redeeming_twice_is_one_offer(filled: Client, noor: Contact) -> None:
    ten = give_voucher(noor)

    answers = [filled.post(url_of(ten, "apply")).status_code for _press in range(2)]

    assert answers == [303, 303]
    assert AppliedOffer.objects.count() == 1


def test_the_item_comes_along_with_what_was_chosen(
    noors_phone: Client, noor: Contact, table: Table, soup: Product
) -> None:
    bread = ModifierGroupFactory.create(restaurant=table.restaurant, name="Bread?", min_choices=1, max_choices=1)
    rye = ModifierFactory.create(group=bread, name="Rye", price_cents=0)
    ProductModifierGroupFactory.create(product=soup, group=bread)
    free = free_soup(noor)

    refused = noors_phone.post(url_of(free, "apply"), {"product": soup.pk})
    done = noors_phone.post(url_of(free, "apply"), {"product": soup.pk, f"modifier-{bread.pk}": rye.pk})

    assert refused.status_code == 422
    assert "Please choose: Bread." in text_of(refused)
    assert done.status_code == 303
    page = read(noors_phone)
    assert re.search(r"<s>.*?€12\.00</s> €0\.00", page)
    assert "Rye" in page


def test_a_refused_choice_writes_nothing_and_keeps_what_was_typed(
    noors_phone: Client, noor: Contact, table: Table, soup: Product
) -> None:
    sauce = ModifierGroupFactory.create(restaurant=table.restaurant, name="Sauce", max_choices=1)
    first, second = (ModifierFactory.create(group=sauce, name=name) for name in ("Green", "Red"))
    ProductModifierGroupFactory.create(product=soup, group=sauce)
    free = free_soup(noor)

    response = noors_phone.post(
        url_of(free, "apply"), {"product": soup.pk, f"modifier-{sauce.pk}": [first.pk, second.pk]}, headers=HTMX
    )

    assert response.status_code == 422
    assert text_of(response).count(" checked") == 2
    assert not AppliedOffer.objects.exists()
    assert not LineItem.objects.exists()
    assert Voucher.objects.get().locked_until is None


def test_of_several_items_one_must_be_chosen(noors_phone: Client, noor: Contact, table: Table, soup: Product) -> None:
    ProductFactory.create(restaurant=table.restaurant, sku="BREAD", name="Bread", price_cents=400)
    either = give_voucher(noor, attributes={"discount_type": "free_item", "product_code": "SOUP,BREAD"})

    refused = noors_phone.post(url_of(either, "apply"))
    noors_phone.post(url_of(either, "apply"), {"product": soup.pk})

    assert refused.status_code == 422
    assert "Choose what you would like." in text_of(refused)
    assert LineItem.objects.get().name == "Soup"


def test_the_line_that_was_picked_is_the_one_discounted(filled: Client, noor: Contact, soup: Product) -> None:
    bread = ProductFactory.create(restaurant=soup.restaurant, name="Bread", price_cents=400)
    bread.categories.set(soup.categories.all())
    filled.post("/basket/add/", {"product": bread.pk})
    half = give_voucher(
        noor, attributes={"discount_type": "percentage_discount", "discount_value": "50", "category": "starters"}
    )

    filled.post(url_of(half, "apply"), {"line": LineItem.objects.get(name="Soup").pk})

    assert re.search(r"<s>.*?€24\.00</s> €18\.00", read(filled))


def test_a_code_open_to_whoever_has_it_is_redeemed(filled: Client, noor: Contact) -> None:
    found = give_voucher(None, "From the window", code="WINDOW", code_key="WINDOW")

    response = filled.post(url_of(found, "apply"))

    assert response.status_code == 303
    assert "From the window" in read(filled)


def test_an_exclusive_offer_says_whose_place_it_took(filled: Client, noor: Contact) -> None:
    filled.post(url_of(give_voucher(noor, "Small one"), "apply"))
    alone = give_voucher(
        noor, "Alone", attributes={"discount_type": "percentage_discount", "discount_value": "50", "exclusive": True}
    )

    filled.post(url_of(alone, "apply"))

    assert "It took the place of Small one." in read(filled)
    assert AppliedOffer.objects.live().get().name == "Alone"


def test_what_does_not_fit_the_basket_is_a_conflict_and_not_held(filled: Client, noor: Contact) -> None:
    large = give_voucher(
        noor, "Large", attributes={"discount_type": "absolute_discount", "discount_value": "5", "minimum_cents": 3000}
    )

    for headers in ({}, HTMX):
        response = filled.post(url_of(large, "apply"), headers=headers)

        assert response.status_code == 409
        assert "Large needs €6.00 more." in text_of(response)
    assert not AppliedOffer.objects.exists()
    assert Voucher.objects.get().locked_until is None


def test_what_another_phone_holds_is_told_with_its_time(filled: Client, table: Table, noor: Contact) -> None:
    ten = give_voucher(noor)
    other = Client()
    seat_member(other, table, noor)
    other.post("/basket/add/", {"product": Product.objects.get().pk})
    other.post(url_of(ten, "apply"))

    response = filled.post(url_of(ten, "apply"))

    assert response.status_code == 409
    assert "until 7:45 p.m." in text_of(response)
    assert AppliedOffer.objects.count() == 1


def test_an_address_not_proven_yet_spends_nothing(client: Client, table: Table, noor: Contact, soup: Product) -> None:
    seat_member(client, table, noor, is_verified=False)
    reward = offer_reward("Soup", 100, product_code="SOUP")
    ten = give_voucher(noor)

    answers = [
        client.post(url_of(ten, "apply")),
        client.post(url_of(reward, "apply"), {"purchase_key": "key", "product": soup.pk}),
    ]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert "Enter the code" in text_of(answers[0])
    assert (AppliedOffer.objects.count(), RewardReception.objects.count()) == (0, 0)


def test_while_ordering_is_paused_nothing_is_held_or_bought(filled: Client, table: Table, noor: Contact) -> None:
    reward, ten = offer_reward("Soup", 100, product_code="SOUP"), give_voucher(noor)
    type(table.restaurant).objects.update(ordering="paused")

    answers = [filled.post(url_of(row, "apply"), {"purchase_key": "key"}) for row in (ten, reward)]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert (AppliedOffer.objects.count(), RewardReception.objects.count()) == (0, 0)


def test_with_the_programme_away_nothing_changes(filled: Client, noor: Contact, settings: Settings) -> None:
    ten = give_voucher(noor)
    settings.LOYALTY_BACKEND = AWAY

    response = filled.post(url_of(ten, "apply"), headers=HTMX)

    assert response.status_code == 503
    assert response["HX-Reswap"] == "outerHTML"
    assert "The rewards cannot be reached right now." in text_of(response)
    assert not AppliedOffer.objects.exists()
