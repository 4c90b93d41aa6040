"""Short ways to sign in through the pages, with the code read from the mail that the worker sends."""

from django.core import mail
from django.http import HttpResponse
from django.test import Client

from loyalty import port, tasks
from loyalty.models import Contact
from menu.models import Product, Table
from orders.models import Guest, Order
from tests.factories import ProductFactory
from tests.loyalty.factories import member

HTMX = {"HX-Request": "true"}
AWAY = f"{__name__}.Away"
SIGN_UP = {"email": "anna@example.com", "first_name": "Anna", "last_name": "Bakker", "birthdate": "", "terms": "1"}


class Away:
    """A programme that cannot be reached; name it in LOYALTY_BACKEND."""

    def __getattr__(self, name: str) -> object:
        def unreachable(*args: object, **options: object) -> object:
            raise port.ProgrammeAway

        return unreachable


def mailed_code(email: str) -> str:
    """Be the worker, and return the code in the newest mail to this address."""
    tasks.mail_due_codes()
    return next(message.subject.split()[0] for message in reversed(mail.outbox) if message.to == [email])


def ask_for_code(client: Client, email: str) -> str:
    """Identify with a member's address and return the code mailed."""
    response = client.post("/identify/", {"email": email})
    assert (response.status_code, response["Location"]) == (303, "/identify/code/")
    return mailed_code(email)


def sign_in(client: Client, email: str = "noor@example.com") -> Contact:
    """Sign in as a member of 120 points, made if need be, by code."""
    contact = Contact.objects.with_address(email).first() or member(120, email=email)
    response = client.post("/identify/code/", {"code": ask_for_code(client, email)})
    assert response.status_code == 303
    return contact


def sign_up(client: Client, **fields: str) -> HttpResponse:
    """Send the sign-up form, filled in as Anna would."""
    return client.post("/identify/sign-up/", SIGN_UP | fields)  # type: ignore[return-value]


def fill_basket(client: Client, table: Table) -> Order:
    """Put a soup into the browser's basket."""
    soup: Product = ProductFactory.create(restaurant=table.restaurant, name="Soup", price_cents=1200)
    client.post("/basket/add/", {"product": soup.pk, "quantity": 1})
    return Order.objects.baskets().latest("pk")


def guest_of(client: Client) -> Guest:
    """Return whose basket the browser shows: the only guest that has not been ended."""
    return Guest.objects.get(ended_at=None)


def scan(table: Table) -> Client:
    """Return another browser at the table."""
    client = Client()
    client.get(f"/t/{table.code}/")
    return client
