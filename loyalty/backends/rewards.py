"""Rewards of the embedded programme, as the port buys, holds and collects them."""

from datetime import datetime

from loyalty import purchases
from loyalty.backends.finding import as_uuid, find_contact, find_reception
from loyalty.backends.sold import EmbeddedSales
from loyalty.backends.wallet import collectable_offer
from loyalty.errors import Conflict, UnknownOffer, WrongKey
from loyalty.models import Reward, find_shop
from loyalty.values import Hold, Purchase, RedemptionKind, RedemptionLink

LONGEST_KEY = 120


class EmbeddedRewards(EmbeddedSales):
    """The part of loyalty.port.Loyalty for rewards."""

    def buy(self, contact_id: str, reward_id: str, *, purchase_key: str, shop: str, now: datetime) -> Purchase:
        """Spend points on a reward that is collected later."""
        if not 0 < len(purchase_key) <= LONGEST_KEY:
            raise Conflict
        contact = find_contact(contact_id)
        rewards = Reward.objects.filter(is_pre_redeemable=True)
        reward = rewards.filter(uuid=as_uuid(reward_id, UnknownOffer)).first()
        if reward is None:
            raise UnknownOffer
        reception, balance = purchases.buy(
            reward, contact=contact, purchase_key=purchase_key, shop=find_shop(shop), now=now
        )
        collectable = collectable_offer(reception, currency=reception.currency, now=now)
        return Purchase(collectable=collectable, new_balance=balance)

    def undo_purchase(self, contact_id: str, collectable_id: str, *, now: datetime) -> int:
        """Give points back."""
        return purchases.undo(find_reception(collectable_id), contact=find_contact(contact_id), now=now)

    def lock_collectable(
        self, contact_id: str, collectable_id: str, *, holder: str, until: datetime, now: datetime
    ) -> Hold:
        """Hold a bought reward, as long as asked; what a till bought for itself is no basket's."""
        reception = find_reception(collectable_id)
        owner = reception.contact
        contact = owner if str(owner.uuid) == contact_id else find_contact(contact_id)
        if reception.is_for_till:
            raise UnknownOffer
        purchases.hold(reception, contact=contact, holder=holder, until=until, now=now)
        reception.refresh_from_db(fields=["release_key", "locked_until"])
        return Hold(release_key=str(reception.release_key), until=until)

    def release_collectable(self, collectable_id: str, *, release_key: str, now: datetime) -> None:
        """End a hold."""
        purchases.release(find_reception(collectable_id), release_key=as_uuid(release_key, WrongKey))

    def collect(
        self, contact_id: str, collectable_id: str, *, order: str, held_at: datetime, shop: str, now: datetime
    ) -> RedemptionLink:
        """Use a bought reward up."""
        redemption = purchases.collect(
            find_reception(collectable_id),
            contact=find_contact(contact_id, erased_too=True),
            order_identifier=order,
            held_at=held_at,
            shop=find_shop(shop),
            now=now,
        )
        return RedemptionLink(kind=RedemptionKind.COLLECTABLE, id=str(redemption.uuid), offer_id=collectable_id)
