"""Contact identifiers, codes that prove an address, and session keys."""

from collections.abc import Mapping
from datetime import datetime

from loyalty import codes, identifiers
from loyalty.api.leat.verification import asker_of
from loyalty.models import ApiToken, ContactIdentifier
from tests.loyalty.api.cases import UNKNOWN, Case, Refusal
from tests.loyalty.api.shapes import BOOL, MOMENT, NULL, STR, UUID, nullable
from tests.loyalty.factories import ContactFactory


def prepare(now: datetime) -> Mapping[str, str]:
    """A contact with a card and a code on its way, a card of nobody's, one that is not active, a session key."""
    contact = ContactFactory.create(email="noor@example.com", verified_at=None)
    identifiers.create("CARD-1", name="Card", contact=contact, now=now)
    identifiers.create("CARD-2", name="", contact=None, now=now)
    identifiers.create("CARD-3", name="", contact=None, now=now)
    ContactIdentifier.objects.filter(value="CARD-3").update(is_active=False)
    asker = asker_of(ApiToken.objects.latest("pk"), "noor@example.com")
    challenge = codes.send("noor@example.com", locale="en", asker=asker, now=now)
    return {
        "contact": str(contact.uuid),
        "code": codes.work_out(challenge),
        "session": identifiers.open_session(contact, now=now),
    }


CARD = {
    "name": nullable(STR),
    "value": STR,
    "active": BOOL,
    "contact": nullable({"uuid": UUID, "email": nullable(STR)}),
}
SESSION = {"contact": {"uuid": UUID, "email": nullable(STR)}, "expires_at": MOMENT, "used": BOOL}
NO_CARD = (
    Refusal(60003, {"contact_identifier_value": "CARD-9"}),
    Refusal(1003, {"contact_identifier_value": ...}, names="contact_identifier_value"),
    Refusal(1003, {"contact_identifier_value": "x" * 256}, names="contact_identifier_value"),
)

CASES = [
    Case(
        name="a card is found",
        method="GET",
        path="/contact-identifiers/find",
        payload={"contact_identifier_value": "CARD-1"},
        shape=CARD,
        expect={"contact.uuid": "{contact}", "contact.email": "noor@example.com", "active": True},
        refusals=NO_CARD,
    ),
    Case(
        name="a card is made",
        method="POST",
        path="/contact-identifiers",
        payload={"contact_identifier_value": 4711, "contact_identifier_name": "Key", "contact_uuid": "{contact}"},
        shape=CARD,
        expect={"value": "4711", "name": "Key", "contact.uuid": "{contact}"},
        refusals=(
            *NO_CARD[1:],
            Refusal(60006, {"contact_identifier_value": "CARD-1"}),
            Refusal(55031, {"contact_uuid": UNKNOWN}),
        ),
        repeat=60006,
    ),
    Case(
        name="a card is changed",
        method="PUT",
        path="/contact-identifiers",
        payload={
            "contact_identifier_value": "CARD-1",
            "contact_identifier_name": "Old card",
            "contact_identifier_active": False,
        },
        shape=CARD,
        expect={"name": "Old card", "active": False},
        refusals=(*NO_CARD, Refusal(1003, {"contact_identifier_active": "maybe"}, names="contact_identifier_active")),
    ),
    Case(
        name="a card is deleted",
        method="DELETE",
        path="/contact-identifiers",
        payload={"contact_identifier_value": "CARD-1"},
        shape=NULL,
        refusals=NO_CARD,
        repeat=60003,
    ),
    Case(
        name="a card is linked",
        method="PUT",
        path="/contact-identifiers/link",
        payload={"contact_identifier_value": "CARD-2", "contact_uuid": "{contact}"},
        shape=CARD,
        expect={"contact.uuid": "{contact}"},
        refusals=(
            *NO_CARD,
            Refusal(60004, {"contact_identifier_value": "CARD-3"}),
            Refusal(55031, {"contact_uuid": UNKNOWN}),
        ),
    ),
    Case(
        name="a card is unlinked",
        method="PUT",
        path="/contact-identifiers/unlink",
        payload={"contact_identifier_value": "CARD-1"},
        shape=CARD,
        expect={"contact": None},
        refusals=(*NO_CARD, Refusal(60011, {"contact_identifier_value": "CARD-2"})),
        repeat=60011,
    ),
    Case(
        name="the cards of a contact",
        method="GET",
        path="/contacts/{contact}/contact-identifiers",
        shape=[CARD],
        expect={"0.value": "CARD-1"},
        refusals=(Refusal(55031, path=f"/contacts/{UNKNOWN}/contact-identifiers"),),
    ),
    Case(
        name="a code is sent",
        method="POST",
        path="/contact-verification/send",
        payload={"email": "Noor@example.com"},
        shape={"type": STR, "message": STR},
        expect={"type": "success"},
        refusals=(
            Refusal(1003, {"email": ...}, names="email"),
            Refusal(55031, {"email": "nobody@example.com"}),
        ),
    ),
    Case(
        name="a code is judged, once",
        method="POST",
        path="/contact-verification/verify",
        payload={"email": "noor@example.com", "code": "{code}"},
        shape={"uuid": UUID},
        expect={"uuid": "{contact}"},
        refusals=(
            Refusal(1003, {"code": ...}, names="code"),
            Refusal(1003, {"email": ...}, names="email"),
            Refusal(13010, {"code": "wrong"}),
            Refusal(13010, {"email": "nobody@example.com"}),
        ),
        repeat=13010,
    ),
    Case(
        name="a session key is a bare text",
        method="GET",
        path="/contact-verification/auth-token/{contact}",
        shape=STR,
        refusals=(Refusal(55031, path=f"/contact-verification/auth-token/{UNKNOWN}"),),
    ),
    Case(
        name="a session key says whose it is",
        method="GET",
        path="/contact-session-tokens/{session}",
        shape=SESSION,
        expect={"contact.uuid": "{contact}", "used": False, "expires_at": "2026-06-03T17:45:00+00:00"},
        refusals=(Refusal(13010, path="/contact-session-tokens/unheard-of"),),
    ),
    Case(
        name="a session key is used, once",
        method="POST",
        path="/contact-session-tokens/{session}/use",
        shape=SESSION,
        expect={"contact.uuid": "{contact}", "used": True},
        refusals=(Refusal(13010, path="/contact-session-tokens/unheard-of/use"),),
        repeat=13010,
    ),
]
