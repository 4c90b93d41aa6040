"""One pooled HTTPS client for Leat's REST API: timeouts, what may be repeated, and every way a call can fail.

Nothing here knows what a voucher is. Looking may be repeated, changing never is: whoever asked for a change looks for it
at Leat before asking again (deeds).
"""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any

import httpx
import structlog

from loyalty.backends.leat.account import Account
from loyalty.backends.leat.breaker import Breaker
from loyalty.backends.leat.outcomes import AccountRefused, GivenUp, NoAnswer, NotSent, Refused
from loyalty.backends.leat.patience import Call, Patience
from loyalty.errors import ProgrammeAway
from loyalty.tls import trusted_authorities

log = structlog.get_logger("tableside.leat")

PREFIX = "/api/v3/oauth/clients"
MOST_CONNECTIONS = 16
# Shorter than servers keep idle connections, so that a change is not sent into one that is just being closed.
KEEP_IDLE_SECONDS = 4.0
TURNED_AWAY = {401, 403}
BUSY = 429
DOWN = {502, 503, 504}
# Codes that say our account or its settings are at fault (leat-api.md section 1.2): the owner mends that, then we go on.
OURS = {1008, 1053, 1102, 1103, 3000, 7002, 7011, 7015, 401, 403}
# Turned away before anything was done. Code 1000, an error inside Leat, and 60001, "still at it", say nothing of the kind.
OVERLOADED = {60000, 429}
FAILED_INSIDE = {1000, 60001}


