"""/healthz and /readyz: 200 when in order, 503 naming what is not."""

import time
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import DatabaseError
from django.test import Client
from pytest_django import Settings

from config import health
from orders.tasks import BEAT_KEY, beat


def test_healthz_answers_without_touching_the_database(client: Client) -> None:
    response = client.get("/healthz")

    assert (response.status_code, response.json()) == (200, {"status": "up"})


@pytest.mark.django_db
def test_readyz_is_ready_once_a_worker_has_run_the_heartbeat(client: Client) -> None:
    beat()

    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json() == {"status": "ready", "database": "ok", "broker": "ok", "beat": "ok"}


@pytest.mark.django_db
def test_readyz_names_a_beat_that_has_not_come(client: Client) -> None:
    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {"status": "failing", "database": "ok", "broker": "ok", "beat": "failing"}


@pytest.mark.django_db
def test_readyz_names_a_beat_that_has_stopped(client: Client) -> None:
    cache.set(BEAT_KEY, time.time() - 61, timeout=None)

    response = client.get("/readyz")

    assert (response.status_code, response.json()["beat"]) == (503, "failing")


@pytest.mark.django_db
def test_readyz_names_a_broker_whose_folder_is_gone(client: Client, settings: Settings, tmp_path: Path) -> None:
    beat()
    settings.REDIS_URL, settings.QUEUE_DIR = "", tmp_path / "nowhere"

    response = client.get("/readyz")

    assert (response.status_code, response.json()["broker"]) == (503, "failing")


def test_readyz_names_a_database_that_does_not_answer(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> bool:
        raise DatabaseError("gone")

    monkeypatch.setattr(health, "database_answers", fail)
    monkeypatch.setattr(health, "beat_is_recent", lambda: True)

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {"status": "failing", "database": "failing", "broker": "ok", "beat": "ok"}


@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
def test_health_is_only_read(client: Client, address: str) -> None:
    assert client.post(address).status_code == 405
