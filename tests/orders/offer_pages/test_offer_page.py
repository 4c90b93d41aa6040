"""The page of one offer, which asks before anything is done."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from loyalty.models import Contact, Voucher
from menu.models import Product, Table
from orders.models import AppliedOffer, Guest, Order
from tests.factories import (
    NOW,
    ModifierFactory,
    ModifierGroupFactory,
    ProductFactory,
    ProductModifierGroupFactory,
    VariantFactory,
)
from tests.loyalty.factories import member
from tests.orders.logins import AWAY
from tests.orders.members import give_voucher, offer_reward, seat_member, url_of
from tests.orders.offer_pages.reading import item_with, read


def test_a_voucher_asks_first_and_writes_nothing(noors_phone: Client, noor: Contact) -> None:
    ten = give_voucher(noor)

    page = read(noors_phone, url_of(ten))

    assert "Do you want to redeem this voucher now?" in page
    assert "You can only use this voucher once." in page
    assert "It counts for everything you add to your basket from now on." in page
    assert (Order.objects.count(), AppliedOffer.objects.count()) == (0, 0)
    assert Voucher.objects.get().locked_until is None


def test_a_voucher_of_several_uses_says_how_many_are_left(noors_phone: Client, noor: Contact) -> None:
    several = give_voucher(noor, total_redemptions_allowed=3, times_redeemed=1)

    page = read(noors_phone, url_of(several))

    assert "You can use this voucher 2 more times." in page
    assert "only use this voucher once" not in page


def test_the_page_says_what_it_takes_off_this_basket(noors_phone: Client, noor: Contact, soup: Product) -> None:
    noors_phone.post("/basket/add/", {"product": soup.pk, "quantity": 2})
    ten = give_voucher(noor)

    assert "It takes €2.40 off your basket." in read(noors_phone, url_of(ten))


def test_what_is_in_the_way_is_told_in_place_of_the_button(noors_phone: Client, noor: Contact, soup: Product) -> None:
    noors_phone.post("/basket/add/", {"product": soup.pk})
    large = give_voucher(
        noor, "Large", attributes={"discount_type": "absolute_discount", "discount_value": "5", "minimum_cents": 2000}
    )

    page = read(noors_phone, url_of(large))

    assert "Large needs €8.00 more." in page
    assert "Redeem now" not in page


def test_an_item_that_comes_along_asks_its_choices(
    noors_phone: Client, noor: Contact, table: Table, soup: Product
) -> None:
    bread = ModifierGroupFactory.create(restaurant=table.restaurant, name="Bread?", min_choices=1, max_choices=1)
    ModifierFactory.create(group=bread, name="Rye")
    ProductModifierGroupFactory.create(product=soup, group=bread)
    free = give_voucher(noor, attributes={"discount_type": "free_item", "product_code": "SOUP"})

    page = read(noors_phone, url_of(free))

    assert "Soup is added to your basket, free of charge." in page
    assert re.search(r"<legend>.*?Bread\?.*?required", page)
    assert re.search(r'type="radio" name="modifier-\d+" value="\d+" required', page)


def test_one_of_several_items_is_asked_for_and_then_its_sizes(
    noors_phone: Client, noor: Contact, table: Table, soup: Product
) -> None:
    tea = ProductFactory.create(restaurant=table.restaurant, sku="TEA", name="Tea", price_cents=None)
    VariantFactory.create(product=tea, name="Pot", sku="TEA-POT", price_cents=600)
    free = give_voucher(noor, attributes={"discount_type": "free_item", "product_code": "SOUP, TEA"})

    first = read(noors_phone, url_of(free))
    then = read(noors_phone, f"{url_of(free)}?product={tea.pk}")

    assert "What would you like?" in first
    assert "modifier-size" not in first
    assert 'name="modifier-size"' in then
    assert re.search(rf'name="product" value="{tea.pk}" required checked', then)


def test_of_a_sized_item_only_the_size_the_offer_names_is_asked(
    noors_phone: Client, noor: Contact, table: Table
) -> None:
    tea = ProductFactory.create(restaurant=table.restaurant, sku="TEA", name="Tea", price_cents=None)
    VariantFactory.create(product=tea, name="Cup", sku="TEA-CUP", price_cents=300)
    VariantFactory.create(product=tea, name="Pot", sku="TEA-POT", price_cents=600)
    free = give_voucher(noor, attributes={"discount_type": "free_item", "product_code": "TEA-POT"})

    page = read(noors_phone, url_of(free))

    assert "Pot" in page
    assert "Cup" not in page


def test_the_line_is_asked_for_where_several_could_be_meant(noors_phone: Client, noor: Contact, soup: Product) -> None:
    cheap = ProductFactory.create(restaurant=soup.restaurant, name="Bread", price_cents=400)
    cheap.categories.set(soup.categories.all())
    for product in (soup, cheap):
        noors_phone.post("/basket/add/", {"product": product.pk})
    half = give_voucher(
        noor, attributes={"discount_type": "percentage_discount", "discount_value": "50", "category": "starters"}
    )

    page = read(noors_phone, url_of(half))

    bread_line = Order.objects.get().lines.get(name="Bread").pk
    assert "For which one?" in page
    assert re.search(rf'name="line" value="{bread_line}" checked', page)


def test_a_sold_out_item_cannot_be_had(noors_phone: Client, noor: Contact, soup: Product) -> None:
    Product.objects.update(sold_out_since=NOW)
    free = give_voucher(noor, attributes={"discount_type": "free_item", "product_code": "SOUP"})

    page = read(noors_phone, url_of(free))

    assert "Soup cannot be had at the moment." in page
    assert "Redeem now" not in page


def test_a_free_item_that_would_not_reach_its_minimum_is_refused_before_it_is_added(
    noors_phone: Client, noor: Contact, soup: Product
) -> None:
    free = give_voucher(
        noor, "Soup", attributes={"discount_type": "free_item", "product_code": "SOUP", "minimum_cents": 3000}
    )

    assert "Soup needs €18.00 more." in read(noors_phone, url_of(free))
    assert noors_phone.post(url_of(free, "apply"), {"product": soup.pk}).status_code == 409
    assert not Order.objects.filter(lines__isnull=False).exists()


def test_an_exclusive_offer_says_what_it_would_replace(noors_phone: Client, noor: Contact, soup: Product) -> None:
    noors_phone.post("/basket/add/", {"product": soup.pk})
    noors_phone.post(url_of(give_voucher(noor, "Small one"), "apply"))
    alone = give_voucher(
        noor, attributes={"discount_type": "percentage_discount", "discount_value": "50", "exclusive": True}
    )

    assert "It takes the place of Small one" in read(noors_phone, url_of(alone))


def test_a_reward_says_its_price_and_what_is_left_and_has_a_key_of_its_own(
    noors_phone: Client, noor: Contact, soup: Product
) -> None:
    reward = offer_reward("Soup", 100, product_code="SOUP")

    pages = [read(noors_phone, url_of(reward)) for _look in range(2)]

    assert "It costs 100 points. After that you have 20 points left." in pages[0]
    assert "Buy for 100 points" in pages[0]
    keys = {re.findall(r'name="purchase_key" value="([0-9a-f]{32})"', page)[0] for page in pages}
    assert len(keys) == 2


def test_a_reward_out_of_reach_says_what_is_missing(noors_phone: Client, noor: Contact, soup: Product) -> None:
    reward = offer_reward("Soup", 160, product_code="SOUP")

    page = read(noors_phone, url_of(reward))

    assert "40 points missing" in page
    assert "purchase_key" not in page


def test_before_the_address_is_proven_the_page_leads_to_the_code(client: Client, table: Table, noor: Contact) -> None:
    seat_member(client, table, noor, is_verified=False)
    ten = give_voucher(noor)

    page = read(client, url_of(ten))

    assert f'href="/identify/code/?next={url_of(ten)}"' in page
    assert "Redeem now" not in page
    assert "confirm your e-mail address first" in read(client, "/offers/")


def test_another_phone_has_it(noors_phone: Client, table: Table, noor: Contact, soup: Product) -> None:
    ten = give_voucher(noor)
    other = Client()
    seat_member(other, table, noor)
    other.post("/basket/add/", {"product": soup.pk})
    other.post(url_of(ten, "apply"))

    page = read(noors_phone, url_of(ten))

    assert "It is held for another order until 7:45 p.m." in page
    assert "Redeem now" not in page
    assert "On another order until 7:45 p.m." in item_with(read(noors_phone, "/offers/"), "10% off")


def test_paused_ordering_says_so_in_place_of_the_button(noors_phone: Client, table: Table, noor: Contact) -> None:
    ten = give_voucher(noor)
    table.restaurant.ordering = "paused"
    table.restaurant.pause_message = "Back at eight."
    table.restaurant.save()

    page = read(noors_phone, url_of(ten))

    assert "Back at eight." in page
    assert "Redeem now" not in page


@pytest.mark.parametrize("kind", ["voucher", "collectable", "reward", "treasure"])
def test_what_is_not_there_or_not_theirs_is_not_found(noors_phone: Client, kind: str) -> None:
    theirs = give_voucher(member())

    for offer_id in (theirs.uuid, "0" * 32, "nothing"):
        assert noors_phone.get(f"/offers/{kind}/{offer_id}/").status_code == 404
        assert noors_phone.post(f"/offers/{kind}/{offer_id}/apply/", {"purchase_key": "k"}).status_code == 404
        assert noors_phone.post(f"/offers/{kind}/{offer_id}/withdraw/").status_code == 404
    assert AppliedOffer.objects.count() == 0


def test_ones_own_voucher_that_has_ended_says_so(noors_phone: Client, noor: Contact) -> None:
    ended = give_voucher(noor, expires_at=NOW - timedelta(days=1))

    assert "This voucher has expired." in read(noors_phone, url_of(ended))


def test_with_the_programme_away_the_page_says_so(noors_phone: Client, noor: Contact, settings: Settings) -> None:
    ten = give_voucher(noor)
    settings.LOYALTY_BACKEND = AWAY

    assert "The rewards cannot be reached right now." in read(noors_phone, url_of(ten), status=503)
    assert "cannot be shown right now" in read(noors_phone, "/offers/")


def test_nobody_who_opens_an_offer_is_led_to_signing_in(diner: Client, noor: Contact) -> None:
    ten = give_voucher(noor)

    response = diner.get(url_of(ten))
    posted = diner.post(url_of(ten, "apply"))

    assert response["Location"].startswith("/identify/?next=%2Foffers%2Fvoucher%2F")
    assert posted["Location"] == "/identify/?next=%2Foffers%2F"
    assert Guest.objects.count() == 0
