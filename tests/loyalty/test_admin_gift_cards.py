"""Gift cards in the admin: found, issued by hand, money put on and taken off with a reason, out of use; codes kept close."""

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from time_machine import travel

from loyalty import gift_cards
from loyalty.models import GiftCard, GiftCardProgramme, MoneyAccount, MoneyEntry
from tests.loyalty.factories import NOW
from tests.loyalty.staff import staff

pytestmark = pytest.mark.django_db
CARDS = "/admin/loyalty/giftcard/"
PROGRAMMES = "/admin/loyalty/giftcardprogramme/"


@pytest.fixture
def programme() -> GiftCardProgramme:
    return GiftCardProgramme.objects.create(name="Gift card", currency="EUR", max_amount_cents=10000)


@pytest.fixture
def card(programme: GiftCardProgramme) -> GiftCard:
    """A card with 25.00 on it."""
    return gift_cards.issue_card(programme, cents=2500, key="sale-1", now=NOW)


def left(card: GiftCard) -> int:
    return MoneyAccount.objects.get(pk=card.account_id).balance_cents


def move(client: Client, card: GiftCard, **fields: str) -> Any:
    form = {"what": "top_up", "amount": "10.00", "reason": "Paid in cash", "key": str(uuid.uuid4())} | fields
    return client.post(f"{CARDS}{card.pk}/money/", form)


def issue(client: Client, kind: GiftCardProgramme, **fields: str) -> Any:
    form = {"programme": str(kind.pk), "amount": "50", "reason": "Raffle", "key": str(uuid.uuid4())} | fields
    return client.post(f"{CARDS}add/", form)


def told() -> str:
    """Everything the history keeps."""
    return " ".join(f"{entry.object_repr} {entry.change_message}" for entry in LogEntry.objects.all())


# Looking --------------------------------------------------------------------------------------------------------------


def test_a_card_is_found_by_its_code_or_its_last_letters_and_by_nothing_between(
    admin_client: Client, programme: GiftCardProgramme, card: GiftCard
) -> None:
    gift_cards.issue_card(programme, cents=100, key="other", now=NOW)
    key = card.code_key

    found = [
        list(admin_client.get(CARDS, {"q": term}).context["cl"].result_list)
        for term in (card.code.lower(), f"…{card.ending}", key[-5:], key[:4], key[-3:], "x" * 300)
    ]

    assert found == [[card], [card], [], [], [], []]
    assert len(admin_client.get(CARDS).context["cl"].result_list) == 2


def test_the_list_tells_endings_and_balances_and_no_code(admin_client: Client, card: GiftCard) -> None:
    page = admin_client.get(CARDS).content.decode()

    assert f"…{card.ending}" in page
    assert "€25.00" in page
    assert "Can be used" in page
    assert card.code not in page


def test_cards_are_narrowed_by_whether_they_can_be_used(admin_client: Client, programme: GiftCardProgramme) -> None:
    cards = {
        name: gift_cards.issue_card(programme, cents=100, key=name, now=NOW) for name in ("usable", "ended", "out")
    }
    GiftCard.objects.filter(pk=cards["ended"].pk).update(expires_at=NOW - timedelta(days=1))
    GiftCard.objects.filter(pk=cards["out"].pk).update(is_active=False)

    for state, card in cards.items():
        assert list(admin_client.get(CARDS, {"state": state}).context["cl"].result_list) == [card]


@pytest.mark.parametrize(
    ("permissions", "sees_code"), [(["view_giftcard"], False), (["view_giftcard", "change_giftcard"], True)]
)
def test_the_code_is_read_by_those_who_may_change_cards_alone(
    client: Client, card: GiftCard, permissions: list[str], sees_code: bool
) -> None:
    page = staff(client, *permissions).get(f"{CARDS}{card.pk}/change/").content.decode()

    assert (card.code in page) is sees_code
    assert ("Take out of use" in page) is sees_code
    for words in (f"Gift card …{card.ending}", "€25.00", "Sold", "+€25.00"):
        assert words in page
    assert "Put money on" not in page


def test_a_card_is_a_record(admin_client: Client, card: GiftCard) -> None:
    before = list(GiftCard.objects.values())

    answers = [
        admin_client.post(f"{CARDS}{card.pk}/{what}/", {"code": "MINE", "post": "yes"}).status_code
        for what in ("change", "delete")
    ]

    assert answers == [403, 403]
    assert list(GiftCard.objects.values()) == before


