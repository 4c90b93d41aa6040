"""What an account at Leat lacks for us, point by point in plain words; and making the attributes it lacks."""

from collections.abc import Iterator
from dataclasses import dataclass

from loyalty.attributes import DISCOUNT_ATTRIBUTES, AttributeType, Definition
from loyalty.backends.leat.connection import Connection
from loyalty.backends.leat.outcomes import AccountRefused, Refused
from loyalty.dialects.leat.answers import MARKETING_ATTRIBUTE, TERMS_ATTRIBUTE, read_reward
from loyalty.dialects.leat.codes import Code
from loyalty.dialects.leat.questions import attribute_definition
from loyalty.dialects.leat.reading import items, text
from loyalty.errors import LoyaltyError, ProgrammeAway

# Nobody has this address (RFC 2606), so asking for a code for it mails nothing; it shows whether codes can be mailed.
NOBODY = "check-leat@example.invalid"

_CONTACT_ATTRIBUTES = (
    Definition(name=TERMS_ATTRIBUTE, type=AttributeType.BOOLEAN, label="Terms accepted"),
    Definition(name=MARKETING_ATTRIBUTE, type=AttributeType.BOOLEAN, label="Offers by mail"),
)
WANTED: tuple[tuple[str, tuple[Definition, ...]], ...] = (
    ("promotion", DISCOUNT_ATTRIBUTES),
    ("reward", DISCOUNT_ATTRIBUTES),
    ("contact", _CONTACT_ATTRIBUTES),
)


@dataclass(frozen=True, slots=True)
class Point:
    """One thing looked at: whether it is in order, and what about it in a sentence."""

    is_fine: bool
    sentence: str


def look_over(connection: Connection, *, makes_attributes: bool = False) -> Iterator[Point]:
    """Yield the points in the order in which an owner would mend them; without an answer the rest is not looked at."""
    account = connection.account
    if not account.token:
        yield Point(False, "There is no access token: make one in Leat's dashboard and set LEAT_TOKEN.")
        return
    point = _reach(connection)
    yield point
    if not point.is_fine:
        return
    yield _shop(connection)
    yield _programme(connection)
    for entity, definitions in WANTED:
        yield from _attributes(connection, entity, definitions, makes=makes_attributes)
    yield _rewards(connection)
    yield _portal(connection)


def _reach(connection: Connection) -> Point:
    try:
        company = connection.transport.look("")
    except (Refused, AccountRefused):
        return Point(False, "Leat does not accept the access token: it is wrong or over, so make a new one.")
    except ProgrammeAway:
        return Point(False, f"Leat cannot be reached at {connection.account.base_url}.")
    name = text(company.get("company")) if isinstance(company, dict) else ""
    return Point(True, f"Leat accepts the access token of {name or '–'}.")


def _shop(connection: Connection) -> Point:
    shop_uuid = connection.account.shop_uuid
    try:
        shops = items(connection.transport.look("/shops"))
    except LoyaltyError:
        return Point(False, "Leat does not show the account's shops: the access token may not read them.")
    named = {text(shop.get("uuid")): text(shop.get("name")) for shop in shops}
    if shop_uuid in named:
        return Point(True, f"Orders belong to the shop {named[shop_uuid]}.")
    known = ", ".join(f"{name} {uuid}" for uuid, name in named.items()) or "–"
    return Point(False, f"LEAT_SHOP_UUID names none of the account's shops: {known}.")


def _programme(connection: Connection) -> Point:
    try:
        programme = connection.transport.look("/loyalty-program")
    except LoyaltyError:
        return Point(False, "The account has no loyalty programme: set one up in Leat's dashboard.")
    name = text(programme.get("name")) if isinstance(programme, dict) else ""
    return Point(True, f"The loyalty programme is {name or '–'}.")


def _attributes(
    connection: Connection, entity: str, definitions: tuple[Definition, ...], *, makes: bool
) -> Iterator[Point]:
    prefix = connection.account.attribute_prefix
    try:
        found = items(connection.transport.look("/custom-attributes", entity=entity))
    except LoyaltyError:
        yield Point(False, f"Leat does not show the custom attributes of “{entity}”.")
        return
    known = {text(one.get("name")) for one in found}
    missing = [definition for definition in definitions if prefix + definition.name not in known]
    made = [definition for definition in missing if makes and _make(connection, entity, definition)]
    left = [prefix + definition.name for definition in missing if definition not in made]
    if left:
        yield Point(False, f"The custom attributes of “{entity}” lack {', '.join(left)}.")
    else:
        yield Point(True, f"The custom attributes of “{entity}” are all there.")


def _make(connection: Connection, entity: str, definition: Definition) -> bool:
    body = attribute_definition(definition, entity=entity, prefix=connection.account.attribute_prefix)
    try:
        connection.transport.change("/custom-attributes", body)
    except Refused as refused:
        return refused.code == Code.ATTRIBUTE_EXISTS
    except ProgrammeAway:
        return False
    return True


def _rewards(connection: Connection) -> Point:
    account = connection.account
    try:
        answers = items(connection.transport.look("/rewards", shop_uuid=account.shop_uuid))
        seen = [
            read_reward(one, prefix=account.attribute_prefix, currency=account.currency, balance=0) for one in answers
        ]
    except LoyaltyError:
        return Point(False, "Leat does not show the account's rewards.")
    usable = sum(reward.is_active and reward.is_collected_later for reward in seen)
    if seen and not usable:
        return Point(False, "No reward can be bought at a table: make them physical and collected later in Leat.")
    return Point(True, f"Rewards that can be bought at a table: {usable}.")


def _portal(connection: Connection) -> Point:
    try:
        connection.transport.change("/contact-verification/send", {"email": NOBODY})
    except Refused as refused:
        if refused.code == Code.NO_PORTAL:
            return Point(
                False,
                "The account has no contacts portal, so Leat mails no codes: set one up (until then we mail them).",
            )
        if refused.code not in {Code.UNKNOWN_CONTACT, Code.INVALID}:
            return Point(False, "Leat mails no codes to members.")
    except ProgrammeAway:
        return Point(False, "Leat did not say whether it can mail codes to members.")
    return Point(True, "Leat mails codes to members.")
