"""How the workers hold on to Redis: Celery's own transport, but for what it does with unfinished tasks when Redis goes away."""

from kombu.transport import redis


class Channel(redis.Channel):
    """A channel that gives nothing back when it closes.

    Kombu 5.7 wants to write unacknowledged tasks back through the connection that was just lost, and the error that follows
    ends the worker. Tasks are a doorbell only: beat rings again, and Redis gives them out again after an hour.
    """

    do_restore = False


class Transport(redis.Transport):
    """Redis, with that channel."""

    Channel = Channel
