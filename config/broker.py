"""How the workers hold on to Redis: Celery's own transport, but for unfinished tasks when Redis goes away."""

from typing import Any

from kombu.transport import redis
from redis.exceptions import ConnectionError as RedisConnectionError


class Channel(redis.Channel):
    """A channel that gives nothing back when it closes, and says so when something is asked of it afterwards.

    Kombu 5.7 wants to write unacknowledged tasks back through the connection that was just lost, and to acknowledge through it
    a task that ends later; both fail with an AttributeError, which ends the worker. Tasks are a doorbell only: beat rings again,
    and Redis gives them out again after an hour.
    """

    do_restore = False

    def _connparams(self, asynchronous: bool = False) -> dict[str, Any]:
        if getattr(self.connection, "client", None) is None:
            raise RedisConnectionError("This channel is closed.")
        found: dict[str, Any] = super()._connparams(asynchronous=asynchronous)  # type: ignore[misc] # not in the stubs
        return found


class Transport(redis.Transport):
    """Redis, with that channel."""

    Channel = Channel
