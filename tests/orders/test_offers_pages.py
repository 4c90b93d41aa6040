"""Offers shown: the block on the menu, all offers, a code typed in, and the page that asks before anything is done."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries, Settings

from loyalty.models import Contact, Voucher
from menu.models import Product, Table
from orders.models import AppliedOffer, Guest, Order
from tests.factories import (
    NOW,
    CategoryFactory,
    ModifierFactory,
    ModifierGroupFactory,
    ProductFactory,
    ProductModifierGroupFactory,
    VariantFactory,
)
from tests.loyalty.factories import member
from tests.orders.logins import AWAY
from tests.orders.members import give_reward, give_voucher, offer_reward, seat_member, text_of, url_of


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    """Half past seven on a Wednesday evening in Amsterdam."""
    with time_machine.travel(NOW, tick=False):
        yield


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


def read(client: Client, url: str, *, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status
    return text_of(response)


def item_with(page: str, words: str) -> str:
    """Return the list item of the page that says `words`."""
    return str(next(item for item in re.findall(r"<li class=\"coupon.*?</li>", page) if words in item))


# On the menu ----------------------------------------------------------------------------------------------------------


def test_whoever_is_not_signed_in_is_invited(diner: Client) -> None:
    page = read(diner, "/")

    assert re.search(r'<a class="join" href="/identify/">.*?Start earning rewards now!', page)
    assert "Balance:" not in page
    assert "css/offers.css" not in page


def test_without_a_table_nobody_is_invited(client: Client, table: Table) -> None:
    assert "Start earning rewards now!" not in read(client, f"/r/{table.restaurant.slug}/")


def test_a_member_sees_the_balance_and_what_is_free(phone: Client, noor: Contact, soup: Product) -> None:
    give_voucher(noor, "Evening treat", expires_at=NOW + timedelta(hours=3))
    give_reward(noor, "Soup for nothing", product_code="SOUP")
    offer_reward("Never on the menu", 50)

    response = phone.get("/")

    page = text_of(response)
    assert "Balance: 120 points" in page
    assert re.search(r'href="/offers/">See all', page)
    assert "Start earning rewards now!" not in page
    assert "ends today" in item_with(page, "Evening treat")
    assert 'Redeem<span class="vh"> Soup for nothing' in page
    assert "Never on the menu" not in page
    assert response["Cache-Control"] == "private, no-store"


def test_an_offer_with_a_picture_shows_it_before_asking(phone: Client, noor: Contact, soup: Product) -> None:
    voucher = give_voucher(noor, "Evening treat")
    voucher.promotion.media_url = "/media/offers/treat.webp"
    voucher.promotion.save()

    page = read(phone, f"/offers/voucher/{voucher.uuid}/")

    assert '<img class="offer-picture" src="/media/offers/treat.webp" alt=""' in page


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "ends today"),
        (1, "ends tomorrow"),
        (3, "ends on Saturday"),
        (30, "ends 3 July"),
        (300, "ends 30 March 2027"),
    ],
)
def test_the_end_is_told_in_words(phone: Client, noor: Contact, days: int, words: str) -> None:
    give_voucher(noor, expires_at=NOW + timedelta(days=days, hours=4))  # half past eleven in the evening

    assert words in item_with(read(phone, "/"), "10% off")


def test_midnight_ends_the_day_before(phone: Client, noor: Contact) -> None:
    give_voucher(noor, expires_at=NOW.replace(hour=22, minute=0))  # midnight in Amsterdam

    assert "ends today" in item_with(read(phone, "/"), "10% off")


def test_the_stub_says_what_it_is_worth(phone: Client, noor: Contact, soup: Product) -> None:
    give_voucher(noor, "Percent", attributes={"discount_type": "percentage_discount", "discount_value": "12.5"})
    give_voucher(noor, "Round", attributes={"discount_type": "absolute_discount", "discount_value": "5"})
    give_voucher(noor, "Odd", attributes={"discount_type": "absolute_discount", "discount_value": "2.50"})
    give_voucher(noor, "Nothing", attributes={"discount_type": "free_item", "product_code": "SOUP"})

    page = read(phone, "/")

    stubs = {name: item_with(page, name) for name in ("Percent", "Round", "Odd", "Nothing")}
    assert '<p class="stub">−12.5%</p>' in stubs["Percent"]
    assert '<p class="stub">−€5</p>' in stubs["Round"]
    assert '<p class="stub">−€2.50</p>' in stubs["Odd"]
    assert '<p class="stub">Free</p>' in stubs["Nothing"]


@pytest.mark.parametrize("vouchers", [5, 50])
def test_the_menu_of_a_member_takes_the_same_queries_for_few_vouchers_as_for_many(
    phone: Client,
    noor: Contact,
    soup: Product,
    vouchers: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(vouchers):
        give_voucher(noor, f"Soup {number}", attributes={"discount_type": "free_item", "product_code": "SOUP"})
    give_reward(noor, category="starters")
    phone.get("/")  # the product list is kept from now on

    with django_assert_max_num_queries(8):
        response = phone.get("/")

    assert text_of(response).count('<li class="coupon') == min(vouchers + 1, 12)


def test_with_the_programme_away_the_menu_says_so_and_ordering_goes_on(
    phone: Client, table: Table, soup: Product, settings: Settings
) -> None:
    settings.LOYALTY_BACKEND = AWAY

    page = read(phone, "/")
    added = phone.post("/basket/add/", {"product": soup.pk})

    assert "Your points and offers cannot be shown right now." in page
    assert "Add Soup" in page
    assert added.status_code == 302
    assert "Your points and offers cannot be shown right now." in read(phone, "/basket/")


def test_a_member_of_the_past_sees_no_offers(phone: Client, noor: Contact) -> None:
    Contact.objects.update(erased_at=NOW)

    assert "Balance:" not in read(phone, "/")


# All offers -----------------------------------------------------------------------------------------------------------


def test_all_offers_are_there_free_ones_marked_and_rewards_priced(phone: Client, noor: Contact, soup: Product) -> None:
    give_voucher(noor, "Ten off")
    give_reward(noor, "Soup waiting", product_code="SOUP")
    offer_reward("Soup in reach", 100, product_code="SOUP")
    offer_reward("Soup too dear", 160, product_code="SOUP")

    page = read(phone, "/offers/")

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


def test_an_offer_that_would_do_nothing_here_says_so(phone: Client, noor: Contact) -> None:
    give_voucher(noor, "Elsewhere only", attributes={"discount_type": "free_item", "product_code": "NOT-HERE"})
    give_voucher(noor, "Nonsense", attributes={"discount_type": "percentage_discount", "discount_value": "lots"})

    page = read(phone, "/offers/")

    for name in ("Elsewhere only", "Nonsense"):
        assert "Does nothing on this menu" in item_with(page, name)
        assert "disabled" in item_with(page, name)
        assert name not in read(phone, "/")


def test_a_negative_balance_is_shown_as_it_is(phone: Client, noor: Contact) -> None:
    Contact.objects.update(balance=-15)

    assert "Balance: −15 points" in read(phone, "/offers/")


def test_all_offers_take_the_same_queries_for_few_as_for_many(phone: Client, noor: Contact, soup: Product) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as taken:
            phone.get("/offers/")
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


def test_the_addresses_take_their_own_method_only(phone: Client, noor: Contact) -> None:
    ten = give_voucher(noor)

    assert phone.post("/offers/").status_code == 405
    assert phone.get("/offers/code/").status_code == 405
    assert phone.post(url_of(ten)).status_code == 405
    assert phone.get(url_of(ten, "apply")).status_code == 405
    assert phone.get(url_of(ten, "withdraw")).status_code == 405
    assert phone.get(f"/offers/collectable/{ten.uuid}/undo/").status_code == 405


# A code typed in ------------------------------------------------------------------------------------------------------


def test_a_code_leads_to_the_voucher_however_it_is_typed(phone: Client) -> None:
    found = give_voucher(None, "From the window", code="FIREFINCH", code_key="FIREFINCH")

    response = phone.post("/offers/code/", {"code": " fire-finch "})

    assert (response.status_code, response["Location"]) == (303, url_of(found))
    assert "Do you want to redeem this voucher now?" in read(phone, url_of(found))


def test_an_unknown_code_and_somebody_elses_read_the_same(phone: Client) -> None:
    foreign = give_voucher(member(), "Not yours")

    answers = [phone.post("/offers/code/", {"code": code}) for code in ("NOBODYHASIT", foreign.code)]

    assert [answer.status_code for answer in answers] == [422, 422]
    pages = [text_of(answer) for answer in answers]
    assert all("We do not know this code." in page for page in pages)
    assert all("Not yours" not in page for page in pages)
    assert 'value="NOBODYHASIT"' in pages[0]


@pytest.mark.parametrize("code", ["", "   ", "x" * 61, "null\0byte"])
def test_what_can_be_no_code_is_refused_without_being_looked_up(phone: Client, code: str) -> None:
    response = phone.post("/offers/code/", {"code": code})

    assert response.status_code == 422


def test_ones_own_expired_or_used_code_says_so(phone: Client, noor: Contact) -> None:
    expired = give_voucher(noor, expires_at=NOW - timedelta(days=1))
    used = give_voucher(noor, times_redeemed=1)

    assert "This voucher has expired." in text_of(phone.post("/offers/code/", {"code": expired.code}))
    assert "This voucher has been used already." in text_of(phone.post("/offers/code/", {"code": used.code}))


def test_guessing_codes_is_slowed_down(phone: Client) -> None:
    for _guess in range(30):
        phone.post("/offers/code/", {"code": "GUESS"})

    response = phone.post("/offers/code/", {"code": "GUESS"})

    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert "That was a bit often." in text_of(response)


def test_a_code_sent_by_htmx_answers_the_form_alone(phone: Client) -> None:
    response = phone.post("/offers/code/", {"code": "NO"}, headers={"HX-Request": "true"})

    assert response.status_code == 422
    assert response.content.strip().startswith(b'<form class="by-code')


def test_a_code_while_the_programme_is_away_keeps_what_was_typed(phone: Client, settings: Settings) -> None:
    settings.LOYALTY_BACKEND = AWAY

    response = phone.post("/offers/code/", {"code": "FIREFINCH"})

    assert response.status_code == 503
    assert 'value="FIREFINCH"' in text_of(response)


# Asking first ---------------------------------------------------------------------------------------------------------


def test_a_voucher_asks_first_and_writes_nothing(phone: Client, noor: Contact) -> None:
    ten = give_voucher(noor)

    page = read(phone, url_of(ten))

    assert "Do you want to redeem this voucher now?" in page
    assert "You can only use this voucher once." in page
    assert "It counts for everything you add to your basket from now on." in page
    assert (Order.objects.count(), AppliedOffer.objects.count()) == (0, 0)
    assert Voucher.objects.get().locked_until is None


def test_a_voucher_of_several_uses_says_how_many_are_left(phone: Client, noor: Contact) -> None:
    several = give_voucher(noor, total_redemptions_allowed=3, times_redeemed=1)

    page = read(phone, url_of(several))

    assert "You can use this voucher 2 more times." in page
    assert "only use this voucher once" not in page


def test_the_page_says_what_it_takes_off_this_basket(phone: Client, noor: Contact, soup: Product) -> None:
    phone.post("/basket/add/", {"product": soup.pk, "quantity": 2})
    ten = give_voucher(noor)

    assert "It takes €2.40 off your basket." in read(phone, url_of(ten))


def test_what_is_in_the_way_is_told_in_place_of_the_button(phone: Client, noor: Contact, soup: Product) -> None:
    phone.post("/basket/add/", {"product": soup.pk})
    large = give_voucher(
        noor, "Large", attributes={"discount_type": "absolute_discount", "discount_value": "5", "minimum_cents": 2000}
    )

    page = read(phone, url_of(large))

    assert "Large needs €8.00 more." in page
    assert "Redeem now" not in page


def test_an_item_that_comes_along_asks_its_choices(phone: Client, noor: Contact, table: Table, soup: Product) -> None:
    bread = ModifierGroupFactory.create(restaurant=table.restaurant, name="Bread?", min_choices=1, max_choices=1)
    ModifierFactory.create(group=bread, name="Rye")
    ProductModifierGroupFactory.create(product=soup, group=bread)
    free = give_voucher(noor, attributes={"discount_type": "free_item", "product_code": "SOUP"})

    page = read(phone, url_of(free))

    assert "Soup is added to your basket, free of charge." in page
    assert re.search(r"<legend>.*?Bread\?.*?required", page)
    assert re.search(r'type="radio" name="modifier-\d+" value="\d+" required', page)


def test_one_of_several_items_is_asked_for_and_then_its_sizes(
    phone: Client, noor: Contact, table: Table, soup: Product
) -> None:
    tea = ProductFactory.create(restaurant=table.restaurant, sku="TEA", name="Tea", price_cents=None)
    VariantFactory.create(product=tea, name="Pot", sku="TEA-POT", price_cents=600)
    free = give_voucher(noor, attributes={"discount_type": "free_item", "product_code": "SOUP, TEA"})

    first = read(phone, url_of(free))
    then = read(phone, f"{url_of(free)}?product={tea.pk}")

    assert "What would you like?" in first
    assert "modifier-size" not in first
    assert 'name="modifier-size"' in then
    assert re.search(rf'name="product" value="{tea.pk}" required checked', then)


def test_of_a_sized_item_only_the_size_the_offer_names_is_asked(phone: Client, noor: Contact, table: Table) -> None:
    tea = ProductFactory.create(restaurant=table.restaurant, sku="TEA", name="Tea", price_cents=None)
    VariantFactory.create(product=tea, name="Cup", sku="TEA-CUP", price_cents=300)
    VariantFactory.create(product=tea, name="Pot", sku="TEA-POT", price_cents=600)
    free = give_voucher(noor, attributes={"discount_type": "free_item", "product_code": "TEA-POT"})

    page = read(phone, url_of(free))

    assert "Pot" in page
    assert "Cup" not in page


def test_the_line_is_asked_for_where_several_could_be_meant(phone: Client, noor: Contact, soup: Product) -> None:
    cheap = ProductFactory.create(restaurant=soup.restaurant, name="Bread", price_cents=400)
    cheap.categories.set(soup.categories.all())
    for product in (soup, cheap):
        phone.post("/basket/add/", {"product": product.pk})
    half = give_voucher(
        noor, attributes={"discount_type": "percentage_discount", "discount_value": "50", "category": "starters"}
    )

    page = read(phone, url_of(half))

    bread_line = Order.objects.get().lines.get(name="Bread").pk
    assert "For which one?" in page
    assert re.search(rf'name="line" value="{bread_line}" checked', page)


def test_a_sold_out_item_cannot_be_had(phone: Client, noor: Contact, soup: Product) -> None:
    Product.objects.update(sold_out_since=NOW)
    free = give_voucher(noor, attributes={"discount_type": "free_item", "product_code": "SOUP"})

    page = read(phone, url_of(free))

    assert "Soup cannot be had at the moment." in page
    assert "Redeem now" not in page


def test_a_free_item_that_would_not_reach_its_minimum_is_refused_before_it_is_added(
    phone: Client, noor: Contact, soup: Product
) -> None:
    free = give_voucher(
        noor, "Soup", attributes={"discount_type": "free_item", "product_code": "SOUP", "minimum_cents": 3000}
    )

    assert "Soup needs €18.00 more." in read(phone, url_of(free))
    assert phone.post(url_of(free, "apply"), {"product": soup.pk}).status_code == 409
    assert not Order.objects.filter(lines__isnull=False).exists()


def test_an_exclusive_offer_says_what_it_would_replace(phone: Client, noor: Contact, soup: Product) -> None:
    phone.post("/basket/add/", {"product": soup.pk})
    phone.post(url_of(give_voucher(noor, "Small one"), "apply"))
    alone = give_voucher(
        noor, attributes={"discount_type": "percentage_discount", "discount_value": "50", "exclusive": True}
    )

    assert "It takes the place of Small one" in read(phone, url_of(alone))


def test_a_reward_says_its_price_and_what_is_left_and_has_a_key_of_its_own(
    phone: Client, noor: Contact, soup: Product
) -> None:
    reward = offer_reward("Soup", 100, product_code="SOUP")

    pages = [read(phone, url_of(reward)) for _look in range(2)]

    assert "It costs 100 points. After that you have 20 points left." in pages[0]
    assert "Buy for 100 points" in pages[0]
    keys = {re.findall(r'name="purchase_key" value="([0-9a-f]{32})"', page)[0] for page in pages}
    assert len(keys) == 2


def test_a_reward_out_of_reach_says_what_is_missing(phone: Client, noor: Contact, soup: Product) -> None:
    reward = offer_reward("Soup", 160, product_code="SOUP")

    page = read(phone, url_of(reward))

    assert "40 points missing" in page
    assert "purchase_key" not in page


def test_before_the_address_is_proven_the_page_leads_to_the_code(client: Client, table: Table, noor: Contact) -> None:
    seat_member(client, table, noor, is_verified=False)
    ten = give_voucher(noor)

    page = read(client, url_of(ten))

    assert f'href="/identify/code/?next={url_of(ten)}"' in page
    assert "Redeem now" not in page
    assert "confirm your e-mail address first" in read(client, "/offers/")


def test_another_phone_has_it(phone: Client, table: Table, noor: Contact, soup: Product) -> None:
    ten = give_voucher(noor)
    other = Client()
    seat_member(other, table, noor)
    other.post("/basket/add/", {"product": soup.pk})
    other.post(url_of(ten, "apply"))

    page = read(phone, url_of(ten))

    assert "It is held for another order until 7:45 p.m." in page
    assert "Redeem now" not in page
    assert "On another order until 7:45 p.m." in item_with(read(phone, "/offers/"), "10% off")


def test_paused_ordering_says_so_in_place_of_the_button(phone: Client, table: Table, noor: Contact) -> None:
    ten = give_voucher(noor)
    table.restaurant.ordering = "paused"
    table.restaurant.pause_message = "Back at eight."
    table.restaurant.save()

    page = read(phone, url_of(ten))

    assert "Back at eight." in page
    assert "Redeem now" not in page


@pytest.mark.parametrize("kind", ["voucher", "collectable", "reward", "treasure"])
def test_what_is_not_there_or_not_theirs_is_not_found(phone: Client, kind: str) -> None:
    theirs = give_voucher(member())

    for offer_id in (theirs.uuid, "0" * 32, "nothing"):
        assert phone.get(f"/offers/{kind}/{offer_id}/").status_code == 404
        assert phone.post(f"/offers/{kind}/{offer_id}/apply/", {"purchase_key": "k"}).status_code == 404
        assert phone.post(f"/offers/{kind}/{offer_id}/withdraw/").status_code == 404
    assert AppliedOffer.objects.count() == 0


def test_ones_own_voucher_that_has_ended_says_so(phone: Client, noor: Contact) -> None:
    ended = give_voucher(noor, expires_at=NOW - timedelta(days=1))

    assert "This voucher has expired." in read(phone, url_of(ended))


def test_with_the_programme_away_the_page_says_so(phone: Client, noor: Contact, settings: Settings) -> None:
    ten = give_voucher(noor)
    settings.LOYALTY_BACKEND = AWAY

    assert "The rewards cannot be reached right now." in read(phone, url_of(ten), status=503)
    assert "cannot be shown right now" in read(phone, "/offers/")


def test_nobody_who_opens_an_offer_is_led_to_signing_in(diner: Client, noor: Contact) -> None:
    ten = give_voucher(noor)

    response = diner.get(url_of(ten))
    posted = diner.post(url_of(ten, "apply"))

    assert response["Location"].startswith("/identify/?next=%2Foffers%2Fvoucher%2F")
    assert posted["Location"] == "/identify/?next=%2Foffers%2F"
    assert Guest.objects.count() == 0
