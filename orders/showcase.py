"""What a member is shown of their offers: usable here or why not, on the basket already, within reach or what is missing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Value

from loyalty import port
from loyalty.domain import Discount, DiscountType, parse_discount
from loyalty.port import CollectableOffer, Offer, RewardOffer, VoucherOffer, Wallet
from menu.models import Category, Product, Restaurant, Variant
from orders.basket_pricing import PointsRate
from orders.models import AppliedOffer, Guest, OfferKind, Order


@dataclass(frozen=True)
class ShownOffer:
    """One offer as a ticket. `kind` is voucher, collectable or reward; `discount` is None where it would do nothing here.

    `worth` is the discount wherever it applies; None only where the attributes make no sense.
    """

    kind: str
    id: str
    name: str
    description: str
    media_url: str
    expires_at: datetime | None
    discount: Discount | None
    uses_left: int
    points: int
    missing_points: int
    is_applied: bool
    held_until: datetime | None
    is_held_elsewhere: bool
    worth: Discount | None = None
    is_marked: bool = False
    offer: Offer | None = None
    """As the programme told of it; None where it was not asked."""

    @property
    def is_usable(self) -> bool:
        """Whether it can be redeemed on this restaurant's menu now."""
        return self.discount is not None and not self.missing_points and not self.is_held_elsewhere

    @property
    def is_free_to_use(self) -> bool:
        """Whether it is within reach and on no basket."""
        return not self.missing_points and not self.is_applied and not self.is_held_elsewhere


@dataclass(frozen=True)
class Showcase:
    """A member's balance and offers, or `is_away` where the programme cannot be reached."""

    is_away: bool
    wallet: Wallet | None
    vouchers: tuple[ShownOffer, ...] = ()
    collectables: tuple[ShownOffer, ...] = ()
    rewards: tuple[ShownOffer, ...] = ()

    @property
    def rate(self) -> PointsRate | None:
        """What the member earns with an order; None where the programme does not say."""
        if self.wallet is None or self.wallet.points_per_unit is None:
            return None
        return PointsRate(self.wallet.points_per_unit, self.wallet.tier_multiplier)

    @property
    def free(self) -> tuple[ShownOffer, ...]:
        """What can be redeemed free of charge: vouchers and collectable rewards."""
        return (*self.vouchers, *self.collectables)

    def find(self, kind: str, offer_id: str) -> ShownOffer | None:
        """Return the offer of this kind and id, if the member has it."""
        shown = {"voucher": self.vouchers, "collectable": self.collectables, "reward": self.rewards}.get(kind, ())
        return next((offer for offer in shown if offer.id == offer_id), None)


def read_showcase(guest: Guest, restaurant: Restaurant, order: Order | None, *, now: datetime) -> Showcase:
    """Read what the member has and how it stands with their basket: the programme's queries and two of ours."""
    applied = list(order.applied_offers.live()) if order is not None else []
    return read_offers(guest, restaurant, applied, now=now)


def applied_by(guest: Guest, restaurant: Restaurant) -> list[AppliedOffer]:
    """Return the offers on the guest's basket at `restaurant`, for pages that do not read the basket itself; one query."""
    baskets = Order.objects.baskets().filter(guest=guest, restaurant=restaurant)
    return list(AppliedOffer.objects.live().filter(order__in=baskets))


def read_offers(
    guest: Guest, restaurant: Restaurant, applied_offers: Iterable[AppliedOffer], *, now: datetime
) -> Showcase:
    """Read what the member has, with those offers on their basket: the programme's queries and one of ours."""
    try:
        wallet = port.load().wallet(guest.contact_id, shop=restaurant.slug, now=now)
    except port.ProgrammeAway:
        return Showcase(is_away=True, wallet=None)
    except port.UnknownContact:
        return Showcase(is_away=False, wallet=None)
    applied = {(row.kind, row.offer_id): row for row in applied_offers}
    sold = _Sold(restaurant, (*wallet.vouchers, *wallet.collectables, *wallet.rewards))
    return Showcase(
        is_away=False,
        wallet=wallet,
        vouchers=tuple(_voucher(offer, applied, sold) for offer in wallet.vouchers),
        collectables=tuple(_collectable(offer, applied, sold) for offer in wallet.collectables),
        rewards=tuple(_reward(offer, sold) for offer in wallet.rewards),
    )


def find_offer(
    showcase: Showcase, guest: Guest, restaurant: Restaurant, *, kind: str, offer_id: str, now: datetime
) -> ShownOffer:
    """Return one offer of the member's showcase, or a voucher that no wallet shows.

    Raises port.UnknownOffer, port.OfferUnavailable, port.TooOften, port.ProgrammeAway.
    """
    if showcase.is_away:
        raise port.ProgrammeAway
    if (shown := showcase.find(kind, offer_id)) is not None:
        return shown
    if kind != OfferKind.VOUCHER:
        raise port.UnknownOffer
    return find_voucher(guest, restaurant, offer_id, now=now)


def find_voucher(guest: Guest, restaurant: Restaurant, reference: str, *, now: datetime) -> ShownOffer:
    """Return a voucher by its code or id, also one that is open to whoever has its code.

    Raises port.UnknownOffer, port.OfferUnavailable, port.TooOften, port.ProgrammeAway.
    """
    voucher = port.load().find_voucher(guest.contact_id, reference, now=now)
    return _voucher(voucher, {}, _Sold(restaurant, (voucher,)))


