"""Pictures uploaded in the admin: stored anew, cleaned up, or refused next to the field."""

import io
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from menu.models import Product
from tests.factories import (
    ProductFactory,
)
from tests.menu.admin_forms import errors_of, page_of, save

pytestmark = pytest.mark.django_db


@pytest.fixture
def product() -> Product:
    made: Product = ProductFactory.create()
    return made


def png(side: int) -> SimpleUploadedFile:
    written = io.BytesIO()
    Image.new("RGB", (side, side), (200, 30, 30)).save(written, "PNG")
    return SimpleUploadedFile("../holiday.php", written.getvalue(), "image/png")


def test_an_uploaded_picture_is_stored_anew_and_the_one_before_goes(
    admin_client: Client,
    product: Product,
    settings: Settings,
    tmp_path: Path,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    settings.MEDIA_ROOT = str(tmp_path)

    save(admin_client, page_of(product), picture=png(200))
    product.refresh_from_db()
    first = product.picture.name
    with django_capture_on_commit_callbacks(execute=True):
        save(admin_client, page_of(product), picture=png(100))
    product.refresh_from_db()

    assert first is not None
    assert first.endswith("-200x200-200.webp")
    assert str(product.picture.name).endswith("-100x100-100.webp")
    assert sorted(path.name.rpartition("-")[2] for path in tmp_path.rglob("*.*")) == ["100.avif", "100.webp"]

    with django_capture_on_commit_callbacks(execute=True):
        save(admin_client, page_of(product), picture__clear="on")
    product.refresh_from_db()

    assert product.picture.name == ""
    assert list(tmp_path.rglob("*.*")) == []


def test_what_is_no_picture_is_refused_next_to_the_field(
    admin_client: Client, product: Product, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = str(tmp_path)

    answer = save(admin_client, page_of(product), picture=SimpleUploadedFile("a.png", b"<svg/>", "image/png"))

    assert errors_of(answer) == {"picture": ["This is not a picture we can read. Use a JPEG, PNG, WebP or AVIF file."]}
    assert list(tmp_path.rglob("*.*")) == []
