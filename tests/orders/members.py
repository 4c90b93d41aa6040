"""Members in a browser at a table, without the way through the mail; and vouchers and rewards for them to use."""

import uuid
from html import unescape

from django.http import HttpResponse
from django.test import Client

from loyalty.models import Contact, Reward, RewardReception, Voucher
from menu.models import Table
from orders.guest import Visitor, seat, write_cookie
from orders.identify import sign_in, visitor_of
from orders.models import Guest
from tests.factories import NOW
from tests.loyalty.factories import PromotionFactory, RewardFactory, RewardReceptionFactory, VoucherFactory

TEN_PERCENT = {"discount_type": "percentage_discount", "discount_value": "10"}


def seat_member(client: Client, table: Table, contact: Contact, *, is_verified: bool = True) -> Guest:
    """Make this browser the contact's, at the table."""
    nobody = seat(Visitor(guest_id=uuid.uuid4(), table_code=table.code), table=table, now=NOW)
    assert nobody is not None
    guest = sign_in(nobody, str(contact.uuid), is_verified=is_verified, now=NOW)
    answer = HttpResponse()
    write_cookie(answer, visitor_of(guest, table))
    client.cookies["guest"] = answer.cookies["guest"].value
    return guest


def give_voucher(contact: Contact | None, name: str = "10% off", **fields: object) -> Voucher:
    """Give a voucher; `attributes` are its discount's, `promotion__…` its promotion's, the rest its own."""
    attributes = fields.pop("attributes", TEN_PERCENT)
    promotion = {
        key.removeprefix("promotion__"): fields.pop(key) for key in list(fields) if key.startswith("promotion")
    }
    made: Voucher = VoucherFactory.create(
        contact=contact, promotion=PromotionFactory.create(name=name, attributes=attributes, **promotion), **fields
    )
    return made


def give_reward(contact: Contact, name: str = "Free soup", **attributes: object) -> RewardReception:
    """Give a reward that was bought already, for 100 points."""
    made: RewardReception = RewardReceptionFactory.create(
        contact=contact, reward__title=name, attributes={"discount_type": "free_item"} | attributes
    )
    return made


def offer_reward(name: str, points: int, *, stock: int | None = None, **attributes: object) -> Reward:
    """Put a reward up for points."""
    made: Reward = RewardFactory.create(
        title=name, required_points=points, stock=stock, attributes={"discount_type": "free_item"} | attributes
    )
    return made


def url_of(row: Voucher | RewardReception | Reward, action: str = "") -> str:
    """Return the address of an offer, or of what can be done with it."""
    kind = {Voucher: "voucher", RewardReception: "collectable", Reward: "reward"}[type(row)]
    return f"/offers/{kind}/{row.uuid}/" + (f"{action}/" if action else "")


def text_of(response: object) -> str:
    """Return a page as it reads: entities resolved, white space of one blank."""
    content: bytes = response.content  # type: ignore[attr-defined]
    return " ".join(unescape(content.decode()).split())
