"""Codes by mail: Leat mails and judges those of members; addresses of nobody get our own (docs/adr/0032).

A code is a credential: how often one is asked for and typed in is limited here, whatever Leat does.
"""

from datetime import datetime, timedelta

import structlog
from django.db.models import F

from loyalty import codes, doorbell, tasks, throttle
from loyalty.backends.leat.connection import as_id, as_port_errors
from loyalty.backends.leat.joining import LeatJoining
from loyalty.backends.leat.outcomes import Refused
from loyalty.dialects.leat.answers import read_contact_id
from loyalty.dialects.leat.codes import Code
from loyalty.domain import normalise_email
from loyalty.errors import TooOften, WrongCode
from loyalty.models import LeatLogin
from loyalty.values import Asker, Identified

log = structlog.get_logger("tableside.leat")

# How long Leat's codes live is not published; ours live this long.
LOGIN_LIFE = timedelta(minutes=10)


class LeatLogins(LeatJoining):
    """Codes, of loyalty.port.Loyalty."""

    def send_code(self, email: str, *, locale: str, asker: Asker, now: datetime) -> bool:
        """Have Leat mail a code to a member; to anybody else, and where a member was guessed at too often, we do."""
        email = normalise_email(email)
        throttle.count(codes.mail_limits(email, asker), now=now)
        if not throttle.is_reached(codes.tries(email), now=now) and self._leat_mails(email):
            LeatLogin.objects.update_or_create(
                guest_id=asker.guest_id,
                defaults={"email": email, "attempts": 0, "expires_at": now + LOGIN_LIFE, "used_at": None},
            )
            return False
        LeatLogin.objects.filter(guest_id=asker.guest_id).delete()
        challenge = codes.send(email, locale=locale, asker=asker, is_counted=True, now=now)
        doorbell.ring(tasks.mail_code, str(challenge.uuid))
        return challenge.is_long

    def check_code(self, code: str, *, asker: Asker, now: datetime) -> Identified:
        """Judge a code: at Leat, if it was Leat that mailed it to this browser."""
        login = LeatLogin.objects.filter(guest_id=asker.guest_id).first()
        if login is None:
            return self._judge_ours(code, asker=asker, now=now)
        throttle.count(codes.check_limits(asker), now=now)
        mine = LeatLogin.objects.open(now=now).filter(guest_id=asker.guest_id)
        if mine.update(attempts=F("attempts") + 1) != 1:
            raise WrongCode
        try:
            throttle.count([codes.tries(login.email)], now=now)
        except TooOften as error:
            raise WrongCode from error
        body = {"email": login.email, "code": code}
        with as_port_errors((Code.INVALID, lambda _refused: WrongCode())):
            answer = self.leat.transport.change("/contact-verification/verify", body)
        if LeatLogin.objects.filter(guest_id=asker.guest_id, used_at=None).update(used_at=now) != 1:
            raise WrongCode
        contact_id = as_id(read_contact_id(answer), WrongCode)
        self.finish_joining(login.email, contact_id, now=now)
        return Identified(
            email=login.email, contact_id=contact_id, is_first_verification=self.prove(contact_id, now=now)
        )

    def _leat_mails(self, email: str) -> bool:
        """Ask Leat to mail a code; False where it knows no such member, or has no portal to send from."""
        try:
            self.leat.transport.change("/contact-verification/send", {"email": email})
        except Refused as refused:
            if refused.code == Code.NO_PORTAL:
                log.error("leat has no contacts portal: codes are mailed from here")
                return False
            if refused.code in {Code.UNKNOWN_CONTACT, Code.INVALID}:
                return False
            with as_port_errors():
                raise
        return True

    def _judge_ours(self, code: str, *, asker: Asker, now: datetime) -> Identified:
        challenge = codes.check(code, asker=asker, now=now)
        seen = self.find_by_address(challenge.email)
        if seen is not None:
            self.finish_joining(challenge.email, seen.id, now=now)
        return Identified(
            email=normalise_email(challenge.email),
            contact_id=seen.id if seen is not None else None,
            is_first_verification=self.prove(seen.id, now=now) if seen is not None else False,
        )
