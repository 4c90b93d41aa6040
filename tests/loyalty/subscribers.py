"""Subscribers of webhooks in tests, and something for them to be told."""

from loyalty import voucher_use
from loyalty.models import Voucher, WebhookEvent, WebhookSubscription
from tests.loyalty.factories import NOW, VoucherFactory


def subscribe(
    event: WebhookEvent = WebhookEvent.VOUCHER_REDEEMED,
    *,
    url: str = "https://example.com/hooks",
    secret: str = "theirs",
    properties: tuple[str, ...] = (),
) -> WebhookSubscription:
    """Subscribe to an event."""
    return WebhookSubscription.objects.create(
        name="Theirs", event_type=event, url=url, secret=secret, properties=list(properties), created_at=NOW
    )


def redeem(voucher: Voucher) -> None:
    """Use a voucher, which is announced."""
    voucher_use.redeem(voucher, contact=voucher.contact, holder="order-1", release_key=None, shop=None, now=NOW)


def any_voucher() -> Voucher:
    """Return a voucher to use."""
    voucher: Voucher = VoucherFactory.create()
    return voucher
