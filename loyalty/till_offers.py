"""The offers of a till's transaction: find what a till names, hold it, let it go, use it up. Runs while the contact's ledger
is open, so that two tills with one member take turns; against a diner's basket the hold of each offer decides.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from loyalty import purchases, till, voucher_use
from loyalty.attributes import DISCOUNT_ATTRIBUTES
from loyalty.currency import minor_digits
from loyalty.domain import Discount, DiscountType, InvalidDiscount, parse_discount
from loyalty.errors import LoyaltyError
from loyalty.ledger import Ledger
from loyalty.models import (
    CatalogueProduct,
    Contact,
    Redemption,
    Reward,
    RewardReception,
    Shop,
    TillMark,
    TillTransaction,
    Voucher,
    VoucherLock,
    find_programme,
)
from loyalty.till_documents import DiscountSubtype, HeldOffer, NamedOffer, OfferType
from loyalty.till_rules import JudgedOffer

# How long offers are held without an Update (rbi-api.md, "Decided for our server").
HOLD = timedelta(minutes=15)

type Row = Voucher | RewardReception
type OfferKey = tuple[type[Row | Reward], int]

_SUBTYPES = {
    DiscountType.PERCENTAGE: DiscountSubtype.PERCENTAGE,
    DiscountType.ABSOLUTE: DiscountSubtype.AMOUNT,
}


@dataclass(frozen=True, slots=True)
class TillOffer:
    """A voucher, a reward that was bought, or one to be bought with points, with its discount (None: a thing handed out)."""

    row: Row | Reward
    discount: Discount | None

    @property
    def key(self) -> OfferKey:
        """What tells it from others."""
        return type(self.row), self.row.pk

    @property
    def is_to_buy(self) -> bool:
        """Whether its points have not been spent yet."""
        return isinstance(self.row, Reward)

    @property
    def incentive_id(self) -> str:
        """The promotion or the reward."""
        if isinstance(self.row, Voucher):
            return str(self.row.promotion.uuid)
        return str(self.row.uuid if isinstance(self.row, Reward) else self.row.reward.uuid)

    @property
    def is_line(self) -> bool:
        """Whether a till is told of it as a line: it is no discount, or frees an item."""
        return self.discount is None or self.discount.discount_type is DiscountType.FREE_ITEM

    def judged(self, zone: ZoneInfo, *, is_held: bool, now: datetime) -> JudgedOffer:
        """Return what the rules look at, moments as the programme's own clock shows them.

        What was held before its end and is held still is honoured past it (offer-rules.md, "Locks").
        """
        row = self.row
        ends_at = None if isinstance(row, Reward) else row.expires_at
        if is_held and ends_at is not None and ends_at <= now:
            ends_at = None
        if isinstance(row, Voucher):
            return JudgedOffer(
                incentive_id=self.incentive_id,
                attributes=row.promotion.attributes,
                discount=self.discount,
                starts_at=_on_the_clock(row.activates_at, zone),
                ends_at=_on_the_clock(ends_at, zone),
            )
        return JudgedOffer(
            incentive_id=self.incentive_id,
            attributes=row.attributes,
            discount=self.discount,
            ends_at=_on_the_clock(ends_at, zone),
        )


# Finding --------------------------------------------------------------------------------------------------------------


def held_by(*holders: str, contact: Contact, now: datetime) -> list[TillOffer]:
    """Return what these transactions hold of the contact's, vouchers first, each in the order in which it was held."""
    locks = VoucherLock.objects.locked(now=now).filter(voucher=OuterRef("pk"), locked_for__in=holders)
    mine = Q(locked_for__in=holders, locked_until__gt=now) | Exists(locks)
    vouchers = contact.vouchers.filter(mine).select_related("promotion").order_by("locked_at", "pk")
    receptions = contact.receptions.locked(now=now).filter(locked_for__in=holders, collected_at=None, reversed_at=None)
    rows: list[Row] = [*vouchers, *receptions.select_related("reward").order_by("locked_at", "pk")]
    return read(rows)


