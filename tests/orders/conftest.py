"""What the tests of the journey share: an evening, a table, who sits at it, adding by form, and a bank."""

import uuid
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.http import QueryDict
from django.test import Client
from django.utils import translation

from loyalty.models import Contact, GiftCardProgramme, Promotion
from menu.models import Product, Table
from orders import payments
from orders.basket import add
from orders.choices import product_for_sale, read_choice
from orders.guest import Visitor
from orders.models import LineItem
from tests.factories import NOW, ProductFactory, TableFactory
from tests.loyalty.factories import PromotionFactory, member
from tests.orders.fake_bank import FakeBank
from tests.orders.members import seat_member

AddByForm = Callable[..., LineItem]


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Read messages in English, whatever ran before."""
    with translation.override("en"):
        yield


@pytest.fixture
def table(db: None) -> Table:
    made: Table = TableFactory.create()
    return made


@pytest.fixture
def visitor(table: Table) -> Visitor:
    return Visitor(guest_id=uuid.uuid4(), table_code=table.code)


@pytest.fixture
def diner(client: Client, table: Table) -> Client:
    """A browser that has scanned the table's code."""
    client.get(f"/t/{table.code}/")
    return client


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Half past seven on a Wednesday evening in Amsterdam, until a test moves on."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def noor(db: None) -> Contact:
    """A member with 120 points."""
    return member(120, email="noor@example.com")


@pytest.fixture
def noors_phone(client: Client, table: Table, noor: Contact) -> Client:
    """Noor's phone at the table."""
    seat_member(client, table, noor)
    return client


@pytest.fixture
def add_by_form(visitor: Visitor, table: Table) -> AddByForm:
    """Add a product as the page's form would: `form` is its query string."""

    def add_it(product: Product, form: str = "quantity=1") -> LineItem:
        offered = product_for_sale(table.restaurant, product.pk, now=NOW)
        choice = read_choice(offered, QueryDict(form))
        return add(visitor=visitor, table=table, offered=offered, choice=choice, now=NOW)

    return add_it


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch, demo_mode: None) -> Iterator[FakeBank]:
    """Put the fake bank where the demo provider is loaded from."""
    monkeypatch.setitem(payments.PROVIDERS, "demo", "tests.orders.fake_bank.open_bank")
    payments.load_provider.cache_clear()
    loaded = payments.load_provider("demo")
    assert isinstance(loaded, FakeBank)
    yield loaded
    payments.load_provider.cache_clear()


@pytest.fixture
def promotion(db: None) -> Promotion:
    """What the voucher on the menu is of."""
    made: Promotion = PromotionFactory.create(name="Coffee for free")
    return made


@pytest.fixture
def coffee_book(table: Table, promotion: Promotion) -> Product:
    """A voucher of 8.00 on the menu."""
    made: Product = ProductFactory.create(
        restaurant=table.restaurant,
        sku="BOOK",
        name="Coffee book",
        price_cents=800,
        kind="voucher",
        promotion=str(promotion.uuid),
    )
    return made


@pytest.fixture
def gift(table: Table) -> Product:
    """A gift card of 25.00 on the menu."""
    GiftCardProgramme.objects.create(name="Gift card", currency="EUR", max_amount_cents=10000)
    made: Product = ProductFactory.create(
        restaurant=table.restaurant, sku="GIFT", name="Gift", price_cents=2500, kind="gift_card"
    )
    return made