# Issuing --------------------------------------------------------------------------------------------------------------


@travel(NOW, tick=False)
def test_a_card_issued_by_hand_shows_its_code_once_and_keeps_who_and_why(
    admin_client: Client, programme: GiftCardProgramme
) -> None:
    answer = issue(admin_client, programme)

    card = GiftCard.objects.get()
    entry = MoneyEntry.objects.get()
    assert answer.status_code == 200
    assert card.code in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    assert (left(card), entry.reason, entry.made_by, entry.created_at) == (5000, "Raffle", "admin", NOW)
    assert "Issued with €50.00. Raffle" in told()
    assert card.code not in told()
    assert card.ending not in told()


def test_pressing_issue_twice_issues_one_card(admin_client: Client, programme: GiftCardProgramme) -> None:
    key = str(uuid.uuid4())

    pages = [issue(admin_client, programme, key=key).content.decode() for _press in range(2)]
    other = issue(admin_client, programme, key=key, amount="20")

    code = GiftCard.objects.get().code
    assert all(code in page for page in pages)
    assert (other.status_code, LogEntry.objects.count()) == (422, 1)
    assert code not in other.content.decode()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"amount": "0"}, "amount"),
        ({"amount": "-5"}, "amount"),
        ({"amount": "1.005"}, "amount"),
        ({"amount": "100.01"}, "amount"),
        ({"amount": "9" * 19}, "amount"),
        ({"amount": "٣"}, "amount"),
        ({"programme": "999999999999999999999"}, "programme"),
        ({"programme": ""}, "programme"),
        ({"key": "x"}, "key"),
    ],
)
def test_an_issue_form_without_sense_or_reason_issues_nothing(
    admin_client: Client, programme: GiftCardProgramme, wrong: dict[str, str], field: str
) -> None:
    answer = issue(admin_client, programme, **wrong)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert (GiftCard.objects.count(), MoneyAccount.objects.count(), LogEntry.objects.count()) == (0, 0, 0)


# Money ----------------------------------------------------------------------------------------------------------------


@travel(NOW, tick=False)
@pytest.mark.parametrize(
    ("what", "kind", "cents", "words"),
    [
        ("top_up", "top_up", 1050, "Topped up: +€10.50. Paid in cash"),
        ("give", "adjust", 1050, "Adjusted by staff: +€10.50. Paid in cash"),
        ("take", "adjust", -1050, "Adjusted by staff: −€10.50. Paid in cash"),
    ],
)
def test_money_by_hand_keeps_who_when_and_why(
    admin_client: Client, card: GiftCard, what: str, kind: str, cents: int, words: str
) -> None:
    answer = move(admin_client, card, what=what, amount="10,5")

    entry = MoneyEntry.objects.first()
    assert entry is not None
    assert answer.headers["Location"] == f"{CARDS}{card.pk}/change/"
    assert (entry.kind, entry.cents, entry.reason, entry.made_by, entry.created_at) == (
        kind,
        cents,
        "Paid in cash",
        "admin",
        NOW,
    )
    assert left(card) == 2500 + cents
    assert LogEntry.objects.get().change_message == words
    assert card.code not in told()


def test_pressing_twice_moves_money_once(admin_client: Client, programme: GiftCardProgramme, card: GiftCard) -> None:
    other = gift_cards.issue_card(programme, cents=100, key="other", now=NOW)
    key = str(uuid.uuid4())

    for _press in range(2):
        move(admin_client, card, key=key)
    elsewhere = move(admin_client, other, key=key)

    assert (left(card), left(other), elsewhere.status_code, LogEntry.objects.count()) == (3500, 100, 422, 1)


@pytest.mark.parametrize(
    ("wrong", "places"),
    [
        ({"reason": ""}, ["reason"]),
        ({"reason": "x" * 201}, ["reason"]),
        ({"amount": ""}, ["amount"]),
        ({"amount": "0.00"}, ["amount"]),
        ({"amount": "75.01"}, ["amount"]),
        ({"what": "take", "amount": "25.01"}, ["amount"]),
        ({"what": "burn"}, ["what"]),
        ({"key": ""}, ["key", "__all__"]),
    ],
)
def test_money_without_sense_or_reason_is_not_moved(
    admin_client: Client, card: GiftCard, wrong: dict[str, str], places: list[str]
) -> None:
    answer = move(admin_client, card, **wrong)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == places
    assert (left(card), MoneyEntry.objects.count(), LogEntry.objects.count()) == (2500, 1, 0)


