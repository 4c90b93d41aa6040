"""The programme's settings, its tiers and its custom attributes in the admin."""

from decimal import Decimal
from typing import Any

import pytest
from django.db.models import QuerySet
from django.test import Client

from loyalty.models import CustomAttribute, Tier, find_programme
from tests.loyalty.factories import NOW, ContactFactory, PromotionFactory, TierFactory
from tests.menu.admin_forms import errors_of, save

pytestmark = pytest.mark.django_db
PROGRAMME = "/admin/loyalty/programme/1/change/"
ATTRIBUTES = "/admin/loyalty/customattribute/"


def test_the_list_of_programmes_leads_to_the_only_one(admin_client: Client) -> None:
    assert admin_client.get("/admin/loyalty/programme/").headers["Location"] == PROGRAMME
    assert admin_client.get("/admin/loyalty/programme/add/").status_code == 403
    assert admin_client.post(f"{PROGRAMME}../delete/", {"post": "yes"}).status_code == 403


def test_the_settings_are_saved_with_the_rate_of_the_unit(admin_client: Client) -> None:
    find_programme()
    promotion = PromotionFactory.create()

    save(
        admin_client,
        PROGRAMME,
        points_each="2.5",
        points_valid_days="365",
        welcome_promotion=promotion.pk,
        birthday_promotion=promotion.pk,
        currency="usd",
        time_zone="America/New_York",
    )

    programme = find_programme()
    assert programme.unit.points_each == Decimal("2.5")
    assert (programme.points_valid_days, programme.currency, programme.time_zone) == (365, "USD", "America/New_York")
    assert (programme.welcome_promotion, programme.birthday_promotion) == (promotion, promotion)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"points_each": "-1"}, "points_each"),
        ({"points_each": "many"}, "points_each"),
        ({"points_valid_days": "0"}, "points_valid_days"),
        ({"currency": "XXX"}, "currency"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
    ],
)
def test_settings_that_make_no_sense_are_refused(admin_client: Client, wrong: dict[str, Any], field: str) -> None:
    before = find_programme()

    answer = save(admin_client, PROGRAMME, **wrong)

    after = find_programme()
    assert list(errors_of(answer)) == [field]
    assert (after.currency, after.time_zone, after.unit.points_each) == (
        before.currency,
        before.time_zone,
        before.unit.points_each,
    )


def test_a_tier_that_somebody_was_in_stays(admin_client: Client) -> None:
    used, unused = TierFactory.create_batch(2)
    ContactFactory.create().move_to_tier(used, now=NOW)

    assert admin_client.post(f"/admin/loyalty/tier/{used.pk}/delete/", {"post": "yes"}).status_code == 403
    assert admin_client.post(f"/admin/loyalty/tier/{unused.pk}/delete/", {"post": "yes"}).status_code == 302

    assert Tier.objects.get() == used


def defined() -> QuerySet[CustomAttribute]:
    """What staff defined, besides the predefined ones."""
    return CustomAttribute.objects.filter(is_predefined=False)


def test_predefined_attributes_are_neither_changed_nor_deleted(admin_client: Client) -> None:
    attribute = CustomAttribute.objects.filter(is_predefined=True)[0]
    page = f"{ATTRIBUTES}{attribute.pk}/"

    assert admin_client.get(f"{page}change/").status_code == 200
    assert admin_client.post(f"{page}change/", {"label": "x"}).status_code == 403
    assert admin_client.post(f"{page}delete/", {"post": "yes"}).status_code == 403

    assert CustomAttribute.objects.filter(pk=attribute.pk, label=attribute.label).exists()


def test_an_attribute_with_options_is_defined(admin_client: Client) -> None:
    save(
        admin_client,
        f"{ATTRIBUTES}add/",
        entity="contact",
        name="diet",
        label="Diet",
        type="select",
        options="vegan: Eats no animals\nomnivore\n\nvegan",
    )

    attribute = defined().get()
    assert attribute.options == [
        {"value": "vegan", "label": "Eats no animals"},
        {"value": "omnivore", "label": "omnivore"},
    ]
    assert attribute.definition.options == ("vegan", "omnivore")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"type": "select"}, "options"),
        ({"type": "text", "options": "a"}, "options"),
        ({"entity": "promotion", "name": "discount_type"}, "name"),
        ({"name": "two words"}, "name"),
        ({"type": "nonsense"}, "type"),
    ],
)
def test_an_attribute_that_makes_no_sense_is_refused(admin_client: Client, wrong: dict[str, Any], field: str) -> None:
    sound = {"entity": "contact", "name": "diet", "label": "Diet", "type": "text"}

    answer = save(admin_client, f"{ATTRIBUTES}add/", **(sound | wrong))

    assert list(errors_of(answer)) == [field]
    assert defined().count() == 0


def test_an_attribute_is_kept_while_anything_carries_it(admin_client: Client) -> None:
    attribute = CustomAttribute.objects.create(entity="contact", name="diet", label="Diet", type="text")
    contact = ContactFactory.create(attributes={"diet": "vegan"})
    page = f"{ATTRIBUTES}{attribute.pk}/delete/"

    assert admin_client.post(page, {"post": "yes"}).status_code == 403
    contact.attributes = {}
    contact.save()
    assert admin_client.post(page, {"post": "yes"}).status_code == 302

    assert defined().count() == 0
