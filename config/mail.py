"""From MAIL_URL to a mailer."""

from typing import Any

# What django-environ calls an option, and what Django's mailers call it.
_OPTIONS = {
    "EMAIL_HOST": "host",
    "EMAIL_PORT": "port",
    "EMAIL_HOST_USER": "username",
    "EMAIL_HOST_PASSWORD": "password",
    "EMAIL_USE_TLS": "use_tls",
    "EMAIL_USE_SSL": "use_ssl",
}
SMTP = "django.core.mail.backends.smtp.EmailBackend"
SECONDS = 10


def read_mailer(url: dict[str, Any]) -> dict[str, Any]:
    """Return the mailer that a parsed MAIL_URL describes: "smtp://user:password@host:port", "consolemail://"."""
    if url["EMAIL_BACKEND"] != SMTP:
        return {"BACKEND": url["EMAIL_BACKEND"]}
    options = {name: url[key] for key, name in _OPTIONS.items() if url.get(key)}
    return {"BACKEND": SMTP, "OPTIONS": {**options, "timeout": SECONDS}}
