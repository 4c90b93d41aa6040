"""What is answered where there is no page: plain words, and JSON under /api/."""

import pytest
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from django.views.decorators.http import require_POST

from config.urls import handler400, handler403, handler404, handler500  # noqa: F401  part of this file's addresses


@require_POST
def only_post(request: HttpRequest) -> HttpResponse:
    return HttpResponse("posted")


def own_words(request: HttpRequest) -> HttpResponse:
    return HttpResponse("not like this", status=405)


def too_big(request: HttpRequest) -> HttpResponse:
    raise RequestDataTooBig


def broken(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


urlpatterns = [
    path("api/only-post", only_post),
    path("api/too-big", too_big),
    path("api/broken", broken),
    path("broken", broken),
    path("only-post", only_post),
    path("own-words", own_words),
]


@pytest.mark.urls("tests.config.test_errors")
@pytest.mark.parametrize(
    ("address", "status", "message"),
    [
        ("/api/nowhere", 404, "There is nothing at this address."),
        ("/api/only-post", 405, "Method Not Allowed"),
        ("/api/too-big", 413, "What was sent is too big for us."),
        ("/api/broken", 500, "This is our fault. Please try again in a moment."),
    ],
)
def test_an_error_under_api_is_a_json_object(client: Client, address: str, status: int, message: str) -> None:
    client.raise_request_exception = False

    response = client.get(address)

    assert response.status_code == status
    assert response["Content-Type"] == "application/json"
    body = response.json()
    assert (body["code"], body["status_code"]) == (status, status)
    assert body["message"] == message


@pytest.mark.urls("tests.config.test_errors")
def test_a_wrong_method_under_api_still_says_which_is_right(client: Client) -> None:
    assert client.get("/api/only-post")["Allow"] == "POST"


@pytest.mark.urls("tests.config.test_errors")
def test_a_wrong_method_is_a_page_in_plain_words_that_says_which_is_right(client: Client) -> None:
    response = client.get("/only-post")

    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert "This address is there, but not for what was tried." in response.content.decode()
    assert int(response["Content-Length"]) == len(response.content)
    assert "default-src 'none'" in response["Content-Security-Policy"]


@pytest.mark.urls("tests.config.test_errors")
def test_words_of_a_views_own_are_left_alone(client: Client) -> None:
    response = client.get("/own-words")

    assert (response.status_code, response.content) == (405, b"not like this")


@pytest.mark.urls("tests.config.test_errors")
def test_an_error_takes_the_place_of_the_page_that_htmx_asked_from(client: Client) -> None:
    by_htmx = client.get("/nowhere", headers={"HX-Request": "true"})
    wrong_method = client.get("/only-post", headers={"HX-Request": "true"})
    without = client.get("/nowhere")

    for response in (by_htmx, wrong_method):
        assert (response["HX-Retarget"], response["HX-Reswap"]) == ("body", "innerHTML show:window:top")
    assert "HX-Retarget" not in without


@pytest.mark.urls("tests.config.test_errors")
def test_our_own_failure_is_a_page_in_plain_words(client: Client) -> None:
    client.raise_request_exception = False

    response = client.get("/broken")

    assert response.status_code == 500
    assert "This is our fault." in response.content.decode()


def test_an_address_that_leads_nowhere_is_a_page_in_plain_words(client: Client) -> None:
    response = client.get("/no/such/page/")

    assert response.status_code == 404
    assert "There is nothing at this address." in response.content.decode()


def test_a_form_without_its_token_is_asked_to_be_sent_again() -> None:
    response = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "staff"})

    assert response.status_code == 403
    assert "reload the page and send it again" in response.content.decode()
