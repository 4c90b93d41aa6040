"""The demo's loyalty programme: a member with points and an offer of every kind, one with a prepaid balance, and gift
cards. Made once, then kept as it was left.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from loyalty import gift_cards, money, port
from loyalty.issuing import issue_one
from loyalty.ledger import Cause, open_ledger
from loyalty.models import Contact, GiftCardProgramme, Programme, Promotion, Reward, RewardType, find_programme
from loyalty.models.vouchers import code_key
from loyalty.port import Consent, ConsentKind, SignUp
from menu.models import Restaurant
from menu.money import minor_digits
from orders.catalogue import sync_menu

MEMBER = "member@example.com"
PREPAID_MEMBER = "prepaid@example.com"
OPEN_CODE = "FIREFINCH"
EARNED = 720  # less the espresso that waits to be collected: 640


@dataclass(frozen=True)
class DemoPromotion:
    """A promotion of which the member has one voucher; `days` until it ends, negative: it has ended."""

    name: str
    description: str
    attributes: dict[str, object]
    days: int | None = 30
    fields: dict[str, object] = field(default_factory=dict)


PROMOTIONS = (
    DemoPromotion(
        "10% off your order",
        "On everything on your bill.",
        {"discount_type": "percentage_discount", "discount_value": "10"},
    ),
    DemoPromotion(
        "€5 off your order",
        "Five euros off, whatever you choose.",
        {"discount_type": "absolute_discount", "discount_value": "5"},
        days=5,
    ),
    DemoPromotion(
        "A Margherita on us",
        "San Marzano, fior di latte, basil. Toppings are extra.",
        {"discount_type": "free_item", "product_code": "PIZZA-MARG"},
        days=12,
    ),
    DemoPromotion(
        "Dessert at half price",
        "One dessert of your choice.",
        {"discount_type": "percentage_discount", "discount_value": "50", "category": "desserts"},
        days=None,
    ),
    DemoPromotion(
        "€8 off from €40",
        "For a table that is hungry.",
        {"discount_type": "absolute_discount", "discount_value": "8", "minimum_cents": 4000},
        days=60,
    ),
    DemoPromotion(
        "A quarter off, on its own",
        "25% off everything; other offers wait for another time.",
        {"discount_type": "percentage_discount", "discount_value": "25", "exclusive": True},
        days=1,
    ),
    DemoPromotion(
        "Coffee after dinner",
        "Three coffees or teas, one at a time.",
        {"discount_type": "free_item", "category": "coffee"},
        days=90,
        fields={"redemptions_per_voucher": 3},
    ),
    DemoPromotion(
        "Last summer's treat",
        "It has ended.",
        {"discount_type": "percentage_discount", "discount_value": "30"},
        days=-20,
    ),
)
TODAY = DemoPromotion(
    "Tonight: 15% off a pizza",
    "One pizza, today only.",
    {"discount_type": "percentage_discount", "discount_value": "15", "category": "pizza"},
)
WELCOME = DemoPromotion(
    "A welcome espresso",
    "Thank you for joining.",
    {"discount_type": "free_item", "product_code": "COFFEE-ESPRESSO"},
)
BY_CODE = DemoPromotion(
    "Code from the window",
    "Whoever finds the code may use it.",
    {"discount_type": "absolute_discount", "discount_value": "3"},
)
REWARDS = (
    ("An espresso", "Short, thick, a little red fruit.", 80, {"product_code": "COFFEE-ESPRESSO"}, None),
    ("Tiramisu", "A heavy hand with the cocoa.", 250, {"product_code": "DESSERT-TIRAMISU"}, 40),
    ("Any wood-fired pizza", "The cheapest in your basket, or the one you pick.", 600, {"category": "pizza"}, None),
    ("Half a chicken off the spit", "Turned for an hour.", 900, {"product_code": "MAIN-CHICKEN"}, 12),
    ("Rump steak for two", "For a special evening.", 1500, {"product_code": "MAIN-STEAK"}, None),
)


def make_programme(restaurant: Restaurant, *, now: datetime) -> None:
    """Make the programme with its member, tell it the menu, and see that a voucher ends today; repeating adds nothing."""
    sync_menu(restaurant, now=now)
    programme = find_programme()
    contact = Contact.objects.with_address(MEMBER).first()
    if contact is None and not Promotion.objects.exists():
        contact = _make_everything(programme, restaurant, now=now)
    if not GiftCardProgramme.objects.exists():
        _make_stored_money(restaurant, now=now)
    if contact is not None:
        _issue_todays_voucher(contact, restaurant, now=now)


def _make_everything(programme: Programme, restaurant: Restaurant, *, now: datetime) -> Contact:
    Programme.objects.filter(pk=programme.pk).update(currency=restaurant.currency, time_zone=restaurant.time_zone)
    terms = Consent(kind=ConsentKind.TERMS, granted=True, wording="Demo member")
    form = SignUp(email=MEMBER, first_name="Robin", last_name="Visser", consents=(terms,), is_verified=True)
    contact = Contact.objects.get(uuid=port.load().sign_up(form, now=now))
    with open_ledger(contact, now=now) as book:
        book.earn(EARNED, Cause(source="demo:start", reason="Demo"))
    for demo in PROMOTIONS:
        expires_at = now + timedelta(days=demo.days) if demo.days is not None else None
        issue_one(_promotion(demo), contact, key="demo", now=now, expires_at=expires_at)
    issue_one(_promotion(BY_CODE), None, now=now, code=OPEN_CODE, code_key=code_key(OPEN_CODE))
    rewards = [
        Reward.objects.create(
            title=title,
            description=description,
            required_points=points,
            attributes={"discount_type": "free_item", **attributes},
            reward_type=RewardType.PHYSICAL,
            stock=stock,
            expiration_duration=timedelta(days=60),
        )
        for title, description, points, attributes, stock in REWARDS
    ]
    reward_id = str(rewards[0].uuid)
    port.load().buy(str(contact.uuid), reward_id, purchase_key="demo", shop=restaurant.slug, now=now)
    Programme.objects.filter(pk=programme.pk).update(welcome_promotion=_promotion(WELCOME))
    return contact


def _make_stored_money(restaurant: Restaurant, *, now: datetime) -> None:
    """Make gift cards of up to 100.00, one with 25.00 whose code the admin shows, and a member with 10.00 prepaid."""
    one = 10 ** minor_digits(restaurant.currency)
    programme = GiftCardProgramme.objects.create(
        name="Gift card", currency=restaurant.currency, max_amount_cents=100 * one
    )
    gift_cards.issue_card(programme, cents=25 * one, key="demo", by="demo", reason="Demo", now=now)
    terms = Consent(kind=ConsentKind.TERMS, granted=True, wording="Demo member")
    form = SignUp(email=PREPAID_MEMBER, first_name="Sam", last_name="Jansen", consents=(terms,), is_verified=True)
    contact = Contact.objects.with_address(PREPAID_MEMBER).first()
    if contact is None:
        contact = Contact.objects.get(uuid=port.load().sign_up(form, now=now))
    account = money.prepaid_account(contact)
    money.top_up(account, 10 * one, source="demo", by="demo", reason="Demo", now=now)


def _issue_todays_voucher(contact: Contact, restaurant: Restaurant, *, now: datetime) -> None:
    promotion = Promotion.objects.filter(name=TODAY.name).first() or _promotion(TODAY)
    local = restaurant.local(now)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    issue_one(promotion, contact, key=local.date().isoformat(), now=now, expires_at=midnight - timedelta(seconds=1))


def _promotion(demo: DemoPromotion) -> Promotion:
    made: Promotion = Promotion.objects.create(
        name=demo.name, description=demo.description, attributes=demo.attributes, **demo.fields
    )
    return made
