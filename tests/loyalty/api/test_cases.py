"""Every call of Leat's API, in each way of sending it, and refused in each way that it can be (rows: cases_*.py)."""

import pkgutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.db import IntegrityError, transaction

import tests.loyalty.api
from loyalty.api import limits
from tests.loyalty.api.calling import Caller, body_of, refusal_of

if TYPE_CHECKING:
    from tests.loyalty.api.calling import Answer
from tests.loyalty.api.cases import Case, Prepare, at, fill
from tests.loyalty.api.shapes import check_shape

NOW = datetime(2026, 6, 3, 17, 30, tzinfo=UTC)
Send = Callable[[Caller, Case, str, Mapping[str, Any]], "Answer"]


def _groups() -> list[Any]:
    modules = pkgutil.iter_modules(tests.loyalty.api.__path__)
    names = sorted(module.name for module in modules if module.name.startswith("cases_"))
    return [import_module(f"tests.loyalty.api.{name}") for name in names]


def _rows() -> Iterator[Any]:
    for group in _groups():
        name = group.__name__.rpartition("cases_")[2]
        for case in group.CASES:
            yield pytest.param(group.prepare, case, id=f"{name}: {case.name}")


def all_names(now: datetime) -> dict[str, str]:
    """Make the rows of one group after the other, and return what can be named in an address."""
    names: dict[str, str] = {}
    for module in _groups():
        with transaction.atomic(), suppress(IntegrityError):
            names |= module.prepare(now)
    return names


@pytest.mark.parametrize(("prepare", "case"), list(_rows()))
def test_a_call_answers_and_refuses_as_documented(leat: Caller, prepare: Prepare, case: Case) -> None:
    with time_machine.travel(NOW, tick=False):
        names = dict(prepare(NOW))
        path, payload = fill(case.path, names), fill(case.payload, names)

        for number, send in enumerate(_ways(case)):
            with undone():
                # The last way goes to the address with a slash, and the first is sent again.
                slash = "/" if number == len(_ways(case)) - 1 else ""
                _check_answer(send(leat, case, path + slash, payload), case, names)
                if number == 0:
                    _check_repeat(_as_json(leat, case, path, payload), case)
        for refusal in case.refusals:
            with undone():
                changed = {**payload, **fill(refusal.payload, names)}
                sent = {name: value for name, value in changed.items() if value is not ...}
                response = _as_json(leat, case, fill(refusal.path, names) or path, sent)
                assert refusal_of(response) == (refusal.status, refusal.code), (refusal, response.content)
                assert refusal.names in ["", *body_of(response).get("errors", {})], body_of(response)
        assert refusal_of(_as_json(Caller("wrong"), case, path, payload)) == (401, 401)


def _ways(case: Case) -> list[Send]:
    return [_as_json, _as_json] if case.method == "GET" else [_as_json, _as_form, _as_multipart]


def _as_json(caller: Caller, case: Case, path: str, payload: Mapping[str, Any]) -> "Answer":
    return caller.get(path, payload) if case.method == "GET" else caller.json(case.method, path, payload)


def _as_form(caller: Caller, case: Case, path: str, payload: Mapping[str, Any]) -> "Answer":
    return caller.form(case.method, path, payload)


def _as_multipart(caller: Caller, case: Case, path: str, payload: Mapping[str, Any]) -> "Answer":
    return caller.multipart(case.method, path, payload)


def _check_answer(response: "Answer", case: Case, names: Mapping[str, str]) -> None:
    assert response.status_code == case.status, response.content
    body = body_of(response)
    check_shape(body["data"], case.shape)
    if case.meta is not None:
        check_shape(body["meta"], case.meta, "meta")
    for place, wanted in case.expect.items():
        assert at(body["data"], place) == fill(wanted, names), place


def _check_repeat(again: "Answer", case: Case) -> None:
    if case.repeat is None:
        assert again.status_code == case.status, again.content
    else:
        assert refusal_of(again)[1] == case.repeat, again.content


@contextmanager
def undone() -> Iterator[None]:
    """Take back what is written inside, so that each way of calling starts with the rows prepared."""
    limits.forget()
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
