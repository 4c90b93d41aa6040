"""Money back on an order's page: what goes where, handed out or tried again once, receipts; and in the list of troubles."""

from html import unescape
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client

from loyalty import gift_cards
from loyalty.models import GiftCardProgramme
from menu.models import Table
from orders.guest import Visitor
from orders.models import Attempt, Order, Payment, Receipt, Refund, SoldCard
from orders.refunds import give_back_orphan
from orders.returns import return_everything
from tests.factories import NOW, ProductFactory
from tests.loyalty.factories import member
from tests.orders.conftest import AddByForm
from tests.orders.diners import Diner, seat_member
from tests.orders.fake_bank import FakeBank

pytestmark = pytest.mark.django_db
TO_LOOK_AT = "/admin/to-look-at/"


@pytest.fixture
def guest(table: Table) -> Diner:
    return seat_member(table, member(0))


@pytest.fixture
def visitor(guest: Diner) -> Visitor:
    return guest.visitor


@pytest.fixture
def order(guest: Diner, add_by_form: AddByForm, bank: FakeBank) -> Order:
    """23.40 paid, 20.00 at the counter and 3.40 at a bank that says it took a cent less, and taken back whole."""
    add_by_form(ProductFactory.create(restaurant=guest.table.restaurant, name="Stew", price_cents=1170), "quantity=2")
    paid = guest.pay()
    Payment.objects.filter(order=paid).update(amount_cents=2000)
    online = Payment.objects.create(
        order=paid, method="demo", amount_cents=340, currency="EUR", created_at=NOW, paid_at=NOW
    )
    tried = Attempt.objects.create(payment=online, state="paid", idempotency_key="k", started_at=NOW, expires_at=NOW)
    bank.says(tried, "paid", amount_cents=339)
    return_everything(paid, key="r", by="anna", reason="cold", now=NOW)
    return paid


def page(client: Client, order: Order) -> str:
    return unescape(client.get(f"/admin/orders/order/{order.pk}/change/").content.decode())


def press(client: Client, order: Order, action: str, refund: object = "") -> list[str]:
    answer = client.post(f"/admin/orders/order/{order.pk}/do/{action}/", {"refund": str(refund)}, follow=True)
    assert answer.status_code == 200
    return [str(message) for message in answer.context["messages"]]


def matters(client: Client, name: str) -> list[Any]:
    found: list[Any] = client.get(TO_LOOK_AT).context[name]
    return found


