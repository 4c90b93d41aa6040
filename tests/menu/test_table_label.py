"""What a table is called: a number gets the word in front, in the reader's language, on the page and on its card."""

import pytest
import time_machine
from django.test import Client
from django.utils import translation

from menu.models import Restaurant, Table
from menu.models.table import table_label
from menu.qr_sheet import table_sheet
from tests.factories import NOW, TableFactory


@pytest.mark.parametrize(
    ("language", "name", "label"),
    [
        ("en", "7", "Table 7"),
        ("nl", "7", "Tafel 7"),
        ("de", "12", "Tisch 12"),
        ("de", "Terrasse 2", "Terrasse 2"),
        ("nl", "7a", "7a"),
    ],
)
def test_a_number_gets_the_word_in_front(language: str, name: str, label: str) -> None:
    with translation.override(language):
        assert table_label(name) == label


def test_the_card_says_what_the_page_says() -> None:
    restaurant = Restaurant(name="Harbour House")

    with time_machine.travel(NOW, tick=False), translation.override("en"):
        sheets = [
            table_sheet([Table(restaurant=restaurant, name=name, code="46j5vsfzrbph")], site_url="https://menu.example")
            for name in ("7", "Table 7", "8")
        ]

    assert sheets[0] == sheets[1]
    assert sheets[0] != sheets[2]


@pytest.mark.django_db
def test_the_menu_says_it_in_the_diners_language(client: Client) -> None:
    table = TableFactory.create(name="7")

    client.get(f"/t/{table.code}/")

    assert "Tisch 7" in client.get("/", headers={"Accept-Language": "de"}).content.decode()