def test_whoever_may_only_look_moves_issues_and_switches_nothing(
    client: Client, programme: GiftCardProgramme, card: GiftCard
) -> None:
    staff(client, "view_giftcard", "view_moneyaccount")

    answers = [
        client.get(f"{CARDS}{card.pk}/money/"),
        move(client, card),
        client.get(f"{CARDS}add/"),
        issue(client, programme),
        client.post(f"{CARDS}{card.pk}/out-of-use/"),
    ]
    client.post(CARDS, {"action": "take_out_of_use", "_selected_action": [card.pk]})

    assert [answer.status_code for answer in answers] == [403] * 5
    assert (left(card), GiftCard.objects.filter(is_active=True).count()) == (2500, 1)


# Out of use -----------------------------------------------------------------------------------------------------------


def test_a_card_goes_out_of_use_and_back_and_the_history_says_so(admin_client: Client, card: GiftCard) -> None:
    states = []
    for step in ("out-of-use", "out-of-use", "in-use"):
        admin_client.post(f"{CARDS}{card.pk}/{step}/")
        states.append(GiftCard.objects.get().is_active)

    assert admin_client.get(f"{CARDS}{card.pk}/out-of-use/").status_code == 405
    assert states == [False, False, True]
    assert list(LogEntry.objects.order_by("pk").values_list("change_message", flat=True)) == [
        "Taken out of use.",
        "Put back into use.",
    ]


def test_cards_selected_in_the_list_go_out_of_use(admin_client: Client, card: GiftCard) -> None:
    admin_client.post(CARDS, {"action": "take_out_of_use", "_selected_action": [card.pk]})

    assert not GiftCard.objects.get().is_active
    assert not GiftCard.objects.usable(now=NOW).exists()


# Kinds ----------------------------------------------------------------------------------------------------------------


def test_a_kind_of_card_is_made_and_changed_with_its_amount_as_money(admin_client: Client) -> None:
    fields = {"name": "Gift card", "currency": "eur", "max_amount_cents": "100.00", "is_active": "on"}
    added = admin_client.post(f"{PROGRAMMES}add/", fields)
    programme = GiftCardProgramme.objects.get()
    page = f"{PROGRAMMES}{programme.pk}/change/"
    shown = admin_client.get(page).content.decode()
    gift_cards.issue_card(programme, cents=2500, key="k", now=NOW)

    admin_client.post(page, {**fields, "currency": "USD", "max_amount_cents": "80,5"})

    before = (programme.currency, programme.max_amount_cents)
    programme.refresh_from_db()
    assert added.status_code == 302
    assert re.search(r'name="max_amount_cents" value="100\.00"', shown)
    assert before == ("EUR", 10000)
    assert (programme.currency, programme.max_amount_cents) == ("EUR", 8050)
    assert admin_client.post(f"{PROGRAMMES}{programme.pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize(
    "wrong", [{"max_amount_cents": "0"}, {"max_amount_cents": "x"}, {"currency": "XXX"}, {"expiration_days": "0"}]
)
def test_a_kind_of_card_without_sense_is_not_made(admin_client: Client, wrong: dict[str, str]) -> None:
    fields = {"name": "Gift card", "currency": "EUR", "max_amount_cents": "100.00", "is_active": "on"}

    answer = admin_client.post(f"{PROGRAMMES}add/", fields | wrong)

    assert list(answer.context["adminform"].form.errors) == list(wrong)
    assert not GiftCardProgramme.objects.exists()


def test_a_currency_without_decimals_is_typed_without_them(admin_client: Client) -> None:
    fields = {"name": "カード", "currency": "JPY", "max_amount_cents": "10000", "is_active": "on"}

    admin_client.post(f"{PROGRAMMES}add/", fields)

    assert GiftCardProgramme.objects.get().max_amount_cents == 10000
    assert "¥10,000" in admin_client.get(PROGRAMMES).content.decode()
