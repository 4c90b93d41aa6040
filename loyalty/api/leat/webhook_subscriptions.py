"""Who wants to be told what happens (leat-api.md section 10)."""

from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router
from pydantic import Field

from loyalty import webhooks
from loyalty.api.auth import Bearer
from loyalty.api.fields import Payload, Sent, Text
from loyalty.api.leat.answers import Answer, Listing, Paging, answer, invalid
from loyalty.api.leat.finding import find
from loyalty.api.pages import read_page
from loyalty.dialects.leat.codes import UNKNOWN_WEBHOOK
from loyalty.dialects.leat.pages import ViewingMeta, viewing_meta
from loyalty.dialects.leat.webhooks import SubscriptionObject, subscription_object
from loyalty.models import WebhookEvent, WebhookSubscription
from loyalty.webhooks import UnusableAddress

router = Router(tags=["Webhook subscriptions"], auth=Bearer("webhooks"))
USUAL_LIMIT, MOST = 30, 100

Address = Annotated[str, Field(max_length=webhooks.LONGEST_URL)]
Name = Annotated[str, Field(max_length=120)]


class NewSubscription(Payload):
    """A subscription. `attributes` are those of a contact whose changes are to be told."""

    name: Name
    event_type: WebhookEvent
    url: Address
    secret: Annotated[str, Field(max_length=200)] | None = None
    attributes: Annotated[list[Text], Field(max_length=100)] = []


class ChangedSubscription(Payload):
    """What is new about a subscription; event and secret stay as they were made."""

    name: Name | None = None
    url: Address | None = None
    status: Literal["ACTIVE", "INACTIVE"] | None = None
    attributes: Annotated[list[Text], Field(max_length=100)] | None = None


@router.get("/webhook-subscriptions", response=Listing[SubscriptionObject, ViewingMeta])
def list_subscriptions(request: HttpRequest, asked: Query[Paging]) -> HttpResponse:
    """Return the subscriptions, in the order in which they were made."""
    rows = WebhookSubscription.objects.order_by("pk")
    page = read_page(rows, page=asked.page, limit=asked.limit or USUAL_LIMIT, most=MOST)
    return answer([show_subscription(row) for row in page.rows], meta=viewing_meta(**page.numbers))


@router.post("/webhook-subscriptions", response={201: Answer[SubscriptionObject]})
def create(request: HttpRequest, subscription: Sent[NewSubscription]) -> HttpResponse:
    """Add a subscription."""
    if subscription.event_type == WebhookEvent.CONTACT_UPDATED and not subscription.attributes:
        raise invalid("attributes", "Name the attributes of contacts whose changes are to be told.")
    try:
        row = webhooks.subscribe(
            name=subscription.name,
            event=subscription.event_type,
            url=subscription.url,
            secret=subscription.secret or "",
            properties=subscription.attributes,
            now=timezone.now(),
        )
    except UnusableAddress as error:
        raise invalid("url", str(error)) from error
    return answer(show_subscription(row), status=201)


@router.get("/webhook-subscriptions/{uuid}", response=Answer[SubscriptionObject])
def show(request: HttpRequest, uuid: str) -> HttpResponse:
    """Return a subscription."""
    return answer(show_subscription(_find(uuid)))


@router.put("/webhook-subscriptions/{uuid}", response=Answer[SubscriptionObject])
def update(request: HttpRequest, uuid: str, changes: Sent[ChangedSubscription]) -> HttpResponse:
    """Change a subscription; event and secret stay as they were made."""
    row = _find(uuid)
    if changes.url is not None:
        try:
            webhooks.check_address(changes.url)
        except UnusableAddress as error:
            raise invalid("url", str(error)) from error
    wanted = {
        "name": changes.name,
        "url": changes.url,
        "is_active": None if changes.status is None else changes.status == "ACTIVE",
        "properties": changes.attributes,
    }
    fields = {field: value for field, value in wanted.items() if value is not None}
    if fields:
        WebhookSubscription.objects.filter(pk=row.pk).update(**fields)
    row.refresh_from_db()
    return answer(show_subscription(row))


@router.delete("/webhook-subscriptions/{uuid}", response=Answer[list[str]])
def delete(request: HttpRequest, uuid: str) -> HttpResponse:
    """Take a subscription away, with what it was still to be told."""
    _find(uuid).delete()
    return answer([])


def show_subscription(row: WebhookSubscription) -> SubscriptionObject:
    """Return a subscription as it is answered."""
    return subscription_object(
        subscription_uuid=row.uuid,
        name=row.name,
        event_type=row.event_type,
        url=row.url,
        properties=row.properties,
        is_active=row.is_active,
        created_at=row.created_at,
    )


def _find(reference: str) -> WebhookSubscription:
    return find(WebhookSubscription.objects.all(), reference, UNKNOWN_WEBHOOK)
