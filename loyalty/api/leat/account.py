"""Whose account this is: the call with which clients test their connection."""

from django.http import HttpRequest, HttpResponse
from ninja import Router

from loyalty.api.auth import Bearer
from loyalty.api.leat.answers import Answer, answer
from loyalty.dialects.leat.account import AccountObject, account_object
from loyalty.models import find_programme

router = Router(tags=["Account"], auth=Bearer("programme"))


@router.get("", response=Answer[AccountObject], summary="Test the connection")
def health(request: HttpRequest) -> HttpResponse:
    """Say that the token works, and whose programme this is."""
    return answer(account_object(find_programme().name))
