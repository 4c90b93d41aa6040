"""Codes by mail: asked for, worked out, mailed by the worker, checked. No code is kept anywhere (trust.md, "Identify").

A code belongs to one address and one browser. It is worked out from the challenge's id with the server's key whenever it
is needed, so a resend is the same code.
"""

import hmac
import uuid
from datetime import datetime, timedelta

import structlog
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from loyalty import throttle
from loyalty.domain import normalise_email
from loyalty.errors import TooOften, WrongCode
from loyalty.models import Challenge, LeatLogin, find_programme
from loyalty.throttle import DAY, HOUR, MINUTE, Limit
from loyalty.values import Asker

log = structlog.get_logger("tableside.codes")

CODE_LIFE = timedelta(minutes=10)
TRIES_PER_ADDRESS = 20
MAILING = timedelta(seconds=60)
KEEP_CHALLENGES = timedelta(days=2)
SHORT_DIGITS = 6
LONG_LETTERS = 8
LONG_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that looks like a digit


def send(email: str, *, locale: str, asker: Asker, is_counted: bool = False, now: datetime) -> Challenge:
    """Have a code mailed to this address for this browser; within its life the same code again. Raises TooOften.

    The mail is due from here on; whoever calls rings the worker. `is_counted`: the caller has counted it already.
    """
    email = normalise_email(email)
    with transaction.atomic():
        if not is_counted:
            throttle.count(mail_limits(email, asker), now=now)
        mine = Challenge.objects.open(now=now).filter(guest_id=asker.guest_id)
        is_long = throttle.is_reached(tries(email), now=now)
        same = mine.filter(email=email).order_by("-created_at")
        if is_long:
            same = same.filter(is_long=True)  # a short one would not be judged any more today
        challenge = same.first()
        if challenge is None:
            mine.update(ended_at=now)
            return Challenge.objects.create(
                guest_id=asker.guest_id,
                email=email,
                locale=locale,
                is_long=is_long,
                created_at=now,
                expires_at=now + CODE_LIFE,
                asked_at=now,
            )
        Challenge.objects.filter(pk=challenge.pk).update(asked_at=now, locale=locale)
        return challenge


def check(code: str, *, asker: Asker, now: datetime) -> Challenge:
    """Judge a code typed into this browser and use it up. Raises WrongCode whatever is wrong with it, TooOften.

    At most five tries are judged per code, and twenty short codes' tries a day per address; longer codes follow, so
    that nobody can lock a member out by guessing.
    """
    throttle.count(check_limits(asker), now=now)
    challenge = Challenge.objects.open(now=now).filter(guest_id=asker.guest_id).order_by("-created_at").first()
    if challenge is None:
        raise WrongCode
    _count_try(challenge, now=now)
    typed = "".join(code.split()).upper()
    if not hmac.compare_digest(typed.encode(), work_out(challenge).encode()):
        raise WrongCode
    if Challenge.objects.filter(pk=challenge.pk, used_at=None, ended_at=None).update(used_at=now) != 1:
        raise WrongCode
    return challenge


def work_out(challenge: Challenge) -> str:
    """Return the code of a challenge: six digits, or eight letters once an address was guessed at too often."""
    key = salted_hmac("loyalty.codes", challenge.uuid.hex, algorithm="sha256").digest()
    number = int.from_bytes(key)
    if not challenge.is_long:
        return f"{number % 10**SHORT_DIGITS:0{SHORT_DIGITS}}"
    letters = []
    for _place in range(LONG_LETTERS):
        number, letter = divmod(number, len(LONG_ALPHABET))
        letters.append(LONG_ALPHABET[letter])
    return "".join(letters)


def mail(challenge_uuid: uuid.UUID, *, now: datetime) -> bool:
    """Mail a code that is due, unless another worker is at it; return whether it went out. One that fails stays due."""
    mine = Challenge.objects.filter(pk=challenge_uuid)
    if Challenge.objects.to_mail(now=now).filter(pk=challenge_uuid).update(mailing_until=now + MAILING) != 1:
        return False
    challenge = mine.get()
    try:
        _message(challenge).send()
    except Exception:  # whatever the mail server's client raises: the next sweep tries again
        mine.update(mailing_until=None)
        log.warning("code not mailed", challenge=str(challenge_uuid), exc_info=True)
        return False
    mine.update(mailing_until=None, mailed_at=now)
    return True


def mail_due(*, now: datetime) -> int:
    """Mail every code that is due; return how many went out."""
    due = list(Challenge.objects.to_mail(now=now).values_list("pk", flat=True))
    return sum(mail(challenge_uuid, now=now) for challenge_uuid in due)


def forget_old(*, now: datetime) -> int:
    """Delete challenges that ended days ago, with the addresses in them, and those of Leat; return how many."""
    deleted, _by_model = Challenge.objects.filter(expires_at__lte=now - KEEP_CHALLENGES).delete()
    of_leat, _by_model = LeatLogin.objects.filter(expires_at__lte=now - KEEP_CHALLENGES).delete()
    return deleted + of_leat


def lookup_limits(asker: Asker) -> list[Limit]:
    """Return how often addresses may be looked up: by one browser, from one network, in all."""
    return [
        Limit(throttle.key_of("lookup-guest", asker.guest_id), 10, 10 * MINUTE),
        Limit(throttle.key_of("lookup-ip", asker.ip_address), 60, 10 * MINUTE),
        Limit("lookup-all", 1000, 10 * MINUTE),
    ]


def mail_limits(email: str, asker: Asker) -> list[Limit]:
    """Return how often codes may be mailed: to one address, for one browser, from one network (a whole restaurant's)."""
    return [
        Limit(throttle.key_of("mail-address", email), 3, MINUTE),
        Limit(throttle.key_of("mail-address", email), 10, HOUR),
        Limit(throttle.key_of("mail-guest", asker.guest_id), 5, MINUTE),
        Limit(throttle.key_of("mail-guest", asker.guest_id), 20, HOUR),
        Limit(throttle.key_of("mail-ip", asker.ip_address), 20, MINUTE),
    ]


def check_limits(asker: Asker) -> list[Limit]:
    """Return how often codes may be typed in: in one browser, from one network."""
    return [
        Limit(throttle.key_of("check-guest", asker.guest_id), 30, 10 * MINUTE),
        Limit(throttle.key_of("check-ip", asker.ip_address), 300, 10 * MINUTE),
    ]


def tries(email: str) -> Limit:
    """Return how often short codes for one address may be tried in a day."""
    return Limit(throttle.key_of("tries", email), TRIES_PER_ADDRESS, DAY)


def _count_try(challenge: Challenge, *, now: datetime) -> None:
    """Count a try in the one statement that also checks it is allowed: parallel guesses cannot slip through."""
    if Challenge.objects.open(now=now).filter(pk=challenge.pk).update(attempts=F("attempts") + 1) != 1:
        raise WrongCode
    if not challenge.is_long:
        try:
            throttle.count([tries(challenge.email)], now=now)
        except TooOften as error:
            raise WrongCode from error


def _message(challenge: Challenge) -> EmailMessage:
    programme = find_programme().name
    minutes = int(CODE_LIFE.total_seconds() // 60)
    code = work_out(challenge)
    with translation.override(challenge.locale):
        body = render_to_string("loyalty/code_mail.txt", {"code": code, "programme": programme, "minutes": minutes})
        # The code comes first, so that it can be read off the phone's lock screen.
        subject = _("%(code)s is your code for %(programme)s") % {"code": code, "programme": programme}
    return EmailMessage(subject=subject, body=body, to=[challenge.email])
