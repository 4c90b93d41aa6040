"""Gift cards by mail: sent once by a worker, in the reader's language, and never to nobody."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMessage

from loyalty import card_mail, gift_cards
from loyalty.errors import UnknownContact
from loyalty.membership import erase
from loyalty.models import GiftCard, GiftCardMail, GiftCardProgramme
from tests.loyalty.factories import NOW, ContactFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def card() -> GiftCard:
    programme = GiftCardProgramme.objects.create(
        name="Gift card", currency="EUR", max_amount_cents=10000, expiration_days=365
    )
    return gift_cards.issue_card(programme, cents=2500, key="sale-1", now=NOW)


def test_a_card_is_mailed_once_with_its_code_amount_and_end(card: GiftCard) -> None:
    contact = ContactFactory.create(email="noor@example.com")
    card_mail.ask(card, contact, message="Happy birthday!", now=NOW)

    assert (card_mail.mail_due(now=NOW), card_mail.mail_due(now=NOW)) == (1, 0)

    sent = mail.outbox[0]
    assert (len(mail.outbox), sent.to) == (1, ["noor@example.com"])
    for word in (card.code, "€25.00", "June 3, 2027", "Happy birthday!"):
        assert word in sent.body


def test_nobody_gets_no_mail(card: GiftCard) -> None:
    with pytest.raises(UnknownContact):
        card_mail.ask(card, ContactFactory.create(email=None), now=NOW)
    contact = ContactFactory.create()
    card_mail.ask(card, contact, now=NOW)

    erase(contact, now=NOW)

    assert card_mail.mail_due(now=NOW) == 0
    assert mail.outbox == []
    assert not GiftCardMail.objects.exists()


def test_a_mail_that_fails_is_tried_again_for_two_days(card: GiftCard, monkeypatch: pytest.MonkeyPatch) -> None:
    card_mail.ask(card, ContactFactory.create(), now=NOW)

    def refuse(_message: EmailMessage) -> int:
        raise OSError("no mail server")

    with monkeypatch.context() as patched:
        patched.setattr(EmailMessage, "send", refuse)
        assert card_mail.mail_due(now=NOW) == 0
    assert card_mail.mail_due(now=NOW + timedelta(minutes=1)) == 1
    card_mail.ask(card, ContactFactory.create(), now=NOW)
    with monkeypatch.context() as patched:
        patched.setattr(EmailMessage, "send", refuse)
        card_mail.mail_due(now=NOW + timedelta(days=2))

    assert card_mail.mail_due(now=NOW + timedelta(days=2)) == 0
    assert GiftCardMail.objects.exclude(given_up_at=None).count() == 1
