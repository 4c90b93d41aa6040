"""Offers used: redeemed and bought through the pages, told in the basket, taken off, and earned with on the order's page."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from loyalty.models import Contact, RewardReception, Tier, Voucher
from menu.models import Product, Table
from orders import settlement
from orders.models import AppliedOffer, LineItem, Order
from tests.factories import (
    NOW,
    CategoryFactory,
    ModifierFactory,
    ModifierGroupFactory,
    ProductFactory,
    ProductModifierGroupFactory,
)
from tests.loyalty.factories import member
from tests.orders.logins import AWAY, HTMX
from tests.orders.members import give_reward, give_voucher, offer_reward, seat_member, text_of, url_of


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """Half past seven on a Wednesday evening in Amsterdam, until a test moves on."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def noor(db: None) -> Contact:
    """A member with 120 points."""
    return member(120, email="noor@example.com")


@pytest.fixture
def phone(client: Client, table: Table, noor: Contact) -> Client:
    """Noor's phone at the table."""
    seat_member(client, table, noor)
    return client


@pytest.fixture
def soup(table: Table) -> Product:
    starters = CategoryFactory.create(restaurant=table.restaurant, slug="starters")
    made: Product = ProductFactory.create(
        restaurant=table.restaurant, sku="SOUP", name="Soup", price_cents=1200, categories=[starters]
    )
    return made


@pytest.fixture
def filled(phone: Client, soup: Product) -> Client:
    """Noor's phone with two soups in the basket: 24.00."""
    phone.post("/basket/add/", {"product": soup.pk, "quantity": 2})
    return phone


