"""Rewards bought with points, collected, and both undone (leat-api.md sections 6.2 and 6.3)."""

import uuid as uuids

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router

from loyalty import purchases
from loyalty.api.auth import Bearer
from loyalty.api.fields import Payload, Sent, Text, as_uuid
from loyalty.api.leat.answers import Answer, Refused, answer, invalid, refusing
from loyalty.api.leat.finding import find, find_member, find_named, find_shop
from loyalty.api.leat.showing import shown_credits, shown_reception, with_points
from loyalty.dialects.leat.codes import Code
from loyalty.dialects.leat.receptions import (
    CollectableObject,
    CollectedObject,
    CreditReceptionObject,
    ReversedCollection,
    RewardReceptionObject,
    collectable_object,
    collected_object,
    credit_reception_object,
    reversed_collection,
    reward_reception_object,
)
from loyalty.errors import OfferTaken, OfferUnavailable, Unavailable, UnknownOffer
from loyalty.models import (
    Contact,
    EntryKind,
    PointsEntry,
    Redemption,
    Reward,
    RewardReception,
    find_programme,
)

router = Router(tags=["Reward receptions"], auth=Bearer("offers"))
BUYING = {Unavailable.DEACTIVATED: Code.REWARD_INACTIVE, Unavailable.LIMIT_REACHED: Code.REWARD_LIMIT}
NOT_UNDONE = {
    Unavailable.USED_UP: "This reward has been collected; reverse that first.",
    Unavailable.EXPIRED: "The time of this reward is over.",
}


class NewReception(Payload):
    """A reward to be bought."""

    contact_uuid: Text
    reward_uuid: Text
    shop_uuid: Text
    contact_identifier_value: Text | None = None


class AskedCollectables(Payload):
    """Whose."""

    contact_uuid: Text


class Collected(Payload):
    """Where a reward is collected, if the client says so."""

    shop_uuid: Text | None = None


@router.post("/reward-receptions", response=Answer[RewardReceptionObject])
def create_reception(request: HttpRequest, wanted: Sent[NewReception]) -> HttpResponse:
    """Take the points for a reward: one that is collected later becomes collectable, any other is handed out at once."""
    now = timezone.now()
    named = find_named(wanted.contact_uuid, wanted.contact_identifier_value)
    shop = find_shop(wanted.shop_uuid)
    reward = find(Reward.objects.all(), wanted.reward_uuid, Code.UNKNOWN_REWARD)
    key = f"api:{uuids.uuid4()}"
    try:
        with refusing({UnknownOffer: Code.UNKNOWN_CONTACT}):  # they left the programme meanwhile
            reception, balance = purchases.buy(reward, contact=named.contact, purchase_key=key, shop=shop, now=now)
    except OfferUnavailable as error:
        raise Refused(BUYING[error.reason]) from error
    named.contact.balance = balance
    shown = shown_reception(reception, find_programme(), contact=named.contact, card=named.card)
    return answer(reward_reception_object(shown))


@router.post("/reward-receptions/{uuid}/reverse", response=Answer[CreditReceptionObject])
def reverse_reception(request: HttpRequest, uuid: str) -> HttpResponse:
    """Give the points back; a second time changes nothing. Answers the credits that came back."""
    reception = find(_receptions(), uuid, Code.UNKNOWN_MODEL)
    try:
        purchases.undo(reception, contact=reception.contact, now=timezone.now())
    except OfferTaken as error:
        raise invalid("uuid", "This reward is being used on another order.") from error
    except OfferUnavailable as error:
        raise invalid("uuid", NOT_UNDONE[error.reason]) from error
    entries = PointsEntry.objects.select_related("contact", "shop", "unit")
    given_back = entries.get(source=f"reception:{reception.uuid}", kind=EntryKind.UNDO)
    return answer(credit_reception_object(shown_credits(given_back, find_programme())))


@router.get("/collectable-rewards", response=Answer[list[CollectableObject]])
def list_collectables(request: HttpRequest, asked: Query[AskedCollectables]) -> HttpResponse:
    """Return what a contact bought and can collect; soonest ending first."""
    contact = find_member(asked.contact_uuid)
    programme = find_programme()
    bought = contact.receptions.collectable(now=timezone.now()).select_related("reward", "shop")
    owner = with_points(Contact.objects.filter(pk=contact.pk)).get()
    shown = [shown_reception(reception, programme, contact=owner) for reception in bought]
    return answer([collectable_object(reception) for reception in shown])


@router.put("/collectable-rewards/collect/{loyalty_transaction_uuid}", response=Answer[CollectedObject])
def collect(request: HttpRequest, loyalty_transaction_uuid: str, wanted: Sent[Collected]) -> HttpResponse:
    """Hand a reward out, once. The uuid that is answered is the redemption's: an order is linked to it."""
    now = timezone.now()
    shop = find_shop(wanted.shop_uuid) if wanted.shop_uuid else None
    reception = find(_receptions(), loyalty_transaction_uuid, Code.UNKNOWN_COLLECTABLE)
    try:
        redemption = purchases.collect(reception, contact=None, order_identifier="", held_at=now, shop=shop, now=now)
    except (OfferTaken, OfferUnavailable) as error:
        raise Refused(Code.UNKNOWN_COLLECTABLE) from error
    shown = shown_reception(reception, find_programme())
    return answer(collected_object(shown, redemption.uuid))


@router.post("/collectable-rewards/{redemption_uuid}/reverse", response=Answer[ReversedCollection])
def reverse_collection(request: HttpRequest, redemption_uuid: str) -> HttpResponse:
    """Make a reward collectable again, named by its redemption or by itself; a second time changes nothing."""
    redemption = _find_collection(redemption_uuid)
    purchases.reverse_collection(redemption, now=timezone.now())
    return answer(reversed_collection(redemption.uuid))


def _find_collection(uuid: str) -> Redemption:
    """Return a collection by its own uuid, or the last one of the reward that was bought under it."""
    known = as_uuid(uuid)
    collections = Redemption.objects.exclude(reception=None)
    found = collections.filter(uuid=known).first() if known else None
    if found is None and known:
        of_this = collections.filter(reception__uuid=known).order_by("-pk")
        found = of_this.filter(reversed_at=None).first() or of_this.first()
    if found is None:
        raise Refused(Code.UNKNOWN_COLLECTABLE)
    return found


def _receptions() -> QuerySet[RewardReception]:
    return RewardReception.objects.select_related("reward", "contact", "shop")
