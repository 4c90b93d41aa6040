"""Gift cards by mail: asked for, and sent by a worker; what was asked for is a row, so nothing is lost."""

from datetime import datetime, timedelta

import structlog
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from loyalty.currency import amount_words
from loyalty.errors import UnknownContact
from loyalty.models import Contact, GiftCard, GiftCardMail, find_programme

MAILING = timedelta(minutes=2)
GIVE_UP_AFTER = timedelta(days=2)

log = structlog.get_logger("tableside.gift_cards")


def ask(card: GiftCard, contact: Contact, *, message: str = "", now: datetime) -> GiftCardMail:
    """Write down that the card is to be mailed to the contact. Raises UnknownContact for one without an address."""
    if not contact.email:
        raise UnknownContact
    return GiftCardMail.objects.create(card=card, contact=contact, message=message, asked_at=now)


def mail_due(*, now: datetime) -> int:
    """Send every mail that is due; return how many went out."""
    due = list(GiftCardMail.objects.due(now=now).order_by("asked_at").values_list("pk", flat=True))
    return sum(_mail(pk, now=now) for pk in due)


def _mail(pk: int, *, now: datetime) -> bool:
    """Send one, unless another worker is at it; one that fails stays due for two days."""
    mine = GiftCardMail.objects.filter(pk=pk)
    if GiftCardMail.objects.due(now=now).filter(pk=pk).update(mailing_until=now + MAILING) != 1:
        return False
    wanted = mine.select_related("card__account", "card__programme", "contact").get()
    try:
        if wanted.contact.email:
            _message(wanted).send()
    except Exception:  # whatever the mail server's client raises: the next sweep tries again
        over = now - wanted.asked_at >= GIVE_UP_AFTER
        mine.update(mailing_until=None, given_up_at=now if over else None)
        log.warning("gift card not mailed", mail=pk, exc_info=True)
        return False
    mine.update(mailing_until=None, mailed_at=now)
    return True


def _message(wanted: GiftCardMail) -> EmailMessage:
    programme = find_programme()
    card, contact = wanted.card, wanted.contact
    with translation.override(contact.locale):
        ends = card.expires_at.astimezone(programme.zone) if card.expires_at else None
        context = {
            "programme": programme.name,
            "code": card.code,
            "amount": amount_words(card.account.balance_cents, card.account.currency),
            "ends": date_format(ends, "DATE_FORMAT") if ends else "",
            "message": wanted.message,
        }
        body = render_to_string("loyalty/gift_card_mail.txt", context)
        subject = _("Your gift card for %(programme)s") % {"programme": programme.name}
    return EmailMessage(subject=subject, body=body, to=[str(contact.email)])