class Transport:
    """The connection of one process to one account."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.breaker = Breaker(self.is_there)
        headers = {"Accept": "application/json", "User-Agent": "Tableside", "Authorization": f"Bearer {account.token}"}
        limits = httpx.Limits(
            max_connections=MOST_CONNECTIONS,
            max_keepalive_connections=MOST_CONNECTIONS,
            keepalive_expiry=KEEP_IDLE_SECONDS,
        )
        # No proxies from the environment: the account's address is the only one we mean.
        self._client = httpx.Client(
            base_url=f"{account.base_url}{PREFIX}",
            headers=headers,
            limits=limits,
            verify=trusted_authorities(),
            trust_env=False,
        )
        # Those that make calls, and those of pages that wait for several: were they the same, all could wait for none.
        self._calling = ThreadPoolExecutor(max_workers=MOST_CONNECTIONS, thread_name_prefix="leat-call")
        self._waiting = ThreadPoolExecutor(max_workers=MOST_CONNECTIONS, thread_name_prefix="leat")
        self._patience = Patience(self.is_there, threads=self._calling, silence_seconds=account.silence_seconds)

    def close(self) -> None:
        """Give back connections and threads, once those who are at it have ended."""
        self.breaker.close()
        threading.Thread(target=self._end, name="leat-end", daemon=True).start()

    def _end(self) -> None:
        for threads in (self._waiting, self._calling):
            threads.shutdown()
        self.breaker.join()
        self._client.close()

    def look(self, path: str, **query: object) -> Any:
        """GET; return `data`. Raises Refused, ProgrammeAway."""
        return self.look_whole(path, **query)["data"]

    def look_whole(self, path: str, **query: object) -> dict[str, Any]:
        """GET; return the whole body, with `meta`. Raises Refused, ProgrammeAway."""
        params = {name: str(value) for name, value in query.items() if value is not None}
        return self._call("GET", path, params=params, seconds=self.account.read_timeout)

    def ask(self, path: str, body: Mapping[str, object]) -> Any:
        """POST something that changes nothing, such as a simulation; return `data`. Raises Refused, ProgrammeAway."""
        return self._call("POST", path, json=body, seconds=self.account.read_timeout)["data"]

    def change(self, path: str, body: Mapping[str, object], *, method: str = "POST") -> Any:
        """POST or PUT, once; return `data`. Raises Refused, NotSent, NoAnswer."""
        return self._call(method, path, json=body, seconds=self.account.change_timeout)["data"]

    def together[Answer](self, *calls: Callable[[], Answer]) -> list[Answer]:
        """Make these calls at the same time; return their answers in order. Raises what the first of them raised."""
        self.breaker.check()
        waiting = [self._waiting.submit(call) for call in calls]
        return [future.result() for future in waiting]

    def is_there(self) -> bool:
        """Say whether Leat answers at all, whatever it says of us."""
        since = monotonic()
        try:
            answer = self._client.get("", timeout=self._timeout(self.account.read_timeout))
        except (httpx.HTTPError, httpx.InvalidURL):
            return False
        if answer.status_code >= 500:
            return False
        self._patience.hear(since=since, is_sign=True)
        return True

    def _timeout(self, seconds: float) -> httpx.Timeout:
        return httpx.Timeout(seconds, connect=self.account.connect_timeout, pool=self.account.connect_timeout)

    def _call(self, method: str, path: str, *, seconds: float, **request: Any) -> dict[str, Any]:
        self.breaker.check()

        def make(call: Call) -> httpx.Response:
            return self._send(method, path, call, timeout=self._timeout(seconds), **request)

        try:
            answer = self._patience.wait_for(make, ends_within=seconds)
        except (NotSent, GivenUp):
            self.breaker.trip()
            raise
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            self.breaker.trip()
            raise NotSent("not reached") from error
        except (httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            raise NotSent(type(error).__name__) from error
        except httpx.TimeoutException as error:
            self.breaker.trip()
            raise NoAnswer("timed out") from error
        except httpx.HTTPError as error:
            raise NoAnswer(type(error).__name__) from error
        return self._judge(answer, f"{method} {path.split('?', maxsplit=1)[0]}")

    def _send(self, method: str, path: str, call: Call, **request: Any) -> httpx.Response:
        """Send once; a look whose kept connection was just closed by the other side is sent once more, on a new one."""
        since = monotonic()
        request["extensions"] = {"trace": call.trace}
        try:
            answer = self._client.request(method, path, **request)
        except (httpx.RemoteProtocolError, httpx.ReadError):
            if method != "GET":
                raise
            answer = self._client.request(method, path, **request)
        if answer.status_code not in DOWN:
            self._patience.hear(since=since, is_sign=False)
        return answer

    def _judge(self, answer: httpx.Response, call: str) -> dict[str, Any]:
        """Return the body of a good answer; raise what a bad one means."""
        body = _json(answer)
        if answer.is_success:
            if body is None or "data" not in body:
                log.error("leat answered no data", call=call, status=answer.status_code)
                raise NoAnswer("no data")
            return body
        if answer.status_code in DOWN:
            self.breaker.trip()
        code = _code(body)
        if answer.status_code >= 500:
            log.error("leat failed", call=call, status=answer.status_code)
            raise NoAnswer(f"status {answer.status_code}")
        if answer.status_code in TURNED_AWAY or code in OURS:
            log.error("leat does not accept this account", call=call, status=answer.status_code, code=code)
            raise AccountRefused
        if answer.status_code == BUSY or code in OVERLOADED:
            log.warning("leat is busy", call=call, code=code)
            raise NotSent("busy")
        if code in FAILED_INSIDE:
            log.error("leat failed", call=call, status=answer.status_code, code=code)
            raise NoAnswer(f"code {code}")
        if body is None or code is None:
            log.error("leat answered something else", call=call, status=answer.status_code)
            raise ProgrammeAway(f"status {answer.status_code}")
        raise Refused(code, fields=_fields(body))


def _json(answer: httpx.Response) -> dict[str, Any] | None:
    try:
        body = answer.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _code(body: dict[str, Any] | None) -> int | None:
    code = (body or {}).get("code")
    return int(code) if isinstance(code, int | str) and str(code).isdigit() else None


def _fields(body: dict[str, Any]) -> dict[str, str]:
    """Return the fields at fault: a list of sentences each, or a plain one."""
    errors = body.get("errors")
    if not isinstance(errors, dict):
        return {}
    return {str(name): str(said[0] if isinstance(said, list) and said else said) for name, said in errors.items()}