def shown_on_basket(row: AppliedOffer, restaurant: Restaurant) -> ShownOffer:
    """Return an offer on a basket from the basket's own copy of it, whether or not the programme can be reached."""
    discount = parse_discount(row.attributes, currency_digits=restaurant.digits)
    worth = discount if isinstance(discount, Discount) else None
    return ShownOffer(
        kind=row.kind,
        id=row.offer_id,
        name=row.name,
        description="",
        media_url="",
        expires_at=row.expires_at,
        discount=worth,
        uses_left=1,
        points=0,
        missing_points=0,
        is_applied=True,
        held_until=row.held_until,
        is_held_elsewhere=False,
        worth=worth,
    )


class _Sold:
    """Which products and categories named by offers this restaurant has on its menu: one query for all offers."""

    def __init__(self, restaurant: Restaurant, offers: tuple[Offer, ...]) -> None:
        self.restaurant = restaurant
        self.discounts = {
            offer.id: parse_discount(offer.attributes, currency_digits=restaurant.digits) for offer in offers
        }
        named = [discount for discount in self.discounts.values() if isinstance(discount, Discount)]
        codes = {code for discount in named for code in discount.product_codes}
        slugs = {discount.category for discount in named if discount.category}
        found = self._find(codes, slugs) if codes or slugs else []
        self.codes = {name for name, is_slug in found if not is_slug}
        self.slugs = {name for name, is_slug in found if is_slug}

    def _find(self, codes: set[str], slugs: set[str]) -> list[tuple[str, bool]]:
        """Return which of the SKUs and slugs are on the menu, each with whether it is a slug."""
        products = Product.objects.filter(restaurant=self.restaurant, is_hidden=False, sku__in=codes)
        sizes = Variant.objects.filter(
            product__restaurant=self.restaurant, product__is_hidden=False, is_hidden=False, sku__in=codes
        )
        categories = Category.objects.filter(restaurant=self.restaurant, slug__in=slugs)
        of_code, of_slug = Value(0), Value(1)
        rows = (
            products.order_by()
            .values_list("sku", of_code)
            .union(sizes.order_by().values_list("sku", of_code), categories.order_by().values_list("slug", of_slug))
        )
        return [(name, bool(is_slug)) for name, is_slug in rows.order_by()]

    def worth(self, offer: Offer) -> Discount | None:
        """Return the offer's discount, wherever it applies; None where it makes no sense, or means another currency."""
        discount = self.discounts[offer.id]
        if not isinstance(discount, Discount):
            return None
        is_in_money = discount.discount_type is DiscountType.ABSOLUTE or discount.max_cents or discount.minimum_cents
        return None if is_in_money and offer.currency != self.restaurant.currency else discount

    def usable(self, offer: Offer) -> Discount | None:
        """Return the offer's discount, None also where it names nothing that is sold here."""
        discount = self.worth(offer)
        if discount is None or discount.is_order_level:
            return discount
        named_here = any(code in self.codes for code in discount.product_codes) or discount.category in self.slugs
        return discount if named_here else None


def _voucher(offer: VoucherOffer, applied: dict[tuple[str, str], AppliedOffer], sold: _Sold) -> ShownOffer:
    mine = applied.get((OfferKind.VOUCHER, offer.id))
    return _shown(
        OfferKind.VOUCHER,
        offer,
        sold,
        mine,
        uses_left=offer.uses_left,
        held_until=mine.held_until if mine else offer.held_until,
    )


def _collectable(offer: CollectableOffer, applied: dict[tuple[str, str], AppliedOffer], sold: _Sold) -> ShownOffer:
    mine = applied.get((OfferKind.COLLECTABLE, offer.id))
    return _shown(
        OfferKind.COLLECTABLE,
        offer,
        sold,
        mine,
        points=offer.points,
        held_until=mine.held_until if mine else offer.held_until,
    )


def _reward(offer: RewardOffer, sold: _Sold) -> ShownOffer:
    return _shown("reward", offer, sold, None, points=offer.points, missing_points=offer.missing_points)


def _shown(
    kind: str,
    offer: Offer,
    sold: _Sold,
    mine: AppliedOffer | None,
    *,
    uses_left: int = 1,
    points: int = 0,
    missing_points: int = 0,
    held_until: datetime | None = None,
) -> ShownOffer:
    return ShownOffer(
        kind=kind,
        id=offer.id,
        name=offer.name,
        description=offer.description,
        media_url=offer.media_url,
        expires_at=offer.expires_at,
        discount=sold.usable(offer),
        uses_left=uses_left,
        points=points,
        missing_points=missing_points,
        is_applied=mine is not None,
        held_until=held_until,
        is_held_elsewhere=mine is None and held_until is not None,
        worth=sold.worth(offer),
        is_marked=offer.is_marked,
        offer=offer,
    )


def value_words(discount: Discount) -> tuple[str, str]:
    """Return what the ticket's stub says: the kind of value ("percent", "amount", "free") and the value itself."""
    if discount.discount_type is DiscountType.FREE_ITEM:
        return "free", ""
    if discount.discount_type is DiscountType.PERCENTAGE:
        return "percent", str(discount.value)
    return "amount", str(discount.value)
