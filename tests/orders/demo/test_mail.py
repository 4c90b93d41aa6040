"""The demo's post: kept, printed, shown newest first, and nowhere but in the demo."""

from pathlib import Path

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from pytest_django import Settings

from orders.demo.mail import FolderBackend, read_mails


@pytest.fixture
def post(settings: Settings, demo_mode: None, tmp_path: Path) -> FolderBackend:
    settings.VAR_DIR = tmp_path
    return FolderBackend()


def test_a_mail_is_kept_and_printed(post: FolderBackend, capsys: pytest.CaptureFixture[str]) -> None:
    sent = post.send_messages([EmailMessage("Your receipt", "Thank you.\nOne soup.", to=["diner@example.com"])])

    assert sent == 1
    (mail,) = read_mails()
    assert (mail.recipients, mail.subject, mail.text) == (
        ["diner@example.com"],
        "Your receipt",
        "Thank you.\nOne soup.",
    )
    printed = "\nMail to diner@example.com\nSubject: Your receipt\n\nThank you.\nOne soup.\n\n"
    assert capsys.readouterr().out == printed


def test_the_page_shows_recipient_subject_and_text_newest_first(post: FolderBackend, client: Client) -> None:
    post.send_messages([EmailMessage("First", "one <b>", to=["a@example.com"])])
    post.send_messages([EmailMessage("Second", "two", to=["b@example.com", "c@example.com"])])

    page = client.get("/dev/mail/").content.decode()

    assert page.index("Second") < page.index("First")
    assert "To b@example.com, c@example.com" in page
    assert "one &lt;b&gt;" in page


def test_an_empty_post_says_so(post: FolderBackend, client: Client) -> None:
    assert "No mail yet." in client.get("/dev/mail/").content.decode()


def test_outside_the_demo_there_is_no_such_page(client: Client) -> None:
    assert client.get("/dev/mail/").status_code == 404


def test_the_page_is_only_read(post: FolderBackend, client: Client) -> None:
    assert client.post("/dev/mail/").status_code == 405
