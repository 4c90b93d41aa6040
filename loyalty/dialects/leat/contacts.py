"""Contacts: the whole object, the small one inside other objects, and what clients may write (leat-api.md section 3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypedDict

from loyalty.attributes import AttributeType, Definition
from loyalty.dialects.leat.amounts import major_units
from loyalty.dialects.leat.attributes import AttributeRecord, OptionObject, display_value, option_objects
from loyalty.dialects.leat.moments import write_moment, write_optional_moment
from loyalty.dialects.leat.subscriptions import MARKETING, ContactSubscriptionObject, subscription_object
from loyalty.dialects.leat.tiers import TierObject, TierRecord, tier_object

WRITABLE_FIELDS: Mapping[str, str] = {
    "firstname": "first_name",
    "first_name": "first_name",
    "lastname": "last_name",
    "last_name": "last_name",
    "birthdate": "birthdate",
    "birth_date": "birthdate",
    "locale": "locale",
}
"""Attributes that are fields of a contact, in each of Leat's spellings."""

PERSONAL = (
    Definition(name="firstname", type=AttributeType.TEXT, label="First name"),
    Definition(name="lastname", type=AttributeType.TEXT, label="Last name"),
    Definition(name="birthdate", type=AttributeType.BIRTH_DATE, label="Birthdate"),
    Definition(name="locale", type=AttributeType.TEXT, label="Language"),
)
SYSTEM = (
    Definition(name="email", type=AttributeType.EMAIL, label="E-mail"),
    Definition(name="loyalty_balance", type=AttributeType.NUMBER, label="Balance"),
    Definition(name="tier", type=AttributeType.TEXT, label="Tier"),
    Definition(name="created_at", type=AttributeType.DATE_TIME, label="Created"),
)
SYSTEM_NAMES = frozenset(
    {
        "add_to_wallet",
        "age",
        "channel",
        "created_at",
        "custom_app_login_code",
        "custom_app_login_url",
        "default_contact_identifier",
        "email",
        "is_anonymous",
        "loyalty_associated_shops",
        "loyalty_balance",
        "loyalty_first_transaction_date",
        "loyalty_last_transaction_date",
        "loyalty_number_of_transactions",
        "loyalty_total_credits_received",
        "prepaid_balance",
        "previous_loyalty_balance",
        "status",
        "subscription_preferences_url",
        "tier",
        "updated_at",
    }
)


class SmallContact(TypedDict):
    """A contact inside another object."""

    uuid: str
    email: str | None


class ContactUuid(TypedDict):
    """What making a contact answers."""

    uuid: str


class AttributeInside(TypedDict):
    """A definition beside a contact's value."""

    id: int
    type: str
    field_type: str
    name: str
    label: str
    options: list[OptionObject]
    is_piggy_defined: bool
    is_soft_read_only: bool
    is_hard_read_only: bool


class AttributeValue(TypedDict):
    """A value with its definition: the older way of showing attributes."""

    value: Any
    attribute: AttributeInside


class CreditBalance(TypedDict):
    """Points inside a contact."""

    balance: int
    id: int


class PrepaidBalance(TypedDict):
    """Prepaid money inside a contact."""

    balance_in_cents: int


class ContactObject(TypedDict):
    """A whole contact."""

    id: int
    uuid: str
    email: str | None
    attributes: list[AttributeValue]
    tier: TierObject | None
    subscriptions: list[ContactSubscriptionObject]
    credit_balance: CreditBalance
    prepaid_balance: PrepaidBalance
    current_values: dict[str, Any]
    current_display_values: dict[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFacts:
    """What a contact's points ledger adds up to."""

    transactions: int = 0
    received: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    shops: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRecord:
    """All that is shown of a contact. Amounts in minor units; `balance` without points past their date."""

    id: int
    uuid: str
    email: str | None
    first_name: str
    last_name: str
    birthdate: date | None
    locale: str
    attributes: Mapping[str, object]
    tier: TierRecord | None
    is_subscribed: bool
    balance: int
    prepaid_cents: int
    currency_digits: int
    identifier: str | None
    created_at: datetime
    today: date
    facts: LedgerFacts


def contact_object(record: ContactRecord, custom: Sequence[AttributeRecord]) -> ContactObject:
    """Return the whole contact; `custom` are the definitions besides the standard ones."""
    values = current_values(record, custom)
    return {
        "id": record.id,
        "uuid": record.uuid,
        "email": record.email,
        "attributes": [
            {"value": values.get(attribute.name), "attribute": _attribute_inside(attribute)} for attribute in custom
        ],
        "tier": tier_object(record.tier) if record.tier else None,
        "subscriptions": [subscription_object(is_subscribed=record.is_subscribed)],
        "credit_balance": {"balance": record.balance, "id": record.id},
        "prepaid_balance": {"balance_in_cents": record.prepaid_cents},
        "current_values": values,
        "current_display_values": {name: display_value(value) for name, value in values.items()},
    }


def small_contact(uuid: str, email: str | None) -> SmallContact:
    """Return a contact for inside another object."""
    return {"uuid": uuid, "email": email}


def current_values(record: ContactRecord, custom: Sequence[AttributeRecord]) -> dict[str, Any]:
    """Return every attribute by name. Never a login code or address: whoever reads them could sign in as the contact."""
    facts = record.facts
    birthdate = record.birthdate.isoformat() if record.birthdate else None
    return {
        "firstname": record.first_name or None,
        "lastname": record.last_name or None,
        "email": record.email,
        "birthdate": birthdate,
        "birth_date": birthdate,
        "age": _age(record.birthdate, record.today),
        "locale": record.locale,
        "channel": None,
        "status": "ACTIVE",
        "is_anonymous": record.email is None,
        "created_at": write_moment(record.created_at),
        "updated_at": write_moment(facts.last_at or record.created_at),
        "tier": record.tier.name if record.tier else None,
        "loyalty_balance": record.balance,
        "previous_loyalty_balance": None,
        "loyalty_number_of_transactions": facts.transactions,
        "loyalty_first_transaction_date": write_optional_moment(facts.first_at),
        "loyalty_last_transaction_date": write_optional_moment(facts.last_at),
        "loyalty_total_credits_received": facts.received,
        "loyalty_associated_shops": list(facts.shops),
        "prepaid_balance": major_units(record.prepaid_cents, digits=record.currency_digits),
        "default_contact_identifier": record.identifier,
        f"subscription_status_{MARKETING.id}": "SUBSCRIBED" if record.is_subscribed else "UNSUBSCRIBED",
        f"double_opt_in_confirmation_url_{MARKETING.id}": None,
        "subscription_preferences_url": None,
        "add_to_wallet": None,
        "custom_app_login_url": None,
        "custom_app_login_code": None,
        **{
            attribute.name: record.attributes.get(attribute.name)
            for attribute in custom
            if attribute.name not in SYSTEM_NAMES and attribute.name not in WRITABLE_FIELDS
        },
    }


def _attribute_inside(record: AttributeRecord) -> AttributeInside:
    definition = record.definition
    return {
        "id": record.id,
        "type": definition.type.value,
        "field_type": definition.type.value,
        "name": record.name,
        "label": definition.label or record.name,
        "options": option_objects(record.options),
        "is_piggy_defined": record.is_standard,
        "is_soft_read_only": record.is_read_only,
        "is_hard_read_only": record.is_read_only,
    }


def _age(birthdate: date | None, today: date) -> int | None:
    if birthdate is None:
        return None
    had_it = (today.month, today.day) >= (birthdate.month, birthdate.day)
    return today.year - birthdate.year - (0 if had_it else 1)
