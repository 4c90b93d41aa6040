"""The rows that calls about orders and returns name, and an order as it is answered."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from babel.numbers import get_currency_symbol

from loyalty.api.leat.answers import Refused
from loyalty.api.leat.finding import find_at_address
from loyalty.currency import minor_digits
from loyalty.dialects.leat.codes import Code
from loyalty.dialects.leat.order_objects import LineProduct, OrderObject
from loyalty.dialects.leat.orders_out import KeptOrder, skus_in, write_order
from loyalty.models import CatalogueProduct, Contact, OrderReturn, ProcessedOrder, Shop

ORDERS = ProcessedOrder.objects.select_related("contact", "shop")
NO_ORDER = "There is no such order."


def find_buyer(contact_uuid: UUID) -> Contact:
    """Return the contact of an order: of one that was merged the one it is part of now; also one erased meanwhile."""
    contact = Contact.objects.select_related("merged_into").filter(uuid=contact_uuid).first()
    while contact is not None and contact.merged_into is not None:
        contact = contact.merged_into
    if contact is None:
        raise Refused(Code.UNKNOWN_CONTACT)
    return contact


def find_profile(shop_uuid: UUID) -> Shop:
    """Return the shop, which orders call a business profile."""
    shop = Shop.objects.filter(uuid=shop_uuid).first()
    if shop is None:
        raise Refused(Code.UNKNOWN_SHOP)
    return shop


def find_order(reference: str) -> ProcessedOrder:
    """Return the order at an address."""
    return find_at_address(ORDERS, reference, NO_ORDER)


def find_return(reference: str) -> OrderReturn:
    """Return the return at an address."""
    rows = OrderReturn.objects.select_related("order__contact", "order__shop")
    return find_at_address(rows, reference, "There is no such order return.")


def find_products(skus: Iterable[str]) -> dict[str, CatalogueProduct]:
    """Return the products of the catalogue by their external identifiers; one query, none for no product."""
    wanted = set(skus)
    found = CatalogueProduct.objects.filter(sku__in=wanted) if wanted else []
    return {product.sku: product for product in found}


def show_orders(orders: Sequence[ProcessedOrder]) -> list[OrderObject]:
    """Return orders as they are answered; one query for all their products."""
    products = find_products(sku for order in orders for sku in skus_in(order.document))
    return [show_order(order, products) for order in orders]


def show_order(order: ProcessedOrder, products: Mapping[str, CatalogueProduct] | None = None) -> OrderObject:
    """Return an order as it is answered. Without `products` they are looked up."""
    if products is None:
        products = find_products(skus_in(order.document))
    shop = order.shop
    return write_order(
        KeptOrder(
            uuid=order.uuid,
            document=order.document,
            contact={"uuid": str(order.contact.uuid), "email": order.contact.email},
            business_profile={"uuid": str(shop.uuid), "name": shop.name} if shop else None,
            status=order.status,
            payment_status=order.payment_status,
            created_at=order.created_at,
            changed_at=order.changed_at,
            paid_at=order.paid_at,
            completed_at=order.completed_at,
            products={sku: _product(product) for sku, product in products.items()},
            formatted_total=format_amount(order.document["total_cents"], order.currency),
        )
    )


def format_amount(cents: int, currency: str) -> str:
    """Return an amount as Leat's orders show it: "€ 33.31"."""
    digits = minor_digits(currency)
    return f"{get_currency_symbol(currency, locale='en')} {Decimal(cents).scaleb(-digits):,.{digits}f}"


def _product(product: CatalogueProduct) -> LineProduct:
    return {"uuid": str(product.uuid), "external_identifier": product.sku, "name": product.name}
