"""Rewards bought with points at Leat, and given back: Leat has no key for a purchase, so ours is kept here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from loyalty.backends.leat import deeds
from loyalty.backends.leat.connection import Part, as_id, as_port_errors
from loyalty.backends.leat.deeds import Answer, Wish
from loyalty.backends.leat.kept import forget_member
from loyalty.backends.leat.outcomes import Refused
from loyalty.backends.leat.redeeming import COLLECT
from loyalty.dialects.leat.answers import is_collected, read_balance, read_collectable, read_reward
from loyalty.dialects.leat.answers_money import read_movements
from loyalty.dialects.leat.codes import Code
from loyalty.dialects.leat.reading import items, must, parts, text
from loyalty.errors import (
    Conflict,
    NotEnoughPoints,
    OfferUnavailable,
    Unavailable,
    UnknownContact,
    UnknownOffer,
)
from loyalty.models import LeatDeed
from loyalty.values import CollectableOffer, Purchase

BUY, UNDO = "buy", "undo"
LONGEST_KEY = 120


class LeatPurchases(Part):
    """Buying rewards, of loyalty.port.Loyalty."""

    def buy(self, contact_id: str, reward_id: str, *, purchase_key: str, shop: str, now: datetime) -> Purchase:
        """Spend points on a reward that is collected later."""
        if not 0 < len(purchase_key) <= LONGEST_KEY:
            raise Conflict
        contact_id, reward_id = as_id(contact_id, UnknownContact), as_id(reward_id, UnknownOffer)
        wish = Wish(
            kind=BUY,
            key=f"{contact_id}:{purchase_key}",
            subject=contact_id,
            contact_id=contact_id,
            content={"reward": reward_id},
        )

        def do(_deed: LeatDeed) -> Answer:
            return self._buy(contact_id, reward_id)

        def look_up(deed: LeatDeed) -> Answer | None:
            return self._find_bought(contact_id, reward_id, deed)

        try:
            answer = deeds.once(wish, check=self.leat.transport.breaker.check, do=do, look_up=look_up, now=now)
        finally:
            forget_member(contact_id)
        return Purchase(collectable=self._offer(answer.values), new_balance=self._balance(contact_id))

    def undo_purchase(self, contact_id: str, collectable_id: str, *, now: datetime) -> int:
        """Give the points of an uncollected reward back."""
        contact_id, reception_id = as_id(contact_id, UnknownContact), as_id(collectable_id, UnknownOffer)
        if LeatDeed.objects.done().filter(kind=COLLECT, subject=reception_id).exists():
            if self._find_collectable(contact_id, reception_id) is None:
                raise OfferUnavailable(Unavailable.USED_UP)
        elif not LeatDeed.objects.filter(kind=UNDO, key=reception_id, subject=contact_id).exists() and (
            self._find_collectable(contact_id, reception_id) is None
        ):
            mine = LeatDeed.objects.done().filter(kind=BUY, subject=contact_id, answer_id=reception_id)
            raise OfferUnavailable(Unavailable.EXPIRED) if mine.exists() else UnknownOffer

        def do(_deed: LeatDeed) -> Answer:
            with as_port_errors((Code.INVALID, lambda _refused: OfferUnavailable(Unavailable.USED_UP))):
                self.leat.transport.change(f"/reward-receptions/{reception_id}/reverse", {})
            return Answer(reception_id)

        def look_up(_deed: LeatDeed) -> Answer | None:
            return Answer(reception_id) if self._find_collectable(contact_id, reception_id) is None else None

        wish = Wish(kind=UNDO, key=reception_id, subject=contact_id, contact_id=contact_id)
        try:
            deeds.once(wish, check=self.leat.transport.breaker.check, do=do, look_up=look_up, now=now)
        finally:
            forget_member(contact_id)
        return self._balance(contact_id)

    def _buy(self, contact_id: str, reward_id: str) -> Answer:
        account = self.leat.account
        reward = self._reward(reward_id)
        seen = read_reward(reward, prefix=account.attribute_prefix, currency=account.currency, balance=0)
        if not seen.is_collected_later:
            raise UnknownOffer
        if not seen.is_active:
            raise OfferUnavailable(Unavailable.DEACTIVATED)

        def missing(_refused: Refused) -> NotEnoughPoints:
            return NotEnoughPoints(max(0, seen.offer.points - self._balance(contact_id)))

        body = {"contact_uuid": contact_id, "reward_uuid": reward_id, "shop_uuid": account.shop_uuid}
        with as_port_errors((Code.TOO_FEW_CREDITS, missing)):
            answer = self.leat.transport.change("/reward-receptions", body)
        return self._bought(answer, reward)

    def _bought(self, answer: object, reward: Mapping[str, Any]) -> Answer:
        """Keep what a repeated purchase has to say again: the reception, and what its reward was then."""
        reception = parts(answer)
        kept = {name: reception.get(name) for name in ("uuid", "title", "credits", "expires_at", "expiration_date")}
        return Answer(must(reception.get("uuid"), "reception uuid"), kept | {"reward": dict(reward)})

    def _find_bought(self, contact_id: str, reward_id: str, deed: LeatDeed) -> Answer | None:
        """Return a reception of this reward since we asked that no other purchase of ours accounts for."""
        known = deeds.known_ids(BUY, contact_id)
        for one in self._receptions(contact_id):
            found = read_movements([one], amount="credits")
            is_this = text(parts(one.get("reward")).get("uuid")) == reward_id
            if is_this and found and found[0].id not in known and found[0].is_since(deeds.asked_since(deed)):
                return self._bought(one, self._reward(reward_id))
        return None

    def _offer(self, kept: Mapping[str, Any]) -> CollectableOffer:
        account = self.leat.account
        return read_collectable(kept, prefix=account.attribute_prefix, currency=account.currency)

    def _reward(self, reward_id: str) -> Mapping[str, Any]:
        with as_port_errors():
            return parts(self.leat.transport.look(f"/rewards/{reward_id}"))

    def _receptions(self, contact_id: str) -> list[Mapping[str, Any]]:
        with as_port_errors():
            return items(self.leat.transport.look("/collectable-rewards", contact_uuid=contact_id))

    def _find_collectable(self, contact_id: str, reception_id: str) -> Mapping[str, Any] | None:
        found = (one for one in self._receptions(contact_id) if text(one.get("uuid")) == reception_id)
        return next((one for one in found if not is_collected(one)), None)

    def _balance(self, contact_id: str) -> int:
        with as_port_errors():
            return read_balance(self.leat.transport.look(f"/contacts/{contact_id}/credit-balance"))
