"""Uploads: what becomes a picture and what is refused, how it is named, and that nothing of the original gets through."""

import io
import struct
import zlib
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.db import transaction
from PIL import Image
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from menu import pictures
from menu.models import Product, Restaurant
from menu.pictures import PictureRefused, discard_on_commit, file_names, logo_sources, render, sources, store


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path


def upload(width: int, height: int, file_format: str = "JPEG", **options: object) -> bytes:
    """A picture whose left half is red and whose right half is blue."""
    image = Image.new("RGB", (width, height), (200, 30, 30))
    image.paste((30, 30, 200), (width // 2, 0, width, height))
    written = io.BytesIO()
    image.save(written, file_format, **options)
    return written.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_an_upload_becomes_avif_and_webp_in_three_widths(file_format: str) -> None:
    rendered = render(upload(1600, 1200, file_format))

    assert {key: opened(content).size for key, content in rendered.files.items()} == {
        (192, "avif"): (192, 144),
        (192, "webp"): (192, 144),
        (384, "avif"): (384, 288),
        (384, "webp"): (384, 288),
        (768, "avif"): (768, 576),
        (768, "webp"): (768, 576),
    }
    assert opened(rendered.files[192, "avif"]).format == "AVIF"
    assert opened(rendered.files[192, "webp"]).format == "WEBP"


def test_a_small_upload_is_never_enlarged() -> None:
    rendered = render(upload(300, 200))

    assert (rendered.width, rendered.height) == (300, 200)
    assert sorted(rendered.files) == [(192, "avif"), (192, "webp"), (300, "avif"), (300, "webp")]


def test_a_picture_taken_sideways_is_turned_upright_and_loses_its_metadata() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: turn a quarter to the right
    exif[0x010E] = "the photographer's secret"
    content = upload(400, 200, exif=exif.tobytes())

    rendered = render(content)
    largest = opened(rendered.files[200, "webp"]).convert("RGB")

    assert largest.size == (200, 400)
    top, bottom = largest.getpixel((100, 40)), largest.getpixel((100, 360))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[0] > 150 > bottom[0]
    assert not opened(rendered.files[200, "avif"]).getexif()
    assert all(b"secret" not in file for file in rendered.files.values())


def test_transparency_survives() -> None:
    written = io.BytesIO()
    Image.new("RGBA", (200, 200), (0, 0, 0, 0)).save(written, "PNG")

    rendered = render(written.getvalue())

    corner = opened(rendered.files[200, "webp"]).convert("RGBA").getpixel((0, 0))
    assert isinstance(corner, tuple)
    assert corner[3] == 0


def bomb(width: int, height: int) -> bytes:
    """A PNG that says it is enormous and holds next to nothing."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + checksum

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


UNREADABLE = "This is not a picture we can read. Use a JPEG, PNG, WebP or AVIF file."
TOO_MANY = "The picture has too many pixels: at most 50 million."


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(b"", UNREADABLE, id="empty"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", UNREADABLE, id="svg"),
        pytest.param(b"%!PS-Adobe-3.0 EPSF-3.0\n", UNREADABLE, id="postscript"),
        pytest.param(upload(50, 50, "GIF"), UNREADABLE, id="gif"),
        pytest.param(upload(400, 300)[:2000], UNREADABLE, id="cut off"),
        pytest.param(upload(50, 50, "PNG").replace(b"IDAT", b"IDAX"), UNREADABLE, id="damaged"),
        pytest.param(bomb(20_000, 20_000), TOO_MANY, id="a bomb"),
        pytest.param(bomb(9_000, 6_000), TOO_MANY, id="more than we want"),
        pytest.param(upload(900, 100), "The picture is too long and thin to be shown.", id="a strip"),
        pytest.param(
            upload(50, 50) + bytes(pictures.MOST_BYTES), "The picture is too big: at most 10 MB.", id="too many bytes"
        ),
    ],
)
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_what_is_no_usable_picture_is_refused_in_a_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(PictureRefused) as refused:
        render(content)

    assert refused.value.message == sentence


def test_the_stored_name_tells_every_size_without_a_look_at_the_files(media: Path) -> None:
    name = store(render(upload(1600, 1200)), folder="products")

    picture = sources(Product(picture=name, drawing="eggs"))

    assert picture is not None
    base = name.removesuffix("-768.webp")
    assert base.startswith("products/")
    assert base.endswith("-768x576")
    assert (picture.src, picture.width, picture.height) == (f"/media/{base}-768.webp", 768, 576)
    assert picture.avif == f"/media/{base}-192.avif 192w, /media/{base}-384.avif 384w, /media/{base}-768.avif 768w"
    assert picture.webp == f"/media/{base}-192.webp 192w, /media/{base}-384.webp 384w, /media/{base}-768.webp 768w"
    on_disk = sorted(str(path.relative_to(media)) for path in media.rglob("*.*"))
    assert on_disk == sorted(file_names(name))


def test_two_uploads_of_one_file_get_different_random_names() -> None:
    rendered = render(upload(200, 200))

    assert store(rendered, folder="logos") != store(rendered, folder="logos")


def test_without_an_upload_there_is_the_drawing_or_nothing() -> None:
    drawing = sources(Product(drawing="eggs"))

    assert drawing is not None
    assert (drawing.src, drawing.width, drawing.height) == ("/static/pictures/eggs.svg", 240, 240)
    assert (drawing.avif, drawing.webp) == ("", "")
    assert sources(Product()) is None
    assert logo_sources(Restaurant()) is None


@pytest.mark.django_db
def test_replaced_files_go_when_the_change_is_committed_and_stay_when_it_is_not(
    media: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    name = store(render(upload(200, 200)), folder="products")

    def replace_and_fail() -> None:
        with transaction.atomic():
            discard_on_commit([name])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        replace_and_fail()

    assert all(default_storage.exists(file) for file in file_names(name))

    with django_capture_on_commit_callbacks(execute=True):
        discard_on_commit([name, ""])

    assert list(media.rglob("*.*")) == []
