"""The catalogues: every sentence of the code translated, whole and compiled; and pages that speak the browser's language."""

import ast
import re
from collections.abc import Container, Iterator
from html import unescape
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.test import Client
from django.utils.translation import ngettext, override
from django.utils.translation.template import templatize

from menu.models import Product, Table
from tests.factories import CategoryFactory, ProductFactory, TableFactory

LANGUAGES = ("nl", "de", "fr")
ROOT = Path(settings.BASE_DIR)
ROOMS = ("config", "loyalty", "menu", "orders")
MARKERS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"}
IN_TEMPLATES = re.compile(r"""\b(?:gettext|ngettext|_)\((?=u?["'])""")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|</?strong>")


def catalogue(language: str) -> Catalog:
    """Return the catalogue of `language` as it is written."""
    with (ROOT / f"locale/{language}/LC_MESSAGES/django.po").open("rb") as file:
        return read_po(file)


def compiled(language: str) -> Catalog:
    """Return the catalogue of `language` as it is used."""
    with (ROOT / f"locale/{language}/LC_MESSAGES/django.mo").open("rb") as file:
        return read_mo(file)


def texts(words: object) -> tuple[str, ...]:
    """Return a message or its plural forms alike as a tuple."""
    return (words,) if isinstance(words, str) else tuple(words)  # type: ignore[arg-type]


def sentences(found: Catalog) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Return what `found` translates."""
    return {texts(message.id): texts(message.string) for message in found if message.id}


def constants(call: ast.Call) -> tuple[str, ...]:
    """Return the texts a call begins with: one, or the two of a plural."""
    values = [word.value for word in call.args if isinstance(word, ast.Constant) and isinstance(word.value, str)]
    return tuple(values[:2])


def code() -> Iterator[tuple[Path, ast.Module]]:
    """Yield every module of the rooms."""
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            yield path, ast.parse(path.read_text())


def is_marked(node: ast.AST, names: Container[str]) -> bool:
    """Say whether `node` calls one of `names`."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names


def sentences_of_code() -> set[tuple[str, ...]]:
    """Return every text that the rooms mark for translation."""
    nodes = [node for _, tree in code() for node in ast.walk(tree)]
    return {constants(node) for node in nodes if isinstance(node, ast.Call) and is_marked(node, MARKERS)} - {()}


def too_early(tree: ast.Module) -> Iterator[ast.expr]:
    """Yield what is translated while the module is read: by a function that is not lazy, outside every function."""
    at_once = {
        name.asname or name.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for name in node.names
        if name.name in {"gettext", "ngettext"}
    }
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.expr) and is_marked(node, at_once):
            yield node
        inside = node.decorator_list if isinstance(node, ast.FunctionDef) else ast.iter_child_nodes(node)
        waiting.extend([] if isinstance(node, ast.Lambda) else inside)


def sentences_of_templates() -> set[tuple[str, ...]]:
    """Return every text that the templates mark for translation; Django itself reads them, gettext is not needed."""
    found = set()
    for path in (ROOT / "templates").rglob("*.*"):
        code = templatize(path.read_text())
        for match in IN_TEMPLATES.finditer(code):
            line = code[match.start() : code.index("\n", match.start()) if "\n" in code[match.start() :] else None]
            found.add(constants(first_call(line)))
    return found


def first_call(line: str) -> ast.Call:
    """Return the call `line` begins with."""
    for end in (found.end() for found in re.finditer(r"\)", line)):
        try:
            node = ast.parse(line[:end], mode="eval").body
        except SyntaxError:
            continue
        assert isinstance(node, ast.Call)
        return node
    raise AssertionError(line)


@pytest.mark.once
def test_every_sentence_of_the_code_and_the_templates_is_in_each_catalogue() -> None:
    wanted = sentences_of_code() | sentences_of_templates()

    missing = {language: wanted - sentences(catalogue(language)).keys() for language in LANGUAGES}

    assert {("Your basket is empty.",), ("View basket",), ("%(count)s item", "%(count)s items")} <= wanted
    assert missing == {language: set() for language in LANGUAGES}


@pytest.mark.once
def test_the_code_marks_its_sentences_by_names_that_gettext_knows() -> None:
    renamed = [
        f"{path.relative_to(ROOT)}: {name.name} as {name.asname}"
        for path, tree in code()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for name in node.names
        if name.name in MARKERS and name.asname not in {None, "_"}
    ]

    assert renamed == []


@pytest.mark.once
def test_no_sentence_is_translated_before_the_language_of_the_request_is_known() -> None:
    early = [f"{path.relative_to(ROOT)}:{call.lineno}" for path, tree in code() for call in too_early(tree)]

    assert early == []


@pytest.mark.once
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_in_the_catalogue_is_empty_or_a_guess(language: str) -> None:
    unfinished = [each.id for each in catalogue(language) if each.id and (each.fuzzy or not all(texts(each.string)))]

    assert unfinished == []


@pytest.mark.once
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_keeps_the_placeholders_of_its_sentence(language: str) -> None:
    differing = [
        source
        for source, translated in sentences(catalogue(language)).items()
        for here, there in zip(source, translated, strict=True)
        if sorted(PLACEHOLDER.findall(here)) != sorted(PLACEHOLDER.findall(there))
    ]

    assert differing == []