def find_named(named: NamedOffer, *, contact: Contact, now: datetime) -> Row | Reward | None:
    """Return the contact's own offer that a till names without holding it: by our id of it, else by its incentive.

    What cannot be used is found too: why, its refusal says.
    """
    engine_id, incentive_id = _as_uuid(named.engine_id), _as_uuid(named.incentive_id)
    if engine_id is not None:
        voucher = contact.vouchers.filter(uuid=engine_id).select_related("promotion").first()
        reception = contact.receptions.filter(uuid=engine_id).select_related("reward").first()
        if voucher is not None:
            return voucher
        if reception is not None:
            return reception.reward if reception.is_for_till else reception
    return _find_of_incentive(incentive_id, contact=contact, now=now) if incentive_id is not None else None


def _find_of_incentive(incentive_id: uuid.UUID, *, contact: Contact, now: datetime) -> Row | Reward | None:
    """Return a voucher of that promotion, or that reward: first what is usable and costs nothing more."""
    usable = contact.vouchers.to_show(now=now).filter(promotion__uuid=incentive_id)
    free = (voucher for voucher in usable if voucher.held_until(now=now) is None)
    return (
        next(free, None)
        or contact.receptions.collectable(now=now).filter(reward__uuid=incentive_id).first()
        or Reward.objects.filter(uuid=incentive_id, is_pre_redeemable=True).first()
        or contact.vouchers.filter(promotion__uuid=incentive_id).select_related("promotion").first()
    )


def read(rows: Iterable[Row | Reward]) -> list[TillOffer]:
    """Return those of the rows that a till can use, with their discounts: nonsense makes an offer unusable, never free."""
    offers: list[TillOffer] = []
    rows = list(rows)
    currency = find_programme().currency if rows else ""
    for row in rows:
        attributes: Mapping[str, object] = row.promotion.attributes if isinstance(row, Voucher) else row.attributes
        own = row.promotion.currency if isinstance(row, Voucher) else row.currency
        means_none = all(attributes.get(definition.name) in {None, ""} for definition in DISCOUNT_ATTRIBUTES)
        if means_none and not isinstance(row, Voucher):
            offers.append(TillOffer(row, None))
            continue
        discount = parse_discount(attributes, currency_digits=minor_digits(own or currency))
        if not isinstance(discount, InvalidDiscount):
            offers.append(TillOffer(row, discount))
    return offers


def describe(offers: Sequence[TillOffer], *, supporting_pos: str) -> tuple[HeldOffer, ...]:
    """Return what a till is told of offers that it holds, products in the words of the POS named; one query."""
    skus = {code for offer in offers if offer.discount is not None for code in offer.discount.product_codes}
    codes = _product_codes(skus, supporting_pos)
    return tuple(_describe(offer, codes) for offer in offers if not isinstance(offer.row, Reward))


def _describe(offer: TillOffer, codes: Mapping[str, str]) -> HeldOffer:
    row, discount = offer.row, offer.discount
    products = discount.product_codes if discount is not None else ()
    return HeldOffer(
        type=OfferType.OFFER if isinstance(row, Voucher) else OfferType.REWARD,
        name=row.promotion.name if isinstance(row, Voucher) else row.title,
        incentive_id=offer.incentive_id,
        engine_id=str(row.uuid),
        product_code=codes.get(products[0], products[0]) if products else offer.incentive_id,
        subtype=_SUBTYPES.get(discount.discount_type) if discount is not None else None,
        value=discount.value if discount is not None else Decimal(0),
    )


