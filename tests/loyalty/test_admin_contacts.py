"""Contacts in the admin: found and shown, points adjusted with a reason; all records to be looked at only."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.test import Client
from time_machine import travel

from loyalty.models import (
    ConsentRecord,
    Contact,
    OrderReturn,
    PointsEntry,
    ProcessedOrder,
    Redemption,
    RewardReception,
    Voucher,
    find_programme,
)
from tests.loyalty.factories import (
    NOW,
    ContactFactory,
    RewardReceptionFactory,
    TierFactory,
    VoucherFactory,
    member,
)
from tests.loyalty.staff import staff

pytestmark = pytest.mark.django_db
CONTACTS = "/admin/loyalty/contact/"


def adjust(client: Client, contact: Contact, **fields: str) -> Any:
    form = {"direction": "give", "points": "50", "reason": "Soup was cold", "key": str(uuid.uuid4())} | fields
    return client.post(f"{CONTACTS}{contact.pk}/adjust/", form)


# Looking ----------------------------------------------------------------------------------------------------------------


@travel(NOW, tick=False)
def test_the_list_shows_what_a_member_has(admin_client: Client) -> None:
    contact = member(
        640, first_name="Robin", last_name="Visser", email="robin@example.com", tier=TierFactory.create(name="Gold")
    )
    VoucherFactory.create(contact=contact)
    VoucherFactory.create(contact=contact, expires_at=NOW - timedelta(days=1))
    VoucherFactory.create(contact=contact, total_redemptions_allowed=2, times_redeemed=2)
    RewardReceptionFactory.create(contact=contact)
    ConsentRecord.objects.create(contact=contact, kind="marketing", granted=True, given_at=NOW)

    page = admin_client.get(CONTACTS).content.decode()

    for words in ("Robin Visser", "robin@example.com", "640", "Gold", "1 voucher<", "1 to collect", "May be mailed"):
        assert words in page


@pytest.mark.parametrize(
    ("term", "found"), [("robin@exa", 1), ("ROBIN@EXAMPLE.COM", 1), ("visser", 1), ("nobody", 0), ("x" * 300, 0)]
)
def test_a_member_is_found_by_address_and_name(admin_client: Client, term: str, found: int) -> None:
    ContactFactory.create(email="robin@example.com", first_name="Robin", last_name="Visser")
    ContactFactory.create(first_name="Noor", last_name="Bakker")

    assert len(admin_client.get(CONTACTS, {"q": term}).context["cl"].result_list) == found


def test_who_left_is_not_in_the_list_unless_asked_for(admin_client: Client) -> None:
    ContactFactory.create()
    gone = ContactFactory.create(email=None, first_name="", last_name="", erased_at=NOW)

    usual = admin_client.get(CONTACTS).context["cl"].result_list
    asked = admin_client.get(CONTACTS, {"gone": "yes"}).context["cl"].result_list

    assert gone not in usual
    assert list(asked) == [gone]


def test_the_list_asks_no_more_questions_for_more_members(
    admin_client: Client, django_assert_max_num_queries: Any
) -> None:
    ContactFactory.create_batch(20)

    with django_assert_max_num_queries(12):
        admin_client.get(CONTACTS)


@travel(NOW, tick=False)
def test_the_page_shows_ledger_vouchers_rewards_and_consents(admin_client: Client) -> None:
    contact = member(640, expires_at=NOW + timedelta(days=10))
    voucher = VoucherFactory.create(contact=contact, promotion__name="Pizza night")
    RewardReceptionFactory.create(contact=contact, title="An espresso")
    ConsentRecord.objects.create(
        contact=contact, kind="terms", granted=True, wording="I accept the terms", given_at=NOW
    )

    page = admin_client.get(f"{CONTACTS}{contact.pk}/change/").content.decode()

    for words in (
        "+640",
        "Earned",
        "Valid until 13-06-2026",
        "Pizza night",
        voucher.code,
        "An espresso",
        "I accept the terms",
        "03-06-2026 19:30",
    ):
        assert words in page
    assert 'name="_save"' not in page
    assert 'name="email"' not in page


# Points by hand ---------------------------------------------------------------------------------------------------------


@travel(NOW, tick=False)
def test_points_given_by_hand_say_who_when_and_why(admin_client: Client) -> None:
    contact = member(100)
    programme = find_programme()
    type(programme).objects.update(points_valid_days=30)

    answer = adjust(admin_client, contact)

    entry = PointsEntry.objects.filter(kind="adjust").get()
    contact.refresh_from_db()
    assert answer.headers["Location"] == f"{CONTACTS}{contact.pk}/change/"
    assert (contact.balance, entry.points, entry.reason, entry.made_by, entry.created_at) == (
        150,
        50,
        "Soup was cold",
        "admin",
        NOW,
    )
    assert entry.expires_at is not None
    assert LogEntry.objects.get().change_message == "Points adjusted: +50. Soup was cold"


def test_points_are_taken_down_to_nothing_and_no_further(admin_client: Client) -> None:
    contact = member(100)

    refused = adjust(admin_client, contact, direction="take", points="101")
    adjust(admin_client, contact, direction="take", points="100")

    contact.refresh_from_db()
    assert refused.status_code == 422
    assert refused.context["form"].errors == {"points": ["There are only 100 points to take."]}
    assert (contact.balance, PointsEntry.objects.filter(kind="adjust").count()) == (0, 1)


@pytest.mark.parametrize(
    ("wrong", "places"),
    [
        ({"reason": ""}, ["reason"]),
        ({"reason": "   "}, ["reason"]),
        ({"reason": "x" * 201}, ["reason"]),
        ({"points": "0"}, ["points"]),
        ({"points": "-5"}, ["points"]),
        ({"points": "1.5"}, ["points"]),
        ({"points": "9" * 30}, ["points"]),
        ({"direction": "burn"}, ["direction"]),
        ({"key": "x"}, ["key", "__all__"]),
    ],
)
def test_an_adjustment_without_sense_or_reason_writes_nothing(
    admin_client: Client, wrong: dict[str, str], places: list[str]
) -> None:
    contact = member(100)

    answer = adjust(admin_client, contact, **wrong)

    contact.refresh_from_db()
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == places
    assert (contact.balance, PointsEntry.objects.count(), LogEntry.objects.count()) == (100, 1, 0)


def test_pressing_adjust_twice_adjusts_once(admin_client: Client) -> None:
    contact, key = member(100), str(uuid.uuid4())

    for _press in range(2):
        adjust(admin_client, contact, key=key)

    contact.refresh_from_db()
    assert contact.balance == 150


def test_whoever_may_only_look_adjusts_nothing(client: Client) -> None:
    contact = member(100)

    page = staff(client, "view_contact").get(f"{CONTACTS}{contact.pk}/change/")

    assert page.status_code == 200
    assert "Adjust points" not in page.content.decode()
    assert client.get(f"{CONTACTS}{contact.pk}/adjust/").status_code == 403
    assert adjust(client, contact).status_code == 403
    assert PointsEntry.objects.count() == 1


def test_an_erased_member_cannot_be_adjusted(admin_client: Client) -> None:
    contact = ContactFactory.create(erased_at=NOW, email=None)

    assert adjust(admin_client, contact).status_code == 404


# Records ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "contact",
        "voucher",
        "pointsentry",
        "rewardreception",
        "redemption",
        "consentrecord",
        "processedorder",
        "orderreturn",
    ],
)
def test_records_are_neither_added_nor_edited_nor_deleted(admin_client: Client, name: str) -> None:
    make_records()
    model = apps.get_model("loyalty", name)
    pk = model._default_manager.get().pk
    page = f"/admin/loyalty/{name}/"
    before = snapshot()

    listed = admin_client.get(page)
    shown = admin_client.get(f"{page}{pk}/change/")
    added = admin_client.post(f"{page}add/", {"points": "1"})
    changed = admin_client.post(f"{page}{pk}/change/", {"code": "MINE", "points": "1", "balance": "1"})
    deleted = admin_client.post(f"{page}{pk}/delete/", {"post": "yes"})
    admin_client.post(page, {"action": "delete_selected", "_selected_action": [pk], "post": "yes"})

    assert (listed.status_code, shown.status_code) == (200, 200)
    assert (added.status_code, changed.status_code, deleted.status_code) == (403, 403, 403)
    assert 'name="_save"' not in shown.content.decode()
    assert snapshot() == before


def make_records() -> None:
    contact = member(100)
    voucher = VoucherFactory.create(contact=contact)
    RewardReceptionFactory.create(contact=contact)
    Redemption.objects.create(voucher=voucher, contact=contact, redeemed_at=NOW)
    ConsentRecord.objects.create(contact=contact, kind="terms", granted=True, given_at=NOW)
    order = ProcessedOrder.objects.create(
        external_identifier="order-1",
        contact=contact,
        currency="EUR",
        document={},
        created_at=NOW,
        changed_at=NOW,
        earning_cents=1920,
        points_per_unit=1,
        tier_multiplier=1,
        points=19,
        new_balance=119,
        paid_at=NOW,
        processed_at=NOW,
    )
    OrderReturn.objects.create(
        external_identifier="return-1",
        order=order,
        document={},
        returned_cents=480,
        points=-5,
        new_balance=114,
        returned_at=NOW,
        processed_at=NOW,
    )


def snapshot() -> list[Any]:
    models = (Contact, PointsEntry, Voucher, RewardReception, Redemption, ConsentRecord, ProcessedOrder, OrderReturn)
    return [list(model._default_manager.order_by("pk").values()) for model in models]


@pytest.mark.parametrize("key", ["", "forged"])
def test_a_hidden_key_that_was_changed_is_refused_in_words(admin_client: Client, key: str) -> None:
    contact = member(100)

    answer = adjust(admin_client, contact, key=key)

    contact.refresh_from_db()
    assert (answer.status_code, contact.balance) == (422, 100)
    assert "Please open this page again and fill it in there." in answer.content.decode()
