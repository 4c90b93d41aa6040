"""A client may say of its text whatever it likes: the application answers."""

from wsgiref.util import setup_testing_defaults

import pytest

from config.charsets import readable
from config.wsgi import application

pytestmark = pytest.mark.django_db

LATIN = "application/json; charset=ISO-8859-1"
FORM = 'multipart/form-data; boundary="a;b"'


def status_of(content_type: str) -> str:
    environ = {"PATH_INFO": "/api/nowhere", "CONTENT_TYPE": content_type, "HTTP_HOST": "localhost"}
    setup_testing_defaults(environ)
    answered: list[str] = []
    b"".join(application(environ, lambda status, _headers, *_error: answered.append(status)))
    return answered[0]


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json; charset=hex",
        "application/json; charset=zlib",
        'application/json; Charset="rot13"',
        "application/json; charset*=nonsense'en'x",
        "application/json; charset=idna",
        "application/json; charset=\x00",
        f"application/json; charset={'x' * 20000}",
    ],
)
def test_a_charset_that_no_text_is_written_in_is_answered_like_any_other(content_type: str) -> None:
    assert status_of(content_type) == "404 Not Found"


@pytest.mark.once
@pytest.mark.parametrize(
    ("sent", "left"),
    [
        ("application/json", "application/json"),
        (LATIN, LATIN),
        (FORM, FORM),
        ("application/json; charset=UTF8", "application/json; charset=UTF8"),
        (f"{FORM}; charset=hex", FORM),
        ("multipart/form-data; charset=hex; boundary=x", "multipart/form-data; boundary=x"),
        ("text/plain; name*=nonsense'en'x", "text/plain"),
    ],
)
def test_the_rest_of_the_header_stays(sent: str, left: str) -> None:
    assert readable(sent) == left