@pytest.mark.once
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_keeps_the_edges_of_its_sentence(language: str) -> None:
    differing = [
        source
        for source, translated in sentences(catalogue(language)).items()
        for here, there in zip(source, translated, strict=True)
        if (here[:1].isspace(), here[-1:].isspace(), here.endswith(":"), here.endswith("…"))
        != (there[:1].isspace(), there[-1:].isspace(), there.endswith(":"), there.endswith("…"))
    ]

    assert differing == []


@pytest.mark.once
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_the_written_one(language: str) -> None:
    assert sentences(compiled(language)) == sentences(catalogue(language))


@pytest.mark.once
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("nl", ["0 punten", "1 punt", "2 punten"]),
        ("de", ["0 Punkte", "1 Punkt", "2 Punkte"]),
        ("fr", ["0 point", "1 point", "2 points"]),
    ],
)
def test_a_language_counts_its_own_way(language: str, words: list[str]) -> None:
    with override(language):
        counted = [ngettext("%(count)s point", "%(count)s points", count) % {"count": count} for count in range(3)]

    assert counted == words


# What the diner sees --------------------------------------------------------------------------------------------------


@pytest.fixture
def table(db: None) -> Table:
    made: Table = TableFactory.create()
    return made


@pytest.fixture
def soup(table: Table) -> Product:
    """Soup of 12.50 on the menu."""
    mains = CategoryFactory.create(restaurant=table.restaurant, name="Mains")
    made: Product = ProductFactory.create(
        restaurant=table.restaurant, name="Soup", price_cents=1250, allergens=["celery"], categories=[mains]
    )
    return made


def speaking(language: str, table: Table) -> Client:
    """Return a phone that asks for `language`, at `table`."""
    client = Client(headers={"accept-language": f"{language};q=0.9,en;q=0.5"})
    client.get(f"/t/{table.code}/")
    return client


def read(client: Client, url: str) -> str:
    """Return the page at `url` as a reader sees it, which must be there; spaces that do not break are plain ones."""
    response = client.get(url)
    assert response.status_code == 200
    return re.sub("[\u00a0\u202f]", " ", unescape(response.content.decode()))


@pytest.mark.parametrize(
    ("language", "words", "money"),
    [
        ("nl", ["Bediening roepen", "Soup toevoegen", "Allergenen: Selderij", "Zoek gerecht"], "€ 12,50"),
        ("de", ["Bedienung rufen", "Soup hinzufügen", "Allergene: Sellerie", "Gericht suchen"], "12,50 €"),
        ("fr", ["Appeler le service", "Ajouter Soup", "Allergènes : Céleri", "Chercher un plat"], "12,50 €"),
    ],
)
def test_the_menu_speaks_the_language_of_the_browser(
    table: Table, soup: Product, language: str, words: list[str], money: str
) -> None:
    page = read(speaking(language, table), "/")

    assert f'<html lang="{language}">' in page
    assert [each for each in words if each not in page] == []
    assert money in page
    assert "€12.50" not in page


@pytest.mark.parametrize(
    ("language", "words", "money"),
    [
        ("nl", ["Je mandje", "Soup: één meer", "Verwijderen", "Afrekenen", "Prijzen zijn inclusief btw."], "€ 25,00"),
        ("de", ["Ihr Warenkorb", "Soup: eins mehr", "Entfernen", "Zur Kasse", "Alle Preise inkl. MwSt."], "25,00 €"),
        ("fr", ["Votre panier", "Soup : un de plus", "Retirer", "Paiement", "Prix TVA comprise."], "25,00 €"),
    ],
)
def test_the_basket_speaks_the_language_of_the_browser(
    table: Table, soup: Product, language: str, words: list[str], money: str
) -> None:
    client = speaking(language, table)
    client.post("/basket/add/", {"product": soup.pk, "quantity": 2})

    page = read(client, "/basket/")

    assert f'<html lang="{language}">' in page
    assert [each for each in words if each not in page] == []
    assert money in page


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("nl", ["Bestellen en betalen € 25,00", "Fooi voor het team?", "Inclusief btw 9%", "Betalen aan de kassa"]),
        ("de", ["Bestellen und bezahlen 25,00 €", "Trinkgeld fürs Team?", "Inkl. MwSt. 9 %", "An der Kasse zahlen"]),
        ("fr", ["Commander et payer 25,00 €", "Un pourboire pour l’équipe ?", "Dont TVA 9 %", "Payer au comptoir"]),
    ],
)
def test_the_checkout_speaks_the_language_of_the_browser(
    table: Table, soup: Product, language: str, words: list[str]
) -> None:
    client = speaking(language, table)
    client.post("/basket/add/", {"product": soup.pk, "quantity": 2})

    page = read(client, "/checkout/")

    assert f'<html lang="{language}">' in page
    assert [each for each in words if each not in page] == []


def test_a_language_nobody_translated_gets_english(table: Table, soup: Product) -> None:
    page = read(speaking("pt", table), "/")

    assert '<html lang="en">' in page
    assert "Call staff" in page


def test_a_language_that_was_chosen_wins_over_the_browser_s(table: Table, soup: Product) -> None:
    client = speaking("de", table)

    client.post("/language/", {"language": "nl", "next": "/"})

    assert '<html lang="nl">' in read(client, "/")