def _product_codes(skus: Iterable[str], supporting_pos: str) -> dict[str, str]:
    """Return, by SKU, what that make of POS calls the product; those without such a code are not among them."""
    wanted = supporting_pos.strip().casefold()
    if not wanted or not skus:
        return {}
    rows = CatalogueProduct.objects.filter(sku__in=skus).values_list("sku", "till_codes")
    return {
        sku: code
        for sku, by_make in rows
        for make, code in by_make.items()
        if make.strip().casefold() == wanted and code
    }


# Holding and letting go -----------------------------------------------------------------------------------------------


def hold(
    offer: TillOffer, *, holder: str, contact: Contact, until: datetime, shop: Shop | None, now: datetime
) -> TillOffer:
    """Hold the offer for `holder`; a reward is bought for it. Raises what refuses it, as a LoyaltyError, changing nothing."""
    row = offer.row
    if isinstance(row, Voucher):
        promotion = row.promotion
        voucher_use.lock(row, contact=contact, holder=holder, until=until, now=now)
        row.promotion = promotion  # reading the voucher anew has dropped what was read along
        return offer
    with transaction.atomic():
        if isinstance(row, Reward):
            key = f"{holder}:{uuid.uuid4()}"
            row, _balance = purchases.buy(row, contact=contact, purchase_key=key, shop=shop, now=now, is_for_till=True)
        purchases.hold(row, contact=contact, holder=holder, until=until, now=now)
    return TillOffer(row, offer.discount)


def take_rewards(offers: Iterable[TillOffer], *, besides: Iterable[int] = ()) -> None:
    """Take the rows of the rewards that may be bought or given back, and those besides, all at once in the order of their ids.

    So two tills with the same rewards, named in whatever order, wait for one another and not in a circle.
    """
    rows = [offer.row for offer in offers]
    rewards = {row.pk if isinstance(row, Reward) else row.reward_id for row in rows if not isinstance(row, Voucher)}
    rewards.update(besides)
    if rewards:
        list(Reward.objects.select_for_update(no_key=True).filter(pk__in=rewards).order_by("pk").values_list("pk"))


def keep(offers: Iterable[TillOffer], *, holder: str, until: datetime, now: datetime) -> None:
    """Hold what is held until the new end; three queries at most."""
    vouchers, receptions = _split(offers)
    if vouchers:
        Voucher.objects.locked_by(holder, now=now).filter(pk__in=vouchers).update(locked_until=until)
        VoucherLock.objects.locked_by(holder, now=now).filter(voucher__in=vouchers).update(locked_until=until)
    if receptions:
        RewardReception.objects.locked_by(holder, now=now).filter(pk__in=receptions).update(locked_until=until)


def let_go(offers: Iterable[TillOffer], *, holders: Sequence[str], ledger: Ledger) -> None:
    """End the holds; the points of rewards that were bought for it come back."""
    offers = list(offers)
    vouchers, receptions = _split(offers)
    ended = {"locked_until": None, "locked_for": ""}
    if vouchers:
        Voucher.objects.filter(pk__in=vouchers, locked_for__in=holders).update(**ended)
        VoucherLock.objects.filter(voucher__in=vouchers, locked_for__in=holders).update(**ended)
    if receptions:
        RewardReception.objects.filter(pk__in=receptions, locked_for__in=holders).update(**ended)
    bought = [offer.row for offer in offers if isinstance(offer.row, RewardReception) and offer.row.is_for_till]
    for reception in sorted(bought, key=lambda row: (row.reward_id, row.pk)):
        ledger.undo_purchase(reception)


