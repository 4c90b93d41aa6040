"""The addresses of the journey, in its order."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
