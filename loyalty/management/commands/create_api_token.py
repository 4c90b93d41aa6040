"""The `create_api_token` command: a key to the APIs, printed once."""

from datetime import UTC, date, datetime, time, timedelta

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from loyalty import tokens
from loyalty.models import TokenKind
from loyalty.tokens import SCOPES


class Command(BaseCommand):
    """Makes a key; the last word printed is the key itself, which cannot be shown again."""

    help = "Make a key to the APIs and print it; the last word on stdout is the key. It is shown this once."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the name, the kind, what it may do, how long."""
        parser.add_argument("name", metavar="NAME", help="what it is for, so that it can be told from others")
        parser.add_argument(
            "--scope",
            action="append",
            default=[],
            metavar="SCOPE",
            help=f"may do this only; repeatable: {', '.join(SCOPES)}",
        )
        kind = parser.add_mutually_exclusive_group()
        kind.add_argument("--client", action="store_true", help="a client id and secret for POST /oauth/token")
        kind.add_argument("--rbi", action="store_true", help="an x-api-key for RBI's API")
        parser.add_argument("--expires", metavar="DAYS|DATE", help="ends after so many days, or at the end of a day")

    def handle(self, *, name: str, scope: list[str], client: bool, rbi: bool, **options: object) -> None:
        """Make it; exit code 2 where the input is wrong."""
        now = timezone.now()
        if not 0 < len(name) <= 80 or not name.isprintable():
            raise CommandError("NAME: 1 to 80 letters", returncode=2)
        for wanted in scope:
            if wanted not in SCOPES:
                raise CommandError(f"--scope: {wanted!r} is not one of {', '.join(SCOPES)}", returncode=2)
        made = tokens.make_token(
            name,
            kind=TokenKind.CLIENT if client else TokenKind.RBI if rbi else TokenKind.BEARER,
            scopes=scope,
            expires_at=_read_end(str(options["expires"]), now=now) if options["expires"] else None,
            now=now,
        )
        ends = made.token.expires_at
        if ends is not None:
            self.stdout.write(f"ends: {ends.isoformat(timespec='seconds')}")
        if client:
            self.stdout.write(f"client id: {made.token.uuid}")
        self.stdout.write(f"{'client secret' if client else 'x-api-key' if rbi else 'token'}: {made.secret}")


def _read_end(text: str, *, now: datetime) -> datetime:
    try:
        if text.isascii() and text.isdigit():
            end = now + timedelta(days=int(text))
        else:
            end = datetime.combine(date.fromisoformat(text) + timedelta(days=1), time.min, tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise CommandError(f"--expires: {text!r} is neither a number of days nor a date", returncode=2) from error
    if end <= now:
        raise CommandError("--expires: this is over already", returncode=2)
    return end
