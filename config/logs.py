"""Structured logs: one line of JSON an event, each with the request's id; never an email, a code, a token or a name."""

import logging
import logging.config
import re
import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse]


EMAIL = re.compile(r"[\w.+-][\w.+'-]*@[\w-]+(?:\.[\w-]+)+")


def hide_addresses(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Take e-mail addresses out of an event, wherever they got into it: a mail server's refusal quotes the recipient."""
    return {name: EMAIL.sub("[email]", value) if isinstance(value, str) else value for name, value in event.items()}


class RequestId:
    """Give each request an id that its log lines and its answer carry."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer `request`."""
        request_id = uuid.uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        response = self.get_response(request)
        response["X-Request-Id"] = request_id
        return response


def configure_logging(*, debug: bool) -> None:
    """Send the standard library's and structlog's events the same way: JSON to stderr, warnings and above from others."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "json": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": shared,
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        hide_addresses,
                        structlog.processors.JSONRenderer(),
                    ],
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
            "root": {"handlers": ["stderr"], "level": "WARNING"},
            "loggers": {
                "tableside": {"level": "DEBUG" if debug else "INFO"},
                # Its lines quote the address asked for; what matters of them is logged by us without it.
                "django.security.csrf": {"level": "ERROR"},
                "django.security.DisallowedHost": {"level": "CRITICAL"},
                "django.request": {"level": "ERROR"},
            },
        }
    )
