"""Rewards in the admin: what they cost and give, their picture, how many there are, and why nobody can buy one."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from loyalty.models import Reward
from tests.loyalty.factories import RewardFactory
from tests.menu.admin_forms import errors_of, page_of
from tests.menu.test_admin_pictures import png
from tests.orders.offer_forms import REWARDS, ask_example, example_lines, fill_in, make_menu

pytestmark = pytest.mark.django_db
ADD = f"{REWARDS}add/"


def add(client: Client, **fields: Any) -> Any:
    sound = {"title": "A pizza", "required_points": "600", "is_active": "on", "is_pre_redeemable": "on"}
    discount = {"discount_type": "free_item", "category": "pizza"}
    return client.post(ADD, fill_in(client, ADD, **(sound | discount | fields)))


def test_a_reward_is_made_with_its_price_stock_and_limits(admin_client: Client) -> None:
    make_menu()

    add(admin_client, stock="40", purchase_limit="100", limit_per_contact="2", valid_days="60", cost_price_cents="3.20")

    reward = Reward.objects.get()
    assert reward.attributes == {"discount_type": "free_item", "category": "pizza"}
    assert (reward.required_points, reward.stock, reward.purchase_limit, reward.limit_per_contact) == (600, 40, 100, 2)
    assert (reward.expiration_duration, reward.cost_price_cents, reward.reward_type) == (
        timedelta(days=60),
        320,
        "PHYSICAL",
    )


def test_a_picture_is_stored_safely_and_replaced_without_leftovers(
    admin_client: Client, settings: Settings, tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    make_menu()
    add(admin_client, picture=png(200))
    reward = Reward.objects.get()
    first = sorted(path.name for path in (tmp_path / "offers").iterdir())

    page = admin_client.get(page_of(reward)).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        admin_client.post(page_of(reward), fill_in(admin_client, page_of(reward), **{"picture-clear": "on"}))

    assert reward.media_url.startswith("/media/offers/")
    assert reward.media_url.removeprefix("/media/offers/") in first
    assert reward.media_url in page
    reward.refresh_from_db()
    assert reward.media_url == ""
    assert list((tmp_path / "offers").iterdir()) == []


def test_what_is_no_picture_is_refused(admin_client: Client) -> None:
    make_menu()

    answer = add(admin_client, picture=SimpleUploadedFile("free.jpg", b"<svg onload=alert(1)>"))

    assert list(errors_of(answer)) == ["picture"]
    assert Reward.objects.count() == 0


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"required_points": "0"}, "required_points"),
        ({"required_points": ""}, "required_points"),
        ({"stock": "-1"}, "stock"),
        ({"purchase_limit": "0"}, "purchase_limit"),
        ({"discount_value": "5"}, "discount_value"),
        ({"category": None}, "products"),
        ({"cost_price_cents": "cheap"}, "cost_price_cents"),
    ],
)
def test_nonsense_is_told_at_its_field_and_nothing_is_saved(
    admin_client: Client, typed: dict[str, Any], field: str
) -> None:
    make_menu()

    answer = add(admin_client, **typed)

    assert list(errors_of(answer)) == [field]
    assert Reward.objects.count() == 0


def test_stock_sold_while_the_form_was_open_stays_sold(admin_client: Client) -> None:
    make_menu()
    reward = RewardFactory.create(stock=5, attributes={})
    filled = fill_in(admin_client, page_of(reward), title="Another", **{"initial-stock": "5"})
    Reward.objects.update(stock=3, purchases=2)

    admin_client.post(page_of(reward), filled)

    assert Reward.objects.values_list("title", "stock", "purchases").get() == ("Another", 3, 2)


def test_the_example_of_a_reward(admin_client: Client) -> None:
    make_menu()

    answer = ask_example(
        admin_client, ADD, title="A pizza", required_points="600", discount_type="free_item", category="pizza"
    )

    assert example_lines(answer)[0] == ("Margherita", "€12.00", "€0.00")
    assert Reward.objects.count() == 0


@pytest.mark.parametrize(
    ("state", "note"),
    [
        ({"is_active": False}, "Not active: it is not offered."),
        ({"is_pre_redeemable": False}, "diners are not offered it."),
        ({"stock": 0}, "Out of stock."),
        ({"purchase_limit": 2, "purchases": 2}, "It was bought as often as it may be."),
    ],
)
def test_a_reward_that_nobody_can_buy_says_why(admin_client: Client, state: dict[str, Any], note: str) -> None:
    reward = RewardFactory.create(**state)

    assert note in admin_client.get(page_of(reward)).content.decode()
    assert "Not offered" in admin_client.get(REWARDS).content.decode()
