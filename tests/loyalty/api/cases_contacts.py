"""Contacts: found, made, changed, listed, claimed, merged, erased."""

from tests.loyalty.api.cases import UNKNOWN, Case, Refusal
from tests.loyalty.api.contact_rows import CONTACT, prepare, unknown
from tests.loyalty.api.shapes import NULL, STR, UUID, VIEWING_META

__all__ = ["CASES", "prepare"]

BY_EMAIL = (Refusal(1003, {"email": ...}, names="email"), Refusal(1003, {"email": ""}, names="email"))

CASES = [
    Case(
        name="a contact is found by address",
        method="GET",
        path="/contacts/find-one-by",
        payload={"email": " Noor@Example.com"},
        shape=CONTACT,
        expect={
            "uuid": "{contact}",
            "email": "noor@example.com",
            "credit_balance.balance": 120,
            "prepaid_balance.balance_in_cents": 5000,
            "tier.name": "Gold",
            "subscriptions.0.is_subscribed": True,
            "current_values.firstname": "Noor",
            "current_values.birthdate": "1990-06-04",
            "current_values.age": 35,
            "current_values.prepaid_balance": 50,
            "current_values.favourite": "Pizza",
            "current_values.loyalty_number_of_transactions": 1,
            "current_values.loyalty_total_credits_received": 120,
            "current_values.default_contact_identifier": "CARD-1",
            "current_values.created_at": "2025-06-03T17:30:00+00:00",
            "current_display_values.loyalty_balance": "120",
        },
        refusals=(*BY_EMAIL, Refusal(55031, {"email": "nobody@example.com"})),
    ),
    Case(
        name="a contact is found or made",
        method="GET",
        path="/contacts/find-or-create",
        payload={"email": "new@example.com"},
        shape=CONTACT,
        expect={
            "email": "new@example.com",
            "credit_balance.balance": 0,
            "tier": None,
            "current_values.firstname": None,
        },
        refusals=(*BY_EMAIL, Refusal(1003, {"email": "no address"}, names="email")),
    ),
    Case(
        name="a contact is found or made, fast",
        method="GET",
        path="/contacts/find-or-create/async",
        payload={"email": "noor@example.com"},
        shape={"uuid": UUID},
        expect={"uuid": "{contact}"},
        refusals=BY_EMAIL,
    ),
    *(
        Case(
            name=f"a contact is made{after}",
            method="POST",
            path=f"/contacts{after}",
            payload={"email": "new@example.com", "referral_code": "ABC"},
            shape={"uuid": UUID},
            refusals=(
                *BY_EMAIL,
                Refusal(1003, {"email": "no address"}, names="email"),
                Refusal(1003, {"email": ["new@example.com"]}, names="email"),
                Refusal(1003, {"email": "x" * 255 + "@example.com"}, names="email"),
                Refusal(60005, {"email": "NOOR@example.com"}),
            ),
            repeat=60005,
        )
        for after in ("", "/async")
    ),
    Case(
        name="a contact is shown",
        method="GET",
        path="/contacts/{contact}",
        shape=CONTACT,
        expect={"uuid": "{contact}"},
        refusals=unknown(""),
    ),
    Case(
        name="attributes are written",
        method="PUT",
        path="/contacts/{plain}",
        payload={
            "attributes": {
                "firstname": "Jo",
                "lastname": "de Vries",
                "birthdate": "1985-02-28",
                "locale": "nl_NL",
                "favourite": "Pasta",
                "terms": True,
                "guests": 4,
            }
        },
        shape=CONTACT,
        expect={
            "uuid": "{plain}",
            "current_values.firstname": "Jo",
            "current_values.lastname": "de Vries",
            "current_values.birthdate": "1985-02-28",
            "current_values.locale": "nl",
            "current_values.favourite": "Pasta",
            "current_values.terms": True,
            "current_values.guests": 4,
            "current_display_values.terms": "Yes",
        },
        refusals=(
            *unknown(""),
            Refusal(1003, {"attributes": ...}, names="attributes"),
            Refusal(1003, {"attributes": "text"}, names="attributes"),
            Refusal(1003, {"attributes": {"unheard_of": 1}}, names="attributes.unheard_of"),
            Refusal(1003, {"attributes": {"email": "other@example.com"}}, names="attributes.email"),
            Refusal(1003, {"attributes": {"loyalty_balance": 5000}}, names="attributes.loyalty_balance"),
            Refusal(1003, {"attributes": {"birthdate": "yesterday"}}, names="attributes.birthdate"),
            Refusal(1003, {"attributes": {"birth_date": "2999-01-01"}}, names="attributes.birth_date"),
            Refusal(1003, {"attributes": {"firstname": "x" * 81}}, names="attributes.firstname"),
            Refusal(1003, {"attributes": {"firstname": {"a": "b"}}}, names="attributes.firstname"),
            Refusal(1003, {"attributes": {"terms": "perhaps"}}, names="attributes.terms"),
            Refusal(1003, {"attributes": {"guests": "many"}}, names="attributes.guests"),
            Refusal(1003, {"attributes": {"favourite": "x" * 256}}, names="attributes.favourite"),
            Refusal(1003, {"attributes": {"locale": "xx"}}, names="attributes.locale"),
        ),
    ),
    Case(
        name="contacts are listed",
        method="GET",
        path="/contacts",
        payload={"page": 1, "limit": 2, "sort": "created_at", "created_at[gte]": "2025-01-01T00:00:00Z"},
        shape=[CONTACT],
        meta=VIEWING_META,
        refusals=(
            Refusal(1003, {"page": 0}, names="page"),
            Refusal(1003, {"page": "9" * 30}, names="page"),
            Refusal(1003, {"limit": "many"}, names="limit"),
            Refusal(1003, {"sort": "email"}, names="sort"),
            Refusal(1003, {"created_at[gte]": "yesterday"}, names="created_at[gte]"),
        ),
    ),
    Case(
        name="an anonymous contact is made with a card",
        method="POST",
        path="/contacts/anonymous",
        payload={"contact_identifier_value": "CARD-2"},
        shape={"uuid": UUID},
        refusals=(
            Refusal(60003, {"contact_identifier_value": "CARD-9"}),
            Refusal(60014, {"contact_identifier_value": "CARD-1"}),
        ),
        repeat=60014,
    ),
    Case(name="an anonymous contact is made", method="POST", path="/contacts/anonymous", shape={"uuid": UUID}),
    Case(
        name="an anonymous contact is claimed",
        method="PUT",
        path="/contacts/{anonymous}/claim",
        payload={"email": "Claimed@example.com"},
        shape=CONTACT,
        expect={"uuid": "{anonymous}", "email": "claimed@example.com", "current_values.is_anonymous": False},
        refusals=(
            *BY_EMAIL,
            *unknown("/claim"),
            Refusal(60016, path="/contacts/{plain}/claim"),
            Refusal(60005, {"email": "noor@example.com"}),
        ),
        repeat=60016,
    ),
    Case(
        name="a contact is erased",
        method="POST",
        path="/contacts/{contact}/delete",
        payload={"type": "GDPR"},
        shape=NULL,
        refusals=(*unknown("/delete"), Refusal(1003, {"type": "SOON"}, names="type")),
        repeat=55031,
    ),
    Case(
        name="contacts are merged",
        method="POST",
        path="/contacts/merge",
        payload={"source_contact_uuid": "{contact}", "destination_contact_uuid": "{plain}"},
        shape=CONTACT,
        expect={
            "uuid": "{plain}",
            "credit_balance.balance": 120,
            "prepaid_balance.balance_in_cents": 5000,
            "current_values.default_contact_identifier": "CARD-1",
        },
        refusals=(
            Refusal(55031, {"source_contact_uuid": UNKNOWN}),
            Refusal(55031, {"destination_contact_uuid": "no uuid"}),
            Refusal(1003, {"source_contact_uuid": ...}, names="source_contact_uuid"),
            Refusal(1003, {"source_contact_uuid": "{plain}"}, names="destination_contact_uuid"),
        ),
        repeat=55031,
    ),
    Case(
        name="contacts are written in a batch",
        method="POST",
        path="/contacts/batch",
        payload={
            "contacts": [
                {
                    "email": "noor@example.com",
                    "custom_attributes": [{"name": "favourite", "value": "Soup"}],
                    "subscription_types": [{"uuid": "{marketing}", "enroll": False}],
                },
                {"email": "new@example.com", "custom_attributes": [{"name": "firstname", "value": "Jo"}]},
            ]
        },
        shape=[{"uuid": UUID, "email": STR}],
        expect={"0.uuid": "{contact}", "1.email": "new@example.com"},
        refusals=(
            Refusal(1003, {"contacts": ...}, names="contacts"),
            Refusal(1003, {"contacts": []}, names="contacts"),
            Refusal(1003, {"contacts": [{"name": "x"}]}, names="contacts.0.email"),
            Refusal(1003, {"contacts": [{"email": "no address"}]}, names="contacts.0.email"),
            Refusal(
                1003,
                {"contacts": [{"email": "a@example.com", "custom_attributes": [{"name": "x", "value": 1}]}]},
                names="contacts.0.custom_attributes.x",
            ),
            Refusal(55030, {"contacts": [{"email": "a@example.com", "subscription_types": [{"uuid": UNKNOWN}]}]}),
        ),
    ),
]
