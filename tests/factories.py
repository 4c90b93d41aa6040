"""Rows for tests: each factory makes the smallest thing that can be ordered, at prices that are easy to add up."""

import uuid
from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from menu.models import Category, Modifier, ModifierGroup, Product, ProductModifierGroup, Restaurant, Table, Variant
from orders.models import AppliedOffer, Attempt, Charge, Guest, LineItem, Order, Payment, TaxAmount

# A Wednesday, half past seven in the evening in Amsterdam.
NOW = datetime(2026, 6, 3, 17, 30, tzinfo=UTC)


class RestaurantFactory(DjangoModelFactory[Restaurant]):
    """Always open, in EUR, prices with 9 % tax in them, no service charge."""

    class Meta:
        model = Restaurant

    slug = factory.Sequence(lambda number: f"restaurant-{number}")
    name = factory.Sequence(lambda number: f"Restaurant {number}")
    currency = "EUR"
    time_zone = "Europe/Amsterdam"
    tax_rate = 9
    tip_percents = factory.LazyFunction(lambda: [5, 10, 15])


class TableFactory(DjangoModelFactory[Table]):
    """A table of a restaurant of its own, unless one is given."""

    class Meta:
        model = Table

    restaurant = factory.SubFactory(RestaurantFactory)
    name = factory.Sequence(lambda number: f"Table {number + 1}")
    position = factory.Sequence(int)


class CategoryFactory(DjangoModelFactory[Category]):
    """Served all day, every day."""

    class Meta:
        model = Category

    restaurant = factory.SubFactory(RestaurantFactory)
    slug = factory.Sequence(lambda number: f"category-{number}")
    name = factory.Sequence(lambda number: f"Category {number}")
    position = factory.Sequence(int)


class ProductFactory(DjangoModelFactory[Product]):
    """A dish of 10.00 without sizes or modifiers, nothing recorded about its allergens."""

    class Meta:
        model = Product
        skip_postgeneration_save = True

    restaurant = factory.SubFactory(RestaurantFactory)
    sku = factory.Sequence(lambda number: f"SKU-{number}")
    name = factory.Sequence(lambda number: f"Dish {number}")
    price_cents = 1000
    position = factory.Sequence(int)

    @factory.post_generation
    def categories(self: Product, create: bool, extracted: list[Category] | None, **_kwargs: object) -> None:
        """Put the product into the `categories` given."""
        if create and extracted:
            self.categories.set(extracted)


class VariantFactory(DjangoModelFactory[Variant]):
    """A size of 12.00 of a product that has no price itself."""

    class Meta:
        model = Variant

    product = factory.SubFactory(ProductFactory, price_cents=None)
    sku = factory.Sequence(lambda number: f"SIZE-{number}")
    name = factory.Sequence(lambda number: f"Size {number}")
    price_cents = 1200
    position = factory.Sequence(int)


class ModifierGroupFactory(DjangoModelFactory[ModifierGroup]):
    """An optional question without a limit."""

    class Meta:
        model = ModifierGroup

    restaurant = factory.SubFactory(RestaurantFactory)
    key = factory.Sequence(lambda number: f"group-{number}")
    name = factory.Sequence(lambda number: f"Question {number}")
    position = factory.Sequence(int)


class ModifierFactory(DjangoModelFactory[Modifier]):
    """An option of 1.50 on top."""

    class Meta:
        model = Modifier

    group = factory.SubFactory(ModifierGroupFactory)
    sku = factory.Sequence(lambda number: f"OPTION-{number}")
    name = factory.Sequence(lambda number: f"Option {number}")
    price_cents = 150
    position = factory.Sequence(int)


class ProductModifierGroupFactory(DjangoModelFactory[ProductModifierGroup]):
    """A group asked with a product of the same restaurant."""

    class Meta:
        model = ProductModifierGroup

    product = factory.SubFactory(ProductFactory)
    group = factory.SubFactory(ModifierGroupFactory, restaurant=factory.SelfAttribute("..product.restaurant"))
    position = factory.Sequence(int)


class GuestFactory(DjangoModelFactory[Guest]):
    """A browser at a table."""

    class Meta:
        model = Guest

    id = factory.LazyFunction(uuid.uuid4)
    table = factory.SubFactory(TableFactory)
    created_at = NOW


class OrderFactory(DjangoModelFactory[Order]):
    """An empty basket of a guest at their table."""

    class Meta:
        model = Order

    guest = factory.SubFactory(GuestFactory)
    table = factory.SelfAttribute("guest.table")
    restaurant = factory.SelfAttribute("table.restaurant")
    table_name = factory.SelfAttribute("table.name")
    currency = factory.SelfAttribute("restaurant.currency")
    created_at = NOW
    changed_at = NOW


class LineItemFactory(DjangoModelFactory[LineItem]):
    """One of a product, at the product's own name and price."""

    class Meta:
        model = LineItem

    order = factory.SubFactory(OrderFactory)
    product = factory.SubFactory(ProductFactory, restaurant=factory.SelfAttribute("..order.restaurant"))
    sku = factory.SelfAttribute("product.sku")
    name = factory.SelfAttribute("product.name")
    kind = factory.SelfAttribute("product.kind")
    tax_rate = 9
    unit_cents = factory.SelfAttribute("product.price_cents")
    quantity = 1
    added_at = NOW


class SubLineItemFactory(LineItemFactory):
    """One of an option on each unit of a line; give it the line as `parent`."""

    order = factory.SelfAttribute("parent.order")
    product = None
    modifier = factory.SubFactory(
        ModifierFactory,
        group=factory.SubFactory(ModifierGroupFactory, restaurant=factory.SelfAttribute("...order.restaurant")),
    )
    sku = factory.SelfAttribute("modifier.sku")
    name = factory.SelfAttribute("modifier.name")
    kind = ""
    unit_cents = factory.SelfAttribute("modifier.price_cents")


class PaymentFactory(DjangoModelFactory[Payment]):
    """A tender over 10.00 at the counter, not paid yet."""

    class Meta:
        model = Payment

    order = factory.SubFactory(OrderFactory)
    method = "counter"
    amount_cents = 1000
    currency = factory.SelfAttribute("order.currency")
    created_at = NOW


class AttemptFactory(DjangoModelFactory[Attempt]):
    """A try under way whose window ends ten minutes later."""

    class Meta:
        model = Attempt

    payment = factory.SubFactory(PaymentFactory)
    idempotency_key = factory.LazyFunction(lambda: uuid.uuid4().hex)
    started_at = NOW
    expires_at = NOW.replace(minute=40)


class AppliedOfferFactory(DjangoModelFactory[AppliedOffer]):
    """Ten percent off the order."""

    class Meta:
        model = AppliedOffer

    order = factory.SubFactory(OrderFactory)
    kind = "voucher"
    offer_id = factory.Sequence(lambda number: f"voucher-{number}")
    name = "10% off"
    attributes = factory.LazyFunction(lambda: {"discount_type": "percentage_discount", "discount_value": "10"})


class ChargeFactory(DjangoModelFactory[Charge]):
    """A service charge of 1.00."""

    class Meta:
        model = Charge

    order = factory.SubFactory(OrderFactory)
    type = "SERVICE_CHARGE"
    cents = 100


class TaxAmountFactory(DjangoModelFactory[TaxAmount]):
    """9 % contained in 10.00."""

    class Meta:
        model = TaxAmount

    order = factory.SubFactory(OrderFactory)
    rate = 9
    base_cents = 1000
    tax_cents = 83
    is_contained = True