def later(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


def read(client: Client, url: str = "/basket/") -> str:
    response = client.get(url)
    assert response.status_code == 200
    return text_of(response)


def free_soup(contact: Contact, **fields: object) -> Voucher:
    return give_voucher(
        contact, "Soup for free", attributes={"discount_type": "free_item", "product_code": "SOUP"}, **fields
    )


# Redeeming ------------------------------------------------------------------------------------------------------------


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


def test_the_item_comes_along_with_what_was_chosen(phone: Client, noor: Contact, table: Table, soup: Product) -> None:
    bread = ModifierGroupFactory.create(restaurant=table.restaurant, name="Bread?", min_choices=1, max_choices=1)
    rye = ModifierFactory.create(group=bread, name="Rye", price_cents=0)
    ProductModifierGroupFactory.create(product=soup, group=bread)
    free = free_soup(noor)

    refused = phone.post(url_of(free, "apply"), {"product": soup.pk})
    done = phone.post(url_of(free, "apply"), {"product": soup.pk, f"modifier-{bread.pk}": rye.pk})

    assert refused.status_code == 422
    assert "Please choose: Bread." in text_of(refused)
    assert done.status_code == 303
    page = read(phone)
    assert re.search(r"<s>.*?€12\.00</s> €0\.00", page)
    assert "Rye" in page


def test_a_refused_choice_writes_nothing_and_keeps_what_was_typed(
    phone: Client, noor: Contact, table: Table, soup: Product
) -> None:
    sauce = ModifierGroupFactory.create(restaurant=table.restaurant, name="Sauce", max_choices=1)
    first, second = (ModifierFactory.create(group=sauce, name=name) for name in ("Green", "Red"))
    ProductModifierGroupFactory.create(product=soup, group=sauce)
    free = free_soup(noor)

    response = phone.post(
        url_of(free, "apply"), {"product": soup.pk, f"modifier-{sauce.pk}": [first.pk, second.pk]}, headers=HTMX
    )

    assert response.status_code == 422
    assert text_of(response).count(" checked") == 2
    assert not AppliedOffer.objects.exists()
    assert not LineItem.objects.exists()
    assert Voucher.objects.get().locked_until is None


def test_of_several_items_one_must_be_chosen(phone: Client, noor: Contact, table: Table, soup: Product) -> None:
    ProductFactory.create(restaurant=table.restaurant, sku="BREAD", name="Bread", price_cents=400)
    either = give_voucher(noor, attributes={"discount_type": "free_item", "product_code": "SOUP,BREAD"})

    refused = phone.post(url_of(either, "apply"))
    phone.post(url_of(either, "apply"), {"product": soup.pk})

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


# Buying ---------------------------------------------------------------------------------------------------------------


def test_a_reward_is_bought_once_however_often_the_form_is_sent(phone: Client, noor: Contact, soup: Product) -> None:
    reward = offer_reward("Soup", 100, product_code="SOUP", stock=1)
    form = {"purchase_key": "the-same", "product": soup.pk}

    answers = [phone.post(url_of(reward, "apply"), form) for _press in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    noor.refresh_from_db()
    assert (noor.balance, RewardReception.objects.count(), AppliedOffer.objects.live().count()) == (20, 1, 1)
    page = read(phone)
    assert page.count("Soup was added to your basket.") == 2
    assert re.search(r"<s>.*?€12\.00</s> €0\.00", page)


def test_after_buying_the_sheet_says_what_is_left(phone: Client, noor: Contact, soup: Product) -> None:
    reward = offer_reward("Soup", 100, product_code="SOUP")

    response = phone.post(url_of(reward, "apply"), {"purchase_key": "key", "product": soup.pk}, headers=HTMX)

    assert "You have 20 points left." in text_of(response)


def test_not_enough_points_buys_nothing(phone: Client, noor: Contact, soup: Product) -> None:
    reward = offer_reward("Soup", 160, product_code="SOUP")

    response = phone.post(url_of(reward, "apply"), {"purchase_key": "key", "product": soup.pk})

    assert response.status_code == 409
    assert "40 points missing" in text_of(response)
    noor.refresh_from_db()
    assert noor.balance == 120


def test_a_reward_that_ran_out_between_showing_and_buying_costs_nothing(
    phone: Client, noor: Contact, soup: Product
) -> None:
    reward = offer_reward("Soup", 100, product_code="SOUP", stock=1)
    read(phone, url_of(reward))
    type(reward).objects.update(stock=0)

    response = phone.post(url_of(reward, "apply"), {"purchase_key": "key", "product": soup.pk})

    assert response.status_code == 409
    assert "This reward is out of stock. Your points are untouched." in text_of(response)
    noor.refresh_from_db()
    assert noor.balance == 120


def test_a_choice_that_is_missing_is_asked_for_before_a_point_is_spent(
    phone: Client, noor: Contact, table: Table, soup: Product
) -> None:
    bread = ModifierGroupFactory.create(restaurant=table.restaurant, name="Bread?", min_choices=1, max_choices=1)
    ModifierFactory.create(group=bread, name="Rye")
    ProductModifierGroupFactory.create(product=soup, group=bread)
    reward = offer_reward("Soup", 100, product_code="SOUP")

    response = phone.post(url_of(reward, "apply"), {"purchase_key": "key", "product": soup.pk})

    assert response.status_code == 422
    assert 'name="purchase_key" value="key"' in text_of(response)
    assert not RewardReception.objects.exists()


def test_a_reward_that_does_nothing_here_cannot_be_bought(phone: Client, noor: Contact) -> None:
    reward = offer_reward("Mug", 100, product_code="MUG")

    response = phone.post(url_of(reward, "apply"), {"purchase_key": "key"})

    assert response.status_code == 409
    assert "Your points are untouched." in text_of(response)
    assert not RewardReception.objects.exists()


def test_a_reward_that_does_not_fit_the_basket_yet_waits(filled: Client, noor: Contact, table: Table) -> None:
    CategoryFactory.create(restaurant=table.restaurant, slug="desserts")
    reward = offer_reward("Any dessert", 100, category="desserts")

    asked = read(filled, url_of(reward))
    filled.post(url_of(reward, "apply"), {"purchase_key": "key"})

    assert "Until then it waits among your offers." in asked
    page = read(filled)
    assert "Any dessert is yours now. It waits among your offers:" in page
    assert RewardReception.objects.count() == 1
    assert not AppliedOffer.objects.exists()


def test_without_a_key_nothing_is_bought(phone: Client, soup: Product) -> None:
    reward = offer_reward("Soup", 100, product_code="SOUP")

    response = phone.post(url_of(reward, "apply"), {"product": soup.pk})

    assert response.status_code == 409
    assert not RewardReception.objects.exists()


def test_a_purchase_is_undone_and_its_item_leaves(phone: Client, noor: Contact, soup: Product) -> None:
    phone.post(
        url_of(offer_reward("Soup", 100, product_code="SOUP"), "apply"), {"purchase_key": "k", "product": soup.pk}
    )
    bought = RewardReception.objects.get()

    answers = [phone.post(url_of(bought, "undo")) for _press in range(2)]

    assert [(answer.status_code, answer["Location"]) for answer in answers] == [(303, "/offers/")] * 2
    assert "Your points are back. Balance: 120 points" in read(phone, "/offers/")
    assert not LineItem.objects.exists()


def test_somebody_elses_purchase_is_not_undone(phone: Client) -> None:
    theirs = give_reward(member())

    assert phone.post(url_of(theirs, "undo")).status_code == 404
    theirs.refresh_from_db()
    assert theirs.reversed_at is None


def test_a_reward_collected_already_cannot_be_undone(phone: Client, noor: Contact) -> None:
    collected = give_reward(noor, collected_at=None)
    RewardReception.objects.update(collected_at=NOW)

    response = phone.post(url_of(collected, "undo"))

    assert response.status_code == 409
    assert "This reward cannot be given back any more." in text_of(response)


# In the basket --------------------------------------------------------------------------------------------------------


def test_the_basket_shows_what_is_on_it_and_what_else_there_is(filled: Client, noor: Contact) -> None:
    filled.post(url_of(give_voucher(noor, "Ten off"), "apply"))
    give_voucher(noor, "Another one")

    page = read(filled)

    assert re.search(r'Take off<span class="vh"> Ten off', page)
    assert re.search(r'Redeem<span class="vh"> Another one', page)
    assert re.search(r'href="/offers/">See all', page)


def test_an_empty_basket_still_offers(phone: Client, noor: Contact, soup: Product) -> None:
    free_soup(noor)

    assert "Soup for free" in read(phone)


def test_a_stranger_earns_and_is_offered_nothing(diner: Client, soup: Product) -> None:
    diner.post("/basket/add/", {"product": soup.pk})

    page = read(diner)

    assert "points" not in page
    assert "Your offers" not in page


def test_a_tier_multiplies_what_is_to_be_earned(filled: Client, noor: Contact) -> None:
    noor.move_to_tier(Tier.objects.create(name="Gold", multiplier="1.5"), now=NOW)

    assert "+36 points" in read(filled)


def test_withdrawing_takes_the_item_along_and_is_harmless_twice(phone: Client, noor: Contact, soup: Product) -> None:
    free = free_soup(noor)
    phone.post(url_of(free, "apply"), {"product": soup.pk})

    answers = [phone.post(url_of(free, "withdraw")) for _press in range(2)]

    assert [(answer.status_code, answer["Location"]) for answer in answers] == [(303, "/basket/")] * 2
    assert "Soup for free was taken off your basket." in read(phone)
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


# The order's page -----------------------------------------------------------------------------------------------------


def place(client: Client) -> Order:
    """Order with payment at the counter."""
    page = read(client, "/checkout/")
    form = {
        name: re.findall(rf'name="{name}" value="([^"]*)"', page)[0] for name in ("checkout_key", "shown_total_cents")
    }
    assert client.post("/checkout/", {**form, "method": "counter", "tip": "0"}).status_code == 303
    return Order.objects.get()


def test_an_order_to_be_paid_at_the_counter_says_what_it_will_earn(filled: Client, noor: Contact) -> None:
    filled.post(url_of(give_voucher(noor), "apply"))

    order = place(filled)

    assert "You will earn 21 points when you pay" in read(filled, order.get_absolute_url())


def test_a_paid_order_says_what_it_earned_and_the_new_balance(filled: Client, noor: Contact) -> None:
    filled.post(url_of(give_voucher(noor), "apply"))
    order = place(filled)
    settlement.mark_paid(order, by="anna", now=NOW)

    page = read(filled, order.get_absolute_url())

    assert "You earned 21 points" in page
    assert "Your new balance: 141 points" in page
    assert 'data-count-from="120" data-count-to="141"' in page


def test_whoever_looks_while_points_are_added_gets_them_by_polling(
    filled: Client, noor: Contact, settings: Settings, clock: time_machine.Traveller
) -> None:
    order = place(filled)
    settings.LOYALTY_BACKEND = AWAY
    settlement.mark_paid(order, by="anna", now=NOW)
    url = order.get_absolute_url()

    before = read(filled, url)
    same = filled.get(f"{url}?seen=paid-received", headers=HTMX)
    clock.move_to(later(2))
    patient = read(filled, url)
    settings.LOYALTY_BACKEND = "embedded"
    settlement.settle_paid(now=later(2))
    after = filled.get(f"{url}?seen=paid-received", headers=HTMX)

    assert "Your points are being added." in before
    assert 'hx-trigger="every 4s"' in before
    assert same.status_code == 204
    assert "Your points are not lost" in patient
    assert "You earned 24 points" in text_of(after)


def test_points_are_nobody_elses_business(filled: Client, table: Table) -> None:
    order = place(filled)
    settlement.mark_paid(order, by="anna", now=NOW)
    stranger = Client()
    stranger.get(f"/t/{table.code}/")

    page = read(stranger, order.get_absolute_url())

    assert "points" not in page
    assert "Join in a minute" not in page


def test_whoever_is_no_member_is_invited_quietly(diner: Client, soup: Product) -> None:
    diner.post("/basket/add/", {"product": soup.pk})

    page = read(diner, place(diner).get_absolute_url())

    assert "Join in a minute" in page
    assert "You earned" not in page


def test_a_cancelled_order_says_nothing_of_points(filled: Client) -> None:
    order = place(filled)
    Order.objects.update(kitchen_state="cancelled")

    assert "You will earn" not in read(filled, order.get_absolute_url())
