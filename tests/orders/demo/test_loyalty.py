"""The demo's programme: an offer of every kind for one member, made once, then left alone."""

from datetime import timedelta
from decimal import Decimal

import pytest

from loyalty.domain import DiscountType
from loyalty.models import (
    CatalogueProduct,
    Contact,
    GiftCard,
    GiftCardProgramme,
    MoneyEntry,
    Promotion,
    Reward,
    RewardReception,
    RewardType,
    Voucher,
)
from menu.models import Product, Restaurant
from orders.demo.loyalty import MEMBER, OPEN_CODE, PREPAID_MEMBER, make_programme
from orders.demo.restaurant import BUILT_IN_MENU, make_restaurant
from orders.management.commands.demo import load_menu
from orders.models import Guest
from orders.showcase import Showcase, read_showcase
from orders.views.tickets import ends_words
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def restaurant() -> Restaurant:
    made = make_restaurant()
    load_menu(BUILT_IN_MENU, in_place_of_another=False)
    make_programme(made, now=NOW)
    return made


def showcase(restaurant: Restaurant) -> Showcase:
    guest = Guest(contact_id=str(Contact.objects.get(email=MEMBER).uuid), verified_at=NOW)
    return read_showcase(guest, restaurant, None, now=NOW)


def test_the_member_is_the_one_of_the_interface(restaurant: Restaurant) -> None:
    shown = showcase(restaurant)

    assert shown.wallet is not None
    assert (shown.wallet.balance, shown.wallet.tier) == (640, None)
    assert shown.wallet.points_per_unit == 1
    assert Contact.objects.get(email=MEMBER).verified_at == NOW


def test_there_is_an_offer_of_every_kind_and_each_is_of_use(restaurant: Restaurant) -> None:
    shown = showcase(restaurant)

    discounts = [offer.discount for offer in shown.vouchers]
    assert all(discount is not None for discount in discounts)
    found = [discount for discount in discounts if discount is not None]
    assert {discount.discount_type for discount in found} == set(DiscountType)
    assert any(discount.category for discount in found)
    assert any(discount.minimum_cents for discount in found)
    assert any(discount.exclusive for discount in found)
    assert any(offer.uses_left > 1 for offer in shown.vouchers)
    assert any(ends_words(offer.expires_at, restaurant, now=NOW) == "ends today" for offer in shown.vouchers)
    assert Voucher.objects.filter(expires_at__lt=NOW).count() == 1
    assert [(offer.name, offer.is_usable) for offer in shown.collectables] == [("An espresso", True)]


def test_rewards_are_in_and_out_of_reach_one_of_them_in_stock(restaurant: Restaurant) -> None:
    shown = showcase(restaurant)

    assert {bool(offer.missing_points) for offer in shown.rewards} == {True, False}
    assert all(offer.discount is not None for offer in shown.rewards)
    assert Reward.objects.filter(reward_type=RewardType.PHYSICAL, is_pre_redeemable=True, stock__gt=0).exists()


def test_a_code_is_open_to_whoever_types_it_and_joining_brings_a_voucher(restaurant: Restaurant) -> None:
    assert Voucher.objects.get(code=OPEN_CODE).contact_id is None
    assert Promotion.objects.filter(name="A welcome espresso").exists()


def test_there_is_a_gift_card_and_a_prepaid_balance_of_somebody_else(restaurant: Restaurant) -> None:
    card = GiftCard.objects.get()

    assert (card.programme.max_amount_cents, card.programme.currency, card.account.balance_cents) == (
        10000,
        "EUR",
        2500,
    )
    assert not MoneyEntry.objects.filter(account__contact__email=MEMBER).exists()
    prepaid = MoneyEntry.objects.get(account__contact__email=PREPAID_MEMBER)
    assert (prepaid.cents, prepaid.account.currency) == (1000, "EUR")


def test_the_menu_sells_a_gift_card_without_tax_discount_or_points(restaurant: Restaurant) -> None:
    sold = Product.objects.get(kind="gift_card")

    assert (sold.price_cents, sold.tax_rate, sold.discountable, sold.earns_points) == (2500, Decimal(0), False, False)


def test_the_programme_knows_the_menu(restaurant: Restaurant) -> None:
    margherita = CatalogueProduct.objects.get(sku="PIZZA-MARG")
    cappuccino = CatalogueProduct.objects.get(sku="COFFEE-CAPPUCCINO-R")

    assert margherita.name == "Margherita"
    assert cappuccino.name == "Cappuccino, Regular"
    assert set(cappuccino.categories.values_list("slug", flat=True)) == {"coffee", "drinks"}


def test_loading_it_again_makes_nothing_twice(restaurant: Restaurant) -> None:
    def rows() -> list[int]:
        models = (Contact, Promotion, Voucher, Reward, RewardReception, GiftCardProgramme, GiftCard, MoneyEntry)
        return [model.objects.count() for model in models]

    before = rows()

    make_programme(restaurant, now=NOW + timedelta(minutes=5))

    assert rows() == before


def test_the_next_day_another_voucher_ends_that_day(restaurant: Restaurant) -> None:
    before = Voucher.objects.count()

    make_programme(restaurant, now=NOW + timedelta(days=1))

    assert Voucher.objects.count() == before + 1


def test_a_member_who_was_deleted_stays_deleted(restaurant: Restaurant) -> None:
    Contact.objects.update(email=None, erased_at=NOW)

    make_programme(restaurant, now=NOW)

    assert Contact.objects.members().count() == 0