def move_marked(
    offers: Sequence[TillOffer], *, holders: Sequence[str], transaction: TillTransaction, ledger: Ledger
) -> list[TillOffer]:
    """Hold for `transaction` what its member marked, out of the hands of those that it replaces; return what it holds then.

    Rewards that were bought for those stay bought where they are still marked. What cannot be held any more is left out.
    """
    contact, now = transaction.contact, ledger.now
    holder, until = transaction.holder, transaction.held_until or now
    wanted = set(TillMark.objects.filter(contact=contact).exclude(reward=None).values_list("reward", flat=True))
    take_rewards(offers, besides=wanted)
    carried: dict[int, TillOffer] = {}
    for offer in offers:
        if isinstance(offer.row, RewardReception) and offer.row.is_for_till and offer.row.reward_id in wanted:
            carried.setdefault(offer.row.reward_id, offer)
    let_go((offer for offer in offers if offer not in carried.values()), holders=holders, ledger=ledger)
    for offer in carried.values():
        RewardReception.objects.filter(pk=offer.row.pk).update(locked_for=holder, locked_until=until)
    marked = till.find_marked(contact, now=now)
    held: list[TillOffer] = []
    for offer in read((*marked.vouchers, *marked.receptions)):
        held.extend(_try_to_hold(offer, transaction, until=until, now=now))
    held.extend(carried.values())
    to_buy = (reward for reward in marked.rewards if reward.pk in wanted and reward.pk not in carried)
    for offer in read(to_buy):
        held.extend(_try_to_hold(offer, transaction, until=until, now=now))
    return held


def _try_to_hold(
    offer: TillOffer, transaction: TillTransaction, *, until: datetime, now: datetime
) -> Iterable[TillOffer]:
    try:
        yield hold(
            offer,
            holder=transaction.holder,
            contact=transaction.contact,
            until=until,
            shop=transaction.shop,
            now=now,
        )
    except LoyaltyError:
        return  # another basket took it since, or the points do not suffice for all that was marked


# Using up, and back ---------------------------------------------------------------------------------------------------


def use(offers: Iterable[TillOffer], *, transaction: TillTransaction, now: datetime) -> None:
    """Redeem and collect what the transaction holds, and take the marks away."""
    contact, shop, holder = transaction.contact, transaction.shop, transaction.holder
    used = Q(pk=None)
    for offer in offers:
        row = offer.row
        if isinstance(row, Voucher):
            voucher_use.redeem(row, contact=contact, holder=holder, release_key=None, shop=shop, now=now)
            used |= Q(voucher=row)
        elif isinstance(row, RewardReception):
            # All of them are held: what ended since then is honoured.
            since = transaction.opened_at
            purchases.collect(row, contact=contact, order_identifier=holder, held_at=since, shop=shop, now=now)
            used |= Q(reward=row.reward_id) if row.is_for_till else Q(reception=row)
    contact.till_marks.filter(used).delete()


def give_back(transaction: TillTransaction, *, ledger: Ledger) -> None:
    """Make what the transaction used usable again, once; the points of rewards that were bought for it come back."""
    uses = Redemption.objects.filter(contact=transaction.contact, order_identifier=transaction.holder, reversed_at=None)
    # Rewards in the order of their ids, as wherever they are taken: tills must not wait for each other's.
    for redemption in uses.select_related("voucher__promotion", "reception").order_by("reception__reward_id", "pk"):
        if redemption.voucher is not None:
            voucher_use.reverse(redemption, now=ledger.now)
            continue
        purchases.reverse_collection(redemption, now=ledger.now)
        if redemption.reception is not None and redemption.reception.is_for_till:
            ledger.undo_purchase(redemption.reception)


def points_of(offers: Iterable[TillOffer]) -> int:
    """Return what the rewards among them cost that were bought for the transaction."""
    bought = (offer.row for offer in offers if isinstance(offer.row, RewardReception) and offer.row.is_for_till)
    return sum(reception.points for reception in bought)


def _split(offers: Iterable[TillOffer]) -> tuple[list[int], list[int]]:
    rows = [offer.row for offer in offers]
    vouchers = [row.pk for row in rows if isinstance(row, Voucher)]
    return vouchers, [row.pk for row in rows if isinstance(row, RewardReception)]


def _on_the_clock(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    """Return the moment as that clock shows it, without an offset."""
    return moment.astimezone(zone).replace(tzinfo=None) if moment is not None else None


def _as_uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
