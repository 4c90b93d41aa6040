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
