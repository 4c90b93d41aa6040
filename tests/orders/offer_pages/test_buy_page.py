"""Rewards bought through their pages, and purchases undone."""

import re

from django.test import Client

from loyalty.models import Contact, RewardReception
from menu.models import Product, Table
from orders.models import AppliedOffer, LineItem
from tests.factories import NOW, CategoryFactory, ModifierFactory, ModifierGroupFactory, ProductModifierGroupFactory
from tests.loyalty.factories import member
from tests.orders.logins import HTMX
from tests.orders.members import give_reward, offer_reward, text_of, url_of
from tests.orders.offer_pages.reading import read


def test_a_reward_is_bought_once_however_often_the_form_is_sent(
    noors_phone: Client, noor: Contact, soup: Product
) -> None:
    reward = offer_reward("Soup", 100, product_code="SOUP", stock=1)
    form = {"purchase_key": "the-same", "product": soup.pk}

    answers = [noors_phone.post(url_of(reward, "apply"), form) for _press in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    noor.refresh_from_db()
    assert (noor.balance, RewardReception.objects.count(), AppliedOffer.objects.live().count()) == (20, 1, 1)
    page = read(noors_phone)
    assert page.count("Soup was added to your basket.") == 2
    assert re.search(r"<s>.*?€12\.00</s> €0\.00", page)


def test_after_buying_the_sheet_says_what_is_left(noors_phone: Client, noor: Contact, soup: Product) -> None:
    reward = offer_reward("Soup", 100, product_code="SOUP")

    response = noors_phone.post(url_of(reward, "apply"), {"purchase_key": "key", "product": soup.pk}, headers=HTMX)

    assert "You have 20 points left." in text_of(response)


def test_not_enough_points_buys_nothing(noors_phone: Client, noor: Contact, soup: Product) -> None:
    reward = offer_reward("Soup", 160, product_code="SOUP")

    response = noors_phone.post(url_of(reward, "apply"), {"purchase_key": "key", "product": soup.pk})

    assert response.status_code == 409
    assert "40 points missing" in text_of(response)
    noor.refresh_from_db()
    assert noor.balance == 120


def test_a_reward_that_ran_out_between_showing_and_buying_costs_nothing(
    noors_phone: Client, noor: Contact, soup: Product
) -> None:
    reward = offer_reward("Soup", 100, product_code="SOUP", stock=1)
    read(noors_phone, url_of(reward))
    type(reward).objects.update(stock=0)

    response = noors_phone.post(url_of(reward, "apply"), {"purchase_key": "key", "product": soup.pk})

    assert response.status_code == 409
    assert "This reward is out of stock. Your points are untouched." in text_of(response)
    noor.refresh_from_db()
    assert noor.balance == 120


def test_a_choice_that_is_missing_is_asked_for_before_a_point_is_spent(
    noors_phone: Client, noor: Contact, table: Table, soup: Product
) -> None:
    bread = ModifierGroupFactory.create(restaurant=table.restaurant, name="Bread?", min_choices=1, max_choices=1)
    ModifierFactory.create(group=bread, name="Rye")
    ProductModifierGroupFactory.create(product=soup, group=bread)
    reward = offer_reward("Soup", 100, product_code="SOUP")

    response = noors_phone.post(url_of(reward, "apply"), {"purchase_key": "key", "product": soup.pk})

    assert response.status_code == 422
    assert 'name="purchase_key" value="key"' in text_of(response)
    assert not RewardReception.objects.exists()


def test_a_reward_that_does_nothing_here_cannot_be_bought(noors_phone: Client, noor: Contact) -> None:
    reward = offer_reward("Mug", 100, product_code="MUG")

    response = noors_phone.post(url_of(reward, "apply"), {"purchase_key": "key"})

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


def test_without_a_key_nothing_is_bought(noors_phone: Client, soup: Product) -> None:
    reward = offer_reward("Soup", 100, product_code="SOUP")

    response = noors_phone.post(url_of(reward, "apply"), {"product": soup.pk})

    assert response.status_code == 409
    assert not RewardReception.objects.exists()


def test_a_purchase_is_undone_and_its_item_leaves(noors_phone: Client, noor: Contact, soup: Product) -> None:
    noors_phone.post(
        url_of(offer_reward("Soup", 100, product_code="SOUP"), "apply"), {"purchase_key": "k", "product": soup.pk}
    )
    bought = RewardReception.objects.get()

    answers = [noors_phone.post(url_of(bought, "undo")) for _press in range(2)]

    assert [(answer.status_code, answer["Location"]) for answer in answers] == [(303, "/offers/")] * 2
    assert "Your points are back. Balance: 120 points" in read(noors_phone, "/offers/")
    assert not LineItem.objects.exists()


def test_somebody_elses_purchase_is_not_undone(noors_phone: Client) -> None:
    theirs = give_reward(member())

    assert noors_phone.post(url_of(theirs, "undo")).status_code == 404
    theirs.refresh_from_db()
    assert theirs.reversed_at is None


def test_a_reward_collected_already_cannot_be_undone(noors_phone: Client, noor: Contact) -> None:
    collected = give_reward(noor, collected_at=None)
    RewardReception.objects.update(collected_at=NOW)

    response = noors_phone.post(url_of(collected, "undo"))

    assert response.status_code == 409
    assert "This reward cannot be given back any more." in text_of(response)
