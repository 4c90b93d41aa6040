"""The six steps of the Order at Table guide as calls to copy and paste (leat-api.md section 12)."""

from dataclasses import dataclass

ROOT = "$SITE/api/v3/oauth/clients"
HEAD = '-H "Authorization: Bearer $TOKEN" -H "Accept: application/json"'


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it is for, and its calls."""

    title: str
    words: str
    calls: tuple[str, ...]


def _get(path: str, *fields: str) -> str:
    query = "".join(f' \\\n  --data-urlencode "{field}"' for field in fields)
    return f'curl -sS -G "{ROOT}{path}" {HEAD}{query}'


def _send(path: str, body: str = "", *, method: str = "POST") -> str:
    sent = f" -H 'Content-Type: application/json' \\\n  -d '{body}'" if body else ""
    return f'curl -sS -X {method} "{ROOT}{path}" {HEAD}{sent}'


STEPS = (
    Step(
        title="1. Before anybody signs in: test the connection, know the shop",
        words="The banner on the menu page needs no call. Keep the uuid of your shop for the calls below.",
        calls=(_get(""), _get("/loyalty-program"), _get("/shops")),
    ),
    Step(
        title="2. Who is it?",
        words="Known: send a code, then judge what was typed in. Not known (code 55031): make a contact, write the names, "
        "and send the code all the same, since nothing may be spent before the address is proven.",
        calls=(
            _get("/contacts/find-one-by", "email=member@example.com"),
            _send("/contact-verification/send", '{"email": "member@example.com"}'),
            _send("/contact-verification/verify", '{"email": "member@example.com", "code": "123456"}'),
            _send("/contacts", '{"email": "new@example.com"}'),
            _send(
                "/contacts/$CONTACT",
                '{"attributes": {"firstname": "Jo", "lastname": "Bakker", "birthdate": "1990-05-31"}}',
                method="PUT",
            ),
        ),
    ),
    Step(
        title="3. What do they have?",
        words="Points, vouchers, collectable rewards, and the rewards that points can buy.",
        calls=(
            _get("/contacts/$CONTACT/credit-balance"),
            _get("/vouchers", "contact_uuid=$CONTACT", "status=ACTIVE"),
            _get("/collectable-rewards", "contact_uuid=$CONTACT"),
            _get("/rewards", "contact_uuid=$CONTACT", "shop_uuid=$SHOP"),
        ),
    ),
    Step(
        title="4. Use an offer: lock it",
        words="Keep release_key with the basket; the lock ends by itself after an hour. A reward is bought with points and "
        "becomes collectable.",
        calls=(
            _send("/vouchers/$VOUCHER/lock"),
            _send(
                "/reward-receptions",
                '{"contact_uuid": "\'$CONTACT\'", "reward_uuid": "\'$REWARD\'", "shop_uuid": "\'$SHOP\'"}',
            ),
        ),
    ),
    Step(
        title="5. The order is paid: redeem, collect, then record it",
        words="Redeem and collect first: the order names what they answer. If the payment fails, release instead.",
        calls=(
            _send(
                "/vouchers/redeem",
                '{"code": "\'$CODE\'", "release_key": "\'$KEY\'", "contact_uuid": "\'$CONTACT\'", "shop_uuid": "\'$SHOP\'"}',
            ),
            _send("/collectable-rewards/collect/$COLLECTABLE", method="PUT"),
            _send(
                "/orders/create-and-process",
                """{"external_identifier": "order-1", "status": "COMPLETED", "payment_status": "PAID",
  "currency": "EUR", "order_amount": 1400, "total_order_amount": 1400,
  "contact": {"uuid": "'$CONTACT'"}, "business_profile": {"uuid": "'$SHOP'"},
  "line_items": [{"external_identifier": "1", "name": "Pizza Margherita", "quantity": 1, "price": 1200,
    "total_amount": 1200, "product": {"external_identifier": "PIZZA"},
    "sub_line_items": [{"external_identifier": "1.1", "name": "Extra cheese", "quantity": 1, "price": 200,
      "total_amount": 200, "product": {"external_identifier": "CHEESE"}}]}]}""",
            ),
            _send("/vouchers/$VOUCHER/release", '{"release_key": "\'$KEY\'"}'),
        ),
    ),
    Step(
        title="6. Order successful, and what may come after",
        words="result.data has the points earned and the new balance: show them. A return corrects the points and gives "
        "nothing else back: reverse each voucher and reward.",
        calls=(
            _get("/orders/find", "external_identifier=order-1"),
            _send(
                "/order-returns/create-and-process",
                """{"external_identifier": "return-1", "order": {"external_identifier": "order-1"}, "status": "COMPLETED",
  "line_items": [{"external_identifier": "1", "quantity": 1,
    "sub_line_items": [{"external_identifier": "1.1", "quantity": 1}]}]}""",
            ),
            _send("/vouchers/$REDEMPTION/reverse"),
        ),
    ),
)
