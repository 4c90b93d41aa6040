"""The demo's post: each mail is printed, kept as a file under var/mail and shown at /dev/mail/. Nothing is sent."""

import json
import time
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

MOST_SHOWN = 100


@dataclass(frozen=True)
class KeptMail:
    """A mail as /dev/mail/ shows it; `sent_at` is ISO 8601."""

    sent_at: str
    recipients: list[str]
    subject: str
    text: str


class FolderBackend(BaseEmailBackend):
    """The mailer of `manage.py demo`."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Keep and print `email_messages`; return how many."""
        for message in email_messages:
            keep(
                KeptMail(
                    sent_at=timezone.now().isoformat(timespec="seconds"),
                    recipients=message.recipients(),
                    subject=str(message.subject),
                    text=str(message.body),
                )
            )
        return len(email_messages)


def folder() -> Path:
    """Return the folder that mails are kept in."""
    path: Path = settings.VAR_DIR / "mail"
    path.mkdir(parents=True, exist_ok=True)
    return path


def keep(mail: KeptMail) -> None:
    """Write `mail` into its folder, in one move so that no reader sees half of it, and print it."""
    name = f"{time.time_ns()}-{uuid.uuid4().hex}.json"
    unfinished = folder() / f".{name}"
    unfinished.write_text(json.dumps(asdict(mail)))
    unfinished.rename(folder() / name)
    print(  # noqa: T201  that each mail appears in the terminal is what the demo promises
        f"\nMail to {', '.join(mail.recipients)}\nSubject: {mail.subject}\n\n{mail.text}\n", flush=True
    )


def read_mails() -> list[KeptMail]:
    """Return the newest mails, newest first."""
    newest = sorted(folder().glob("[!.]*.json"), reverse=True)[:MOST_SHOWN]
    return [KeptMail(**json.loads(path.read_text())) for path in newest]


@require_safe
@never_cache
def dev_mail(request: HttpRequest) -> HttpResponse:
    """Show the demo's mails; anywhere else there is no such page."""
    if not settings.DEMO:
        raise Http404
    return render(request, "orders/dev_mail.html", {"mails": read_mails()})
