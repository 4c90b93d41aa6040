"""How often one key may call: counted in this process's memory, so that it costs a call nothing (docs/adr/0021)."""

from collections import OrderedDict
from datetime import datetime

from django.conf import settings

from loyalty.api.troubles import Kind, Trouble

MOST_KEYS = 10_000
SECONDS = 60
_windows: OrderedDict[int, tuple[int, int]] = OrderedDict()


def count_call(token_id: int, *, now: datetime) -> None:
    """Count a call of this key in this minute. Raises Trouble: TOO_OFTEN with the seconds until the next."""
    second = int(now.timestamp())
    minute = second // SECONDS
    counted_minute, calls = _windows.get(token_id, (minute, 0))
    calls = calls + 1 if counted_minute == minute else 1
    _windows[token_id] = (minute, calls)
    _windows.move_to_end(token_id)
    if len(_windows) > MOST_KEYS:
        _windows.popitem(last=False)
    if calls > settings.API_CALLS_PER_MINUTE:
        raise Trouble(Kind.TOO_OFTEN, retry_after=SECONDS - second % SECONDS)


def forget() -> None:
    """Start counting anew."""
    _windows.clear()
