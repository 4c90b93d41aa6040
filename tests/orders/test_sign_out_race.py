"""Signing out while the pay button is pressed, or an offer redeemed: the voucher goes with the discount, or both stay."""

from collections.abc import Callable
from functools import partial

import pytest

from loyalty.models import Contact, Voucher
from menu.models import Product, Table
from orders import identify, my_data, settlement
from orders.checkout import place
from orders.errors import Conflict
from orders.models import AppliedOffer, Attempt, Guest, Order
from orders.payments import demo
from tests.factories import NOW, ProductFactory
from tests.loyalty.factories import member
from tests.orders.conftest import AddByForm
from tests.orders.diners import Diner, state_of, voucher
from tests.orders.test_checkout_race import form_of
from tests.parallel import at_once
from tests.scale import size

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("demo_mode")]

ROUNDS = size(ci=6, full=60)

type Leave = Callable[[Guest], object]


def sign_out(guest: Guest) -> object:
    return identify.sign_out(guest, now=NOW)


def erase(guest: Guest) -> object:
    return my_data.erase(guest, now=NOW)


def let_another_in(guest: Guest) -> object:
    return identify.connect(guest, contact_id=str(Contact.objects.exclude(uuid=guest.contact_id).get().uuid), now=NOW)


LEAVES: list[Leave] = [sign_out, erase, let_another_in]


@pytest.fixture
def diner(table: Table, add_by_form: AddByForm) -> Diner:
    """A member with 10 % off two pizzas of 12.00; and somebody else who is a member."""
    pizza: Product = ProductFactory.create(restaurant=table.restaurant, sku="PIZZA", price_cents=1200)
    add_by_form(pizza, "quantity=2")
    contact = member(120)
    member(0)
    guest = identify.sign_in(Guest.objects.get(), str(contact.uuid), is_verified=True, now=NOW)
    seated = Diner(contact, guest, table)
    seated.redeem(voucher(seated))
    return seated


def finish() -> Order:
    """Pay at the bank whatever waits there."""
    for attempt in Attempt.objects.filter(state="started").select_related("payment__order__restaurant"):
        demo.choose(attempt.uuid, outcome="pay", now=NOW)
        settlement.ask_provider(attempt, now=NOW)
    return Order.objects.get()


@pytest.mark.parametrize("leave", LEAVES)
def test_whoever_leaves_just_after_the_button_was_pressed_is_told_and_keeps_nothing(
    diner: Diner, leave: Leave, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The payment begins between the look whether something is being paid and the offers' leaving."""
    look = identify.refuse_while_paying

    def look_then_pay(guest: Guest) -> None:
        look(guest)
        diner.pay(method="demo", is_marked=False)

    for module in (identify, my_data):
        monkeypatch.setattr(module, "refuse_while_paying", look_then_pay)

    with pytest.raises(Conflict, match=r"Payment of €21.60 is under way"):
        leave(diner.guest)

    diner.guest.refresh_from_db()
    offer, order = AppliedOffer.objects.get(), Order.objects.get()
    assert (diner.guest.ended_at, order.guest_id, order.payment_state) == (None, diner.guest.pk, "paying")
    assert (offer.withdrawn_at, offer.cents) == (None, 240)
    assert Contact.objects.get(uuid=diner.contact.uuid).email == diner.contact.email


@pytest.mark.once("postgres")
@pytest.mark.prove(ci=True)
@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_voucher_is_used_up_with_its_discount_or_free_without_it(diner: Diner, number: int) -> None:
    leave = LEAVES[number % len(LEAVES)]
    ten = Voucher.objects.get()
    press = partial(place, visitor=diner.visitor, table=diner.table, form=form_of(diner.order, "demo"), now=NOW)

    answers = at_once(2, lambda which: press() if which else leave(diner.guest))

    order = finish()
    assert [answer for answer in answers if isinstance(answer, Exception) and not isinstance(answer, Conflict)] == []
    assert sum(isinstance(answer, Conflict) for answer in answers) == 1, answers
    free = "DEACTIVATED" if leave is erase else "ACTIVE"
    told = (order.payment_state, state_of(ten), AppliedOffer.objects.get().cents)
    assert told in {("paid", "REDEEMED", 240), ("unpaid", free, 0)}, told


@pytest.mark.once("postgres")
@pytest.mark.prove(ci=True)
@pytest.mark.parametrize("number", range(ROUNDS))
def test_what_is_redeemed_while_its_member_leaves_is_on_nobodys_basket(diner: Diner, number: int) -> None:
    leave = LEAVES[number % len(LEAVES)]
    five = voucher(diner, discount_type="absolute_discount", discount_value="5")
    shown = diner.shown("voucher", five)

    answers = at_once(2, lambda which: diner.put(shown) if which else leave(diner.guest))

    free = "DEACTIVATED" if leave is erase else "ACTIVE"
    assert not isinstance(answers[0], Exception), answers
    assert not isinstance(answers[1], Exception) or isinstance(answers[1], Conflict), answers
    assert (list(AppliedOffer.objects.live()), state_of(five)) == ([], free)
