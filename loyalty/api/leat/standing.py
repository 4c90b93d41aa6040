"""What a contact has: points, prepaid money, tier; and what they agreed to be sent."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from loyalty import membership
from loyalty.api.auth import ApiRequest, Bearer
from loyalty.api.fields import Payload, Sent, Text, as_uuid
from loyalty.api.leat.answers import Answer, Refused, answer
from loyalty.api.leat.finding import find_member
from loyalty.api.leat.people import tier_record
from loyalty.currency import minor_digits
from loyalty.dialects.leat.amounts import display_amount
from loyalty.dialects.leat.codes import Code
from loyalty.dialects.leat.standing import BalanceObject, ContactPrepaidObject
from loyalty.dialects.leat.subscriptions import (
    MARKETING,
    TYPES,
    ContactSubscriptionObject,
    SubscriptionTypeObject,
    subscription_object,
    type_object,
)
from loyalty.dialects.leat.tiers import NoTier, TierObject, tier_object
from loyalty.models import Contact, MoneyAccount, expired_points, find_programme
from loyalty.values import Consent, ConsentKind

router = Router(tags=["Contacts"], auth=Bearer("contacts"))


class Subscription(Payload):
    """What to subscribe to."""

    subscription_type_uuid: Text


@router.get("/contacts/{uuid}/credit-balance", response=Answer[BalanceObject])
def credit_balance(request: HttpRequest, uuid: str) -> HttpResponse:
    """Return the points that a contact can spend; after a return it may be below zero."""
    known = as_uuid(uuid)
    rows = Contact.objects.members().annotate(points_expired=expired_points(now=timezone.now()))
    row = rows.filter(uuid=known).values_list("balance", "points_expired").first() if known else None
    if row is None:
        raise Refused(Code.UNKNOWN_CONTACT)
    balance, over = row
    return answer({"balance": balance - over})


@router.get("/contacts/{uuid}/prepaid-balance", response=Answer[ContactPrepaidObject])
def prepaid_balance(request: HttpRequest, uuid: str) -> HttpResponse:
    """Return the contact's prepaid money."""
    contact = find_member(uuid)
    account = MoneyAccount.objects.filter(contact=contact).first()
    currency = account.currency if account else find_programme().currency
    cents = account.balance_cents if account else 0
    shown = display_amount(cents, currency=currency, digits=minor_digits(currency))
    return answer({"balance_in_cents": cents, "balance": shown})


@router.get("/contacts/{uuid}/tier", response=Answer[TierObject | NoTier])
def tier(request: HttpRequest, uuid: str) -> HttpResponse:
    """Return the contact's tier; without one an object whose name is null."""
    contact = find_member(uuid)
    return answer(tier_object(tier_record(contact.tier)) if contact.tier else {"name": None})


@router.get("/subscription-types", response=Answer[list[SubscriptionTypeObject]])
def list_types(request: HttpRequest) -> HttpResponse:
    """Return what can be subscribed to."""
    return answer([type_object(kind) for kind in TYPES])


@router.get("/contact-subscriptions/{uuid}", response=Answer[list[ContactSubscriptionObject]])
def list_subscriptions(request: HttpRequest, uuid: str) -> HttpResponse:
    """Return a contact's choices."""
    contact = find_member(uuid)
    is_subscribed = contact.consents_now().get(ConsentKind.MARKETING.value, False)
    return answer([subscription_object(is_subscribed=is_subscribed)])


@router.put("/contact-subscriptions/{uuid}/subscribe", response=Answer[ContactSubscriptionObject])
def subscribe(request: ApiRequest, uuid: str, subscription: Sent[Subscription]) -> HttpResponse:
    """Write down that a contact agreed, and which program says so."""
    return _choose(request, uuid, subscription, granted=True)


@router.put("/contact-subscriptions/{uuid}/unsubscribe", response=Answer[ContactSubscriptionObject])
def unsubscribe(request: ApiRequest, uuid: str, subscription: Sent[Subscription]) -> HttpResponse:
    """Write down that a contact agrees no more."""
    return _choose(request, uuid, subscription, granted=False)


def _choose(request: ApiRequest, uuid: str, subscription: Subscription, *, granted: bool) -> HttpResponse:
    contact = find_member(uuid)
    check_type(subscription.subscription_type_uuid)
    choose_marketing(contact, granted=granted, program=request.auth.name)
    return answer(subscription_object(is_subscribed=granted))


def check_type(uuid: str) -> None:
    """Refuse with 55030 what is no subscription type."""
    if str(as_uuid(uuid)) != MARKETING.uuid:
        raise Refused(Code.UNKNOWN_SUBSCRIPTION_TYPE)


def choose_marketing(contact: Contact, *, granted: bool, program: str) -> None:
    """Add to the log what was chosen, unless it is what the last entry says; the words were another program's."""
    if contact.consents_now().get(ConsentKind.MARKETING.value, False) == granted:
        return
    consent = Consent(kind=ConsentKind.MARKETING, granted=granted, wording=f"API: {program}")
    membership.record_consents(contact, [consent], now=timezone.now())