def waiter(client: Client, *permissions: str) -> Client:
    user = User.objects.create_user("olga", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(user)
    return client


def test_the_record_says_what_goes_where_and_what_to_do(admin_client: Client, order: Order) -> None:
    shown = page(admin_client, order)

    for words in (
        "Money back",
        "At the counter",
        "Hand the money out, then press “Handed out”.",
        "Online (Demo)",
        "Failed",
        "Look it up at your payment provider.",
        "Handed out: €20.00",
        "Handed out: €3.40",
        "Try again: €3.40, Online (Demo)",
    ):
        assert words in shown
    assert "Try again: €20.00" not in shown


def test_money_at_the_counter_is_handed_out_once_and_the_history_says_by_whom(
    admin_client: Client, order: Order
) -> None:
    refund = Refund.objects.get(payment__method="counter")

    first, second = (press(admin_client, order, "hand_out", refund.pk) for _press in range(2))

    refund.refresh_from_db()
    assert (refund.state, refund.handed_out_by) == ("done", "admin")
    assert first == ["Order #1: Refund of €20.00 (At the counter): Paid back."]
    assert second == ["This refund is on its way or done already."]
    assert LogEntry.objects.get().change_message == "Refund of €20.00 (At the counter): Paid back"
    shown = page(admin_client, order)
    assert "Handed out by admin." in shown
    assert "Handed out: €20.00" not in shown


def test_a_refund_that_failed_is_tried_again(admin_client: Client, order: Order, bank: FakeBank) -> None:
    refund, attempt = Refund.objects.get(state="failed"), Attempt.objects.get()

    still = press(admin_client, order, "try_again", refund.pk)
    bank.says(attempt, "paid", amount_cents=340)
    done = press(admin_client, order, "try_again", refund.pk)

    assert (still, done) == (
        ["Order #1: Refund of €3.40 (Online): Failed."],
        ["Order #1: Refund of €3.40 (Online): Paid back."],
    )
    assert bank.refunded_cents(attempt.uuid) == 340


def test_a_refund_that_failed_is_handed_out_instead(admin_client: Client, order: Order, bank: FakeBank) -> None:
    refund = Refund.objects.get(state="failed")

    press(admin_client, order, "hand_out", refund.pk)
    again = press(admin_client, order, "try_again", refund.pk)

    refund.refresh_from_db()
    assert (refund.state, refund.handed_out_by) == ("done", "admin")
    assert again == ["This refund is on its way or done already."]
    assert bank.refunded_cents(Attempt.objects.get().uuid) == 0


@pytest.mark.parametrize("refund", ["", "x", "0", "9" * 30, "٣"])
def test_a_refund_of_another_order_or_none_is_not_touched(admin_client: Client, order: Order, refund: str) -> None:
    told = press(admin_client, order, "hand_out", refund)

    assert told == ["This refund is not part of this order."]
    assert sorted(Refund.objects.values_list("state", flat=True)) == ["due", "failed"]
    assert not LogEntry.objects.exists()


def test_whoever_may_only_look_has_no_buttons_and_moves_nothing(client: Client, order: Order) -> None:
    shown = page(waiter(client, "view_order"), order)

    pressed = client.post(
        f"/admin/orders/order/{order.pk}/do/hand_out/",
        {"refund": str(Refund.objects.get(payment__method="counter").pk)},
    )

    assert "Money back" in shown
    assert "Handed out: €20.00" not in shown
    assert pressed.status_code == 403
    assert Refund.objects.get(payment__method="counter").state == "due"


def test_a_form_from_elsewhere_is_refused(order: Order, admin_user: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(admin_user)

    answer = strict.post(
        f"/admin/orders/order/{order.pk}/do/hand_out/",
        {"refund": str(Refund.objects.get(payment__method="counter").pk)},
    )

    assert answer.status_code == 403
    assert Refund.objects.get(payment__method="counter").state == "due"


# Receipts and tenders -------------------------------------------------------------------------------------------------


def test_each_receipt_has_its_number_and_its_pdf(admin_client: Client, order: Order, client: Client) -> None:
    shown = page(admin_client, order)
    addresses = [f"/admin/orders/order/{order.pk}/receipts/{number}.pdf" for number in (1, 2)]

    answers = [admin_client.get(address) for address in addresses]

    assert [(row.number, row.order_return is None) for row in Receipt.objects.all()] == [(1, True), (2, False)]
    for address, answer in zip(addresses, answers, strict=True):
        assert address in shown
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
        assert answer.content.startswith(b"%PDF")
    assert admin_client.get(addresses[0].replace("1.pdf", "3.pdf")).status_code == 404
    assert admin_client.post(addresses[0]).status_code == 405
    assert waiter(client, "view_product").get(addresses[0]).status_code == 403


def test_a_try_given_up_is_marked_as_such_and_tenders_have_names(
    admin_client: Client, guest: Diner, add_by_form: AddByForm
) -> None:
    add_by_form(ProductFactory.create(restaurant=guest.table.restaurant, price_cents=1000))
    order = guest.pay()
    Payment.objects.create(
        order=order,
        method="gift_card",
        amount_cents=400,
        currency="EUR",
        created_at=NOW,
        paid_at=NOW,
        given_up_at=NOW,
        account_name="…PQRS",
    )
    Payment.objects.create(
        order=order, method="prepaid", amount_cents=300, currency="EUR", created_at=NOW, given_up_at=NOW
    )

    shown = page(admin_client, order)

    for words in (
        "Gift card …PQRS",
        "Prepaid balance",
        "At the counter",
        "given up: this try failed, what was taken goes back",
        "<s>€4.00</s>",
        "<s>€3.00</s>",
        "marked by anna",
    ):
        assert words in shown


# To look at -----------------------------------------------------------------------------------------------------------


def test_refunds_that_wait_or_failed_are_listed_with_what_to_do(admin_client: Client, order: Order) -> None:
    counter, failed = matters(admin_client, "refunds")

    assert counter.what == "€20.00 is to be handed out at the counter."
    assert counter.next_step == "Hand the money out, then press “Handed out”."
    assert failed.what == "€3.40 did not go back (Online (Demo))."
    assert failed.next_step.startswith("Look it up at your payment provider.")
    assert counter.link == failed.link == f"/admin/orders/order/{order.pk}/change/#order-{order.pk}"
    for refund in Refund.objects.all():
        press(admin_client, order, "hand_out", refund.pk)
    assert matters(admin_client, "refunds") == []
    assert "None. All money that came back is with the guests." in admin_client.get(TO_LOOK_AT).content.decode()


def test_money_without_an_order_is_listed_for_a_month_also_once_it_went_back(
    admin_client: Client, order: Order
) -> None:
    Refund.objects.all().delete()
    give_back_orphan(Attempt.objects.get(), amount_cents=340, currency="EUR", now=NOW)

    found = []
    for fields in ({}, {"state": "failed"}, {"state": "done"}, {"state": "done", "created_at": "2020-01-01T00:00Z"}):
        Refund.objects.update(**fields)
        found.append([(matter.what, matter.next_step) for matter in matters(admin_client, "refunds")])

    orphan = "Money without an order: €3.40 came in after its payment had been given up."
    assert found[0] == [(orphan, "Nothing: it goes back by itself.")]
    assert found[1][0][0] == f"{orphan} It did not go back."
    assert found[3] == []


def test_a_gift_card_paid_for_and_not_issued_is_listed_and_issued_later(
    admin_client: Client, guest: Diner, add_by_form: AddByForm
) -> None:
    add_by_form(
        ProductFactory.create(
            restaurant=guest.table.restaurant,
            price_cents=2500,
            kind="gift_card",
            discountable=False,
            earns_points=False,
        )
    )
    order = guest.pay()

    (matter,) = matters(admin_client, "cards")
    refused = press(admin_client, order, "issue_cards")
    GiftCardProgramme.objects.create(name="Gift card", currency="EUR", max_amount_cents=10000)
    shown = page(admin_client, order)
    issued, again = (press(admin_client, order, "issue_cards") for _press in range(2))

    sold = SoldCard.objects.get()
    assert matter.what == (
        "A gift card of €25.00 was paid for and not issued. No gift card programme takes this amount in this currency."
    )
    assert matter.next_step.startswith("Make a gift card programme that takes this amount")
    assert "Issue what is missing" in shown
    assert refused == ["It is refused still. Please look at the gift card programmes and promotions first."]
    assert issued == ["Order #1: Gift cards and vouchers issued."]
    assert again == ["All that this order sold has been issued."]
    assert (sold.problem, gift_cards.find_card(sold.code, now=NOW).account.balance_cents) == ("", 2500)
    assert matters(admin_client, "cards") == []
    assert "Issue what is missing" not in page(admin_client, order)
    assert sold.code not in "".join(LogEntry.objects.values_list("change_message", flat=True))
