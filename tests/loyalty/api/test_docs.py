"""/api/docs and the descriptions it is made from."""

import re

import pytest
from django.test import Client

from loyalty.api.documented_steps import STEPS
from loyalty.api.leat import routes

pytestmark = pytest.mark.django_db
PAGE = "/api/docs"


@pytest.mark.parametrize("address", [PAGE, PAGE + "/"])
def test_the_page_shows_every_call_and_needs_nothing_from_elsewhere(address: str) -> None:
    response = Client().get(address)

    page = response.content.decode()
    assert response.status_code == 200
    for path in routes.api.get_openapi_schema()["paths"]:
        assert f"<code>{path}</code>" in page, path
    assert "<script" not in page
    assert "style=" not in page
    assert "'none'" in response.headers["Content-Security-Policy"]
    assert not response.cookies


@pytest.mark.parametrize(("dialect", "title"), [("leat", "Leat"), ("rbi", "RBI Loyalty")])
def test_each_api_is_described(dialect: str, title: str) -> None:
    response = Client().get(f"{PAGE}/{dialect}.json")

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert response.json()["openapi"].startswith("3.1")
    assert response.json()["info"]["title"] == title


def test_no_other_api_is_described() -> None:
    assert Client().get(f"{PAGE}/other.json").status_code == 404


@pytest.mark.once
def test_the_six_steps_call_what_there_is() -> None:
    described = routes.api.get_openapi_schema(path_prefix="")["paths"]
    known = {re.sub(r"{\w+}", "*", path.rstrip("/") or "/") for path in described}

    called = {re.sub(r"\$[A-Z]+", "*", path) or "/" for path in _paths()}

    assert len(STEPS) == 6
    assert {path for path in called if path.count("/")} - known == set()


def _paths() -> list[str]:
    calls = [call for step in STEPS for call in step.calls]
    return [re.search(r'clients([^"]*)"', call)[1] for call in calls]  # type: ignore[index]
