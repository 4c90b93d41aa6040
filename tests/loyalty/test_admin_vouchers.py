"""Vouchers in the admin: given to one, to some, to all, found by code, taken out of use."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from time_machine import travel

from loyalty.giving import carry_on
from loyalty.models import (
    Contact,
    IssueRequest,
    Promotion,
    Voucher,
)
from tests.loyalty.factories import (
    NOW,
    ContactFactory,
    PromotionFactory,
    VoucherFactory,
)
from tests.loyalty.staff import staff

pytestmark = pytest.mark.django_db
CONTACTS = "/admin/loyalty/contact/"
GIVE = "/admin/loyalty/issuerequest/add/"


def give(client: Client, promotion: Promotion, /, **fields: Any) -> Any:
    form = {"promotion": promotion.pk, "key": str(uuid.uuid4()), "whom": "some"} | fields
    return client.post(GIVE, form)


def test_one_address_gets_a_voucher(admin_client: Client) -> None:
    contact = ContactFactory.create(email="robin@example.com")
    ContactFactory.create()
    promotion = PromotionFactory.create(name="Pizza night")

    answer = give(admin_client, promotion, addresses=" Robin@Example.com \n\n")

    request = IssueRequest.objects.get()
    assert answer.headers["Location"] == f"/admin/loyalty/issuerequest/{request.pk}/change/"
    assert (request.contact_ids, request.total, request.asked_by) == ([contact.pk], 1, "admin")
    carry_on(request.pk, now=request.asked_at)
    assert Voucher.objects.get().contact == contact
    shown = admin_client.get(answer.headers["Location"]).content.decode()
    assert "Finished" in shown
    assert "Pizza night" in shown


def test_all_members_get_one_and_the_page_shows_how_far_it_is(admin_client: Client) -> None:
    ContactFactory.create_batch(3)

    answer = give(admin_client, PromotionFactory.create(), whom="all")

    page = admin_client.get(answer.headers["Location"]).content.decode()
    assert "All members (3)" in page
    assert "Waiting" in page
    assert 'hx-trigger="every 2s"' in page


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"addresses": ""}, "addresses", "Write at least one address."),
        ({"addresses": "stranger@example.com"}, "addresses", "No member has this address: stranger@example.com"),
        ({"whom": "all", "addresses": "a@example.com"}, "whom", "There are addresses below"),
        ({"promotion": "999999", "whom": "all"}, "promotion", "Select a valid choice"),
        ({"key": "", "whom": "all"}, "key", "required"),
    ],
)
def test_what_cannot_be_given_is_told_and_nothing_is_asked_for(
    admin_client: Client, fields: dict[str, Any], field: str, sentence: str
) -> None:
    answer = give(admin_client, PromotionFactory.create(), **fields)

    assert answer.status_code == 422
    assert sentence in answer.context["form"].errors[field][0]
    assert IssueRequest.objects.count() == 0


@pytest.mark.parametrize(
    "state",
    [
        {"is_active": False},
        {"ends_at": NOW - timedelta(days=3000)},
        {"starts_at": NOW + timedelta(days=3000)},
        {"voucher_limit": 5, "issued_vouchers": 5},
    ],
)
def test_a_promotion_that_gives_none_is_refused(admin_client: Client, state: dict[str, Any]) -> None:
    answer = give(admin_client, PromotionFactory.create(**state), whom="all")

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["promotion"]
    assert IssueRequest.objects.count() == 0


def test_contacts_picked_in_the_list_get_one_after_a_question(admin_client: Client) -> None:
    first, second, _third = ContactFactory.create_batch(3)
    promotion = PromotionFactory.create()
    picked = {"action": "give_voucher", "_selected_action": [first.pk, second.pk], "index": "0"}

    asked: Any = admin_client.post(CONTACTS, picked)
    key = asked.context["form"]["key"].value()
    for _press in range(2):
        answer = admin_client.post(CONTACTS, picked | {"confirmed": "yes", "promotion": promotion.pk, "key": str(key)})

    assert "For 2 members" in asked.content.decode()
    assert answer.status_code == 302
    assert IssueRequest.objects.get().contact_ids == [first.pk, second.pk]


def test_all_that_a_search_found_can_be_picked_at_once(admin_client: Client) -> None:
    ContactFactory.create_batch(2, last_name="Visser")
    ContactFactory.create(last_name="Bakker")
    picked = {"action": "give_voucher", "_selected_action": ["0"], "select_across": "1", "index": "0"}
    page = f"{CONTACTS}?q=visser"
    contact = Contact.objects.order_by("pk")[0]
    picked["_selected_action"] = [str(contact.pk)]

    asked: Any = admin_client.post(page, picked)

    assert "For 2 members" in asked.content.decode()
    assert f'action="{page}"' in asked.content.decode()


def test_whoever_may_only_look_gives_nothing(client: Client) -> None:
    contact = ContactFactory.create()
    staff(client, "view_contact", "view_promotion")

    assert give(client, PromotionFactory.create(), whom="all").status_code == 403
    listed = client.get(CONTACTS).content.decode()
    client.post(CONTACTS, {"action": "give_voucher", "_selected_action": [contact.pk], "confirmed": "yes"})

    assert "Give a voucher" not in listed
    assert IssueRequest.objects.count() == 0


@travel(NOW, tick=False)
def test_a_voucher_is_taken_out_of_use_once(admin_client: Client) -> None:
    usable = VoucherFactory.create()
    used = VoucherFactory.create(times_redeemed=1)
    press = {"action": "deactivate", "_selected_action": [usable.pk, used.pk]}

    answer: Any = admin_client.post("/admin/loyalty/voucher/", press, follow=True)

    usable.refresh_from_db()
    used.refresh_from_db()
    assert (usable.deactivated_at, used.deactivated_at) == (NOW, None)
    assert "1 voucher is out of use." in " ".join(str(said) for said in answer.context["messages"])


@pytest.mark.parametrize("typed", ["{code}", "{small}", "{dashed}"])
def test_a_voucher_is_found_by_its_code_however_it_is_typed(admin_client: Client, typed: str) -> None:
    voucher = VoucherFactory.create()
    VoucherFactory.create()
    code = voucher.code
    term = typed.format(code=code, small=code.lower(), dashed=f"{code[:4]}-{code[4:]}")

    assert list(admin_client.get("/admin/loyalty/voucher/", {"q": term}).context["cl"].result_list) == [voucher]


@travel(NOW, tick=False)
@pytest.mark.parametrize(("state", "found"), [("ACTIVE", 1), ("EXPIRED", 1), ("REDEEMED", 0), ("nonsense", 2)])
def test_vouchers_are_filtered_by_state(admin_client: Client, state: str, found: int) -> None:
    VoucherFactory.create()
    VoucherFactory.create(expires_at=NOW - timedelta(days=1))

    listed = admin_client.get("/admin/loyalty/voucher/", {"state": state}).context["cl"].result_list

    assert len(listed) == found


def test_whoever_may_only_look_takes_no_voucher_out_of_use(client: Client) -> None:
    voucher = VoucherFactory.create()
    staff(client, "view_voucher").post(
        "/admin/loyalty/voucher/", {"action": "deactivate", "_selected_action": [voucher.pk]}
    )

    assert Voucher.objects.get().deactivated_at is None
