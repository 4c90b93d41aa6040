"""Staff of the programme in tests."""

from django.contrib.auth.models import Permission, User
from django.test import Client


def staff(client: Client, *permissions: str) -> Client:
    """Sign in somebody who may do just this."""
    user = User.objects.create_user("olga", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="loyalty", codename__in=permissions))
    client.force_login(user)
    return client
