"""Making keys by command, looking at them and revoking them in the admin."""

from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from loyalty import tokens
from loyalty.api import auth
from loyalty.api.troubles import Trouble
from loyalty.models import ApiToken, TokenKind
from tests.loyalty.api.calling import Caller
from tests.loyalty.staff import staff

pytestmark = pytest.mark.django_db
LIST = "/admin/loyalty/apitoken/"


def create(*arguments: str) -> str:
    out = StringIO()
    call_command("create_api_token", *arguments, stdout=out)
    return out.getvalue()


def test_the_last_word_of_the_command_is_a_token_that_may_do_everything() -> None:
    token = create("My till").split()[-1]

    assert Caller(token).get("").status_code == 200
    row = ApiToken.objects.get()
    assert (row.name, row.kind, row.scopes, row.expires_at) == ("My till", TokenKind.BEARER, [], None)
    assert row.digest == tokens.digest_of(token)
    assert token.startswith(row.hint)


def test_the_command_makes_narrow_tokens_with_an_end() -> None:
    create("A", "--scope", "contacts:read", "--scope", "orders:write", "--expires", "30")
    create("B", "--expires", "2030-12-31")

    narrow, dated = ApiToken.objects.order_by("pk")
    assert narrow.scopes == ["contacts:read", "orders:write"]
    assert narrow.expires_at is not None
    assert timedelta(days=29) < narrow.expires_at - timezone.now() <= timedelta(days=30)
    assert dated.expires_at is not None
    assert dated.expires_at.isoformat() == "2031-01-01T00:00:00+00:00"
    assert (narrow.allows("orders:read"), narrow.allows("contacts:write"), dated.allows("rbi:write")) == (
        True,
        False,
        True,
    )


def test_the_command_makes_clients_and_rbi_keys() -> None:
    words = create("Client", "--client").split()
    key = create("Till", "--rbi").split()[-1]

    client = ApiToken.objects.get(kind=TokenKind.CLIENT)
    assert str(client.uuid) in words
    assert client.digest == tokens.digest_of(words[-1])
    assert auth.admit(TokenKind.RBI, key, scope="rbi:write").kind == TokenKind.RBI
    with pytest.raises(Trouble):
        auth.admit(TokenKind.BEARER, key, scope="")


@pytest.mark.parametrize(
    "arguments",
    [
        ["x" * 81],
        [""],
        ["A", "--scope", "everything"],
        ["A", "--expires", "soon"],
        ["A", "--expires", "0"],
        ["A", "--expires", "9999999999"],
        ["A", "--expires", "2001-01-01"],
    ],
)
def test_the_command_refuses_what_makes_no_sense(arguments: list[str]) -> None:
    with pytest.raises(CommandError) as refused:
        create(*arguments)

    assert refused.value.returncode == 2
    assert not ApiToken.objects.exists()


def test_staff_see_tokens_and_never_a_secret(client: Client) -> None:
    secret = create("My till").split()[-1]
    token = ApiToken.objects.get()
    browser = staff(client, "view_apitoken")

    pages = [browser.get(address).content.decode() for address in (LIST, f"{LIST}{token.pk}/change/")]

    for page in pages:
        assert "My till" in page
        assert secret not in page
        assert token.digest not in page
    assert browser.get(f"{LIST}add/").status_code == 403


def test_staff_who_may_revoke_end_a_token_for_good_and_it_is_written_down(client: Client) -> None:
    secret = create("My till").split()[-1]
    token = ApiToken.objects.get()
    chosen = {"action": "revoke", "_selected_action": [token.pk]}

    staff(client, "view_apitoken", "revoke_apitoken").post(LIST, chosen)

    assert Caller(secret).get("").status_code == 401
    assert LogEntry.objects.get().object_id == str(token.pk)


def test_staff_who_may_only_look_revoke_nothing(client: Client) -> None:
    secret = create("My till").split()[-1]
    token = ApiToken.objects.get()

    staff(client, "view_apitoken").post(LIST, {"action": "revoke", "_selected_action": [token.pk]})

    assert Caller(secret).get("").status_code == 200
