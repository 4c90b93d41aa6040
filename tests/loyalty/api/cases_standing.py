"""What contacts have, and what they agreed to be sent."""

from tests.loyalty.api.cases import UNKNOWN, Case, Refusal
from tests.loyalty.api.contact_rows import SUBSCRIPTION, SUBSCRIPTION_TYPE, TIER, prepare, unknown
from tests.loyalty.api.shapes import INT, NULL, STR

__all__ = ["CASES", "prepare"]

CASES = [
    Case(
        name="the points of a contact",
        method="GET",
        path="/contacts/{contact}/credit-balance",
        shape={"balance": INT},
        expect={"balance": 120},
        refusals=unknown("/credit-balance"),
    ),
    Case(
        name="the prepaid money of a contact",
        method="GET",
        path="/contacts/{contact}/prepaid-balance",
        shape={"balance_in_cents": INT, "balance": STR},
        expect={"balance_in_cents": 5000, "balance": "€50.00"},
        refusals=unknown("/prepaid-balance"),
    ),
    Case(
        name="the tier of a contact",
        method="GET",
        path="/contacts/{contact}/tier",
        shape=TIER,
        expect={"name": "Gold"},
        refusals=unknown("/tier"),
    ),
    Case(
        name="no tier is an object all the same",
        method="GET",
        path="/contacts/{plain}/tier",
        shape={"name": NULL},
    ),
    Case(
        name="what can be subscribed to",
        method="GET",
        path="/subscription-types",
        shape=[SUBSCRIPTION_TYPE],
        expect={"0.uuid": "{marketing}"},
    ),
    Case(
        name="the subscriptions of a contact",
        method="GET",
        path="/contact-subscriptions/{contact}",
        shape=[SUBSCRIPTION],
        expect={"0.status": "SUBSCRIBED"},
        refusals=(Refusal(55031, path=f"/contact-subscriptions/{UNKNOWN}"),),
    ),
    *(
        Case(
            name=f"a contact is {word}d",
            method="PUT",
            path="/contact-subscriptions/{plain}/" + word,
            payload={"subscription_type_uuid": "{marketing}"},
            shape=SUBSCRIPTION,
            expect={"is_subscribed": word == "subscribe"},
            refusals=(
                Refusal(55031, path=f"/contact-subscriptions/{UNKNOWN}/{word}"),
                Refusal(55030, {"subscription_type_uuid": UNKNOWN}),
                Refusal(1003, {"subscription_type_uuid": ...}, names="subscription_type_uuid"),
            ),
        )
        for word in ("subscribe", "unsubscribe")
    ),
]
