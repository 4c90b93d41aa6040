"""The prepaid balance on a contact's page: seen, topped up and corrected by those who may, with a reason."""

import uuid
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from time_machine import travel

from loyalty import money
from loyalty.models import Contact, MoneyAccount, MoneyEntry
from tests.loyalty.factories import NOW, ContactFactory, member
from tests.loyalty.staff import staff

pytestmark = pytest.mark.django_db
CONTACTS = "/admin/loyalty/contact/"


def move(client: Client, contact: Contact, **fields: str) -> Any:
    form = {"what": "top_up", "amount": "10.00", "reason": "Paid in cash", "key": str(uuid.uuid4())} | fields
    return client.post(f"{CONTACTS}{contact.pk}/money/", form)


@travel(NOW, tick=False)
def test_a_balance_is_topped_up_with_who_when_and_why(admin_client: Client) -> None:
    contact, key = member(0), str(uuid.uuid4())

    answers = [move(admin_client, contact, key=key) for _press in range(2)]

    entry = MoneyEntry.objects.get()
    assert [answer.headers["Location"] for answer in answers] == [f"{CONTACTS}{contact.pk}/change/"] * 2
    assert (entry.account.contact, entry.cents, entry.balance_cents) == (contact, 1000, 1000)
    assert (entry.reason, entry.made_by, entry.created_at) == ("Paid in cash", "admin", NOW)
    page = admin_client.get(f"{CONTACTS}{contact.pk}/change/").content.decode()
    for words in ("Prepaid balance", "€10.00", "+€10.00", "Topped up", "admin: Paid in cash", "03-06-2026 19:30"):
        assert words in page


def test_no_more_than_the_balance_is_taken(admin_client: Client) -> None:
    contact = member(0)
    money.top_up(money.prepaid_account(contact), 1000, source="t", now=NOW)

    refused = move(admin_client, contact, what="take", amount="10.01")
    move(admin_client, contact, what="take", amount="10")

    assert refused.status_code == 422
    assert refused.context["form"].errors == {"amount": ["There is only €10.00 to take."]}
    assert (MoneyAccount.objects.get().balance_cents, LogEntry.objects.count()) == (0, 1)


@pytest.mark.parametrize(
    ("wrong", "places"),
    [
        ({"reason": ""}, ["reason"]),
        ({"amount": "0"}, ["amount"]),
        ({"amount": "x"}, ["amount"]),
        ({"what": ""}, ["what"]),
        ({"key": "x"}, ["key", "__all__"]),
    ],
)
def test_a_form_without_sense_or_reason_moves_nothing(
    admin_client: Client, wrong: dict[str, str], places: list[str]
) -> None:
    answer = move(admin_client, member(0), **wrong)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == places
    assert (MoneyEntry.objects.count(), LogEntry.objects.count()) == (0, 0)


def test_whoever_may_only_see_contacts_sees_no_money_and_moves_none(client: Client) -> None:
    contact = member(0)
    money.top_up(money.prepaid_account(contact), 1234, source="t", now=NOW)

    page = staff(client, "view_contact").get(f"{CONTACTS}{contact.pk}/change/").content.decode()

    assert "12.34" not in page
    assert "Money ledger" not in page
    assert "Prepaid balance" not in page
    assert client.get(f"{CONTACTS}{contact.pk}/money/").status_code == 403
    assert move(client, contact).status_code == 403
    assert MoneyAccount.objects.get().balance_cents == 1234


def test_an_erased_contact_gets_no_money(admin_client: Client) -> None:
    contact = ContactFactory.create(erased_at=NOW, email=None)

    assert move(admin_client, contact).status_code == 404
    assert not MoneyAccount.objects.exists()
