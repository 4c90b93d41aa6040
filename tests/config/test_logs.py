"""Logs carry a request id and never who the diner is."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from django.test import Client

from config.logs import hide_addresses


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the project's own handler writes."""
    (handler,) = [
        handler
        for handler in logging.getLogger().handlers
        if isinstance(handler, logging.StreamHandler)
        and isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter)
    ]
    stream = io.StringIO()
    before = handler.setStream(stream)
    yield stream
    handler.setStream(before)


def test_an_answer_and_its_log_lines_carry_the_same_id(client: Client, written: io.StringIO) -> None:
    response = client.get("/healthz")
    structlog.get_logger("tableside.test").warning("something happened", order="1f")

    line = json.loads(written.getvalue())

    assert (line["event"], line["order"], line["level"]) == ("something happened", "1f", "warning")
    assert line["request_id"] == response["X-Request-Id"]


def test_an_address_is_taken_out_of_an_event() -> None:
    event = hide_addresses(None, "", {"event": "refused for Jo.O'Neil+x@mail.example.com, sorry", "count": 3})

    assert event == {"event": "refused for [email], sorry", "count": 3}


def test_an_address_in_an_exception_of_somebody_elses_code_is_not_logged(written: io.StringIO) -> None:
    try:
        raise ValueError({"diner@example.com": (550, b"no such mailbox")})
    except ValueError:
        logging.getLogger("smtp").exception("could not send to %s", "diner@example.com")

    line = json.loads(written.getvalue())
    assert "diner@" not in written.getvalue()
    assert line["event"] == "could not send to [email]"
    assert "no such mailbox" in line["exception"]
