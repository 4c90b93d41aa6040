"""Contacts that calls are about, what they look like, and how a call about one that is not there is refused."""

from collections.abc import Mapping
from datetime import date, datetime

from loyalty import identifiers, membership, money
from loyalty.attributes import AttributeType
from loyalty.models import Contact, CustomAttribute
from loyalty.values import Consent, ConsentKind
from tests.loyalty.api.cases import UNKNOWN, Refusal
from tests.loyalty.api.shapes import (
    BOOL,
    INT,
    MOMENT,
    NULL,
    NUMBER,
    STR,
    UUID,
    Open,
    nullable,
    one_of,
)
from tests.loyalty.factories import ContactFactory, ShopFactory, TierFactory, member

MARKETING = "3f9d7b52-7f3e-4a5c-9d1e-2c6b8a4f0e11"


def prepare(now: datetime) -> Mapping[str, str]:
    """A member with 120 points, €50.00 prepaid, a tier, a card and an attribute; one with nothing; one without an address."""
    ShopFactory.create()
    CustomAttribute.objects.create(entity="contact", name="favourite", label="Favourite", type=AttributeType.TEXT)
    CustomAttribute.objects.create(entity="contact", name="terms", label="Terms", type=AttributeType.BOOLEAN)
    CustomAttribute.objects.create(entity="contact", name="guests", label="Guests", type=AttributeType.NUMBER)
    contact = member(
        120, now=now, email="noor@example.com", birthdate=date(1990, 6, 4), tier=TierFactory.create(name="Gold")
    )
    contact.attributes = {"favourite": "Pizza"}
    contact.save()
    money.top_up(money.prepaid_account(contact), 5000, source="test", now=now)
    consent = Consent(kind=ConsentKind.MARKETING, granted=True, wording="Yes")
    membership.record_consents(contact, [consent], now=now)
    identifiers.create("CARD-1", name="Card", contact=contact, now=now)
    identifiers.create("CARD-2", name="", contact=None, now=now)
    plain = ContactFactory.create(
        email="plain@example.com", verified_at=None, birthdate=None, first_name="", last_name=""
    )
    nobody = Contact.objects.create(created_at=now)
    erased = ContactFactory.create()
    membership.erase(erased, now=now)
    return {
        "contact": str(contact.uuid),
        "plain": str(plain.uuid),
        "anonymous": str(nobody.uuid),
        "erased": str(erased.uuid),
        "marketing": MARKETING,
    }


OPTION = {"value": STR, "label": STR, "description": nullable(STR), "media": NULL}
TIER = {"uuid": UUID, "name": STR, "description": nullable(STR), "position": INT, "media": NULL}
SUBSCRIPTION_TYPE = {
    "id": INT,
    "uuid": UUID,
    "name": STR,
    "description": STR,
    "active": BOOL,
    "strategy": one_of("OPT_IN", "OPT_OUT", "DOUBLE_OPT_IN"),
}
SUBSCRIPTION = {
    "is_subscribed": BOOL,
    "status": one_of("SUBSCRIBED", "UNSUBSCRIBED"),
    "subscription_type": SUBSCRIPTION_TYPE,
}
CURRENT = {
    "firstname": nullable(STR),
    "lastname": nullable(STR),
    "email": nullable(STR),
    "birthdate": nullable(STR),
    "birth_date": nullable(STR),
    "phonenumber": nullable(STR),
    "address": nullable(STR),
    "avatar": nullable(STR),
    "age": nullable(INT),
    "locale": STR,
    "channel": nullable(STR),
    "status": STR,
    "is_anonymous": BOOL,
    "created_at": MOMENT,
    "updated_at": MOMENT,
    "tier": nullable(STR),
    "loyalty_balance": INT,
    "previous_loyalty_balance": nullable(INT),
    "loyalty_number_of_transactions": INT,
    "loyalty_first_transaction_date": nullable(MOMENT),
    "loyalty_last_transaction_date": nullable(MOMENT),
    "loyalty_total_credits_received": INT,
    "loyalty_associated_shops": [STR],
    "prepaid_balance": NUMBER,
    "default_contact_identifier": nullable(STR),
    "subscription_status_1": STR,
    "subscription_preferences_url": NULL,
    "double_opt_in_confirmation_url_1": NULL,
    "add_to_wallet": NULL,
    "custom_app_login_url": NULL,
    "custom_app_login_code": NULL,
    "favourite": nullable(STR),
    "terms": nullable(BOOL),
    "guests": nullable(NUMBER),
}
CONTACT = {
    "id": INT,
    "uuid": UUID,
    "email": nullable(STR),
    "attributes": [
        Open(
            {
                "attribute": {
                    "id": INT,
                    "type": STR,
                    "field_type": STR,
                    "name": STR,
                    "label": STR,
                    "options": [OPTION],
                    "is_piggy_defined": BOOL,
                    "is_soft_read_only": BOOL,
                    "is_hard_read_only": BOOL,
                }
            }
        )
    ],
    "tier": nullable(TIER),
    "subscriptions": [SUBSCRIPTION],
    "credit_balance": {"balance": INT, "id": INT},
    "prepaid_balance": {"balance_in_cents": INT},
    "current_values": CURRENT,
    "current_display_values": {name: nullable(STR) for name in CURRENT},
}


def unknown(after: str) -> tuple[Refusal, ...]:
    """Return the refusals of a call about one contact, whose address goes on with `after`."""
    return tuple(Refusal(55031, path=f"/contacts/{who}{after}") for who in (UNKNOWN, "no-uuid", "{erased}"))
