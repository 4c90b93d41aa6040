"""Pictures: made safe and small on upload, named so that a template knows every size without reading a file.

A stored picture is named `<folder>/<random>-<width>x<height>-<width>.webp`, after its largest size; its other sizes and
its AVIF twins are named alike, so the name alone tells them all. The built-in drawings are static files.
"""

import io
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models.fields.files import FieldFile
from django.templatetags.static import static
from django.utils.translation import gettext as _
from PIL import Image, ImageCms, ImageOps

from menu.models import Product, Restaurant

WIDTHS = (192, 384, 768)
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF")
MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 50_000_000
MOST_ELONGATED = 8
DRAWING_SIDE = 240
_SAVED_AS: dict[str, dict[str, Any]] = {
    "avif": {"format": "AVIF", "quality": 62, "speed": 7},
    "webp": {"format": "WEBP", "quality": 80, "method": 4},
}
_NAME = re.compile(r"^(?P<base>.+-(?P<width>\d+)x(?P<height>\d+))-\d+\.webp$")


class PictureRefused(Exception):
    """An upload that cannot become a picture; `message` says why, in the uploader's language."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class Rendered:
    """An upload made safe: its largest size in pixels, and the files by (width, ending)."""

    width: int
    height: int
    files: dict[tuple[int, str], bytes] = field(repr=False)


@dataclass(frozen=True)
class Picture:
    """What an <img> needs, so that nothing moves when it arrives; the srcsets are empty for a drawing."""

    src: str
    width: int
    height: int
    avif: str
    webp: str


# Reading ---------------------------------------------------------------------------------------------------------------


def sources(product: Product) -> Picture | None:
    """Return the picture of `product` (uploaded, else its built-in drawing), None where it has none. No query, no file."""
    return _picture(product.picture, product.drawing)


def logo_sources(restaurant: Restaurant) -> Picture | None:
    """Return the logo of `restaurant` (uploaded, else its built-in one), None where it has none. No query, no file."""
    return _picture(restaurant.logo, restaurant.logo_drawing)


def _picture(stored: FieldFile, drawing: str) -> Picture | None:
    if stored.name:
        return _stored_picture(stored.name)
    if drawing:
        return Picture(static(f"pictures/{drawing}.svg"), DRAWING_SIDE, DRAWING_SIDE, "", "")
    return None


@lru_cache(maxsize=4096)
def _stored_picture(name: str) -> Picture | None:
    match = _NAME.match(name)
    if match is None:
        return None
    width, height = int(match["width"]), int(match["height"])
    srcset = {
        ending: ", ".join(f"{default_storage.url(f'{match["base"]}-{w}.{ending}')} {w}w" for w in widths_of(width))
        for ending in _SAVED_AS
    }
    return Picture(default_storage.url(name), width, height, srcset["avif"], srcset["webp"])


def widths_of(width: int) -> list[int]:
    """Return the widths kept of a picture whose largest is `width`; nothing is ever enlarged."""
    return [*(w for w in WIDTHS if w < width), width]


def file_names(name: str) -> list[str]:
    """Return the names of all files of the stored picture `name`; of a name not ours just itself."""
    match = _NAME.match(name)
    if match is None:
        return [name]
    return [f"{match['base']}-{w}.{ending}" for w in widths_of(int(match["width"])) for ending in _SAVED_AS]


# Uploading -------------------------------------------------------------------------------------------------------------


def render(content: bytes) -> Rendered:
    """Decode an upload with care and encode it anew in every size: turned upright, without metadata, in sRGB.

    Raises PictureRefused for what is too big, not a JPEG, PNG, WebP or AVIF, or damaged.
    """
    if len(content) > MOST_BYTES:
        raise PictureRefused(_("The picture is too big: at most %(size)d MB.") % {"size": MOST_BYTES // 1024**2})
    image = _decoded(content)
    largest = min(image.width, WIDTHS[-1])
    height = _height(image, largest)
    files: dict[tuple[int, str], bytes] = {}
    for width in widths_of(largest):
        size = (width, _height(image, width))
        sized = image if image.size == size else image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
        for ending, options in _SAVED_AS.items():
            written = io.BytesIO()
            sized.save(written, **options)
            files[width, ending] = written.getvalue()
    return Rendered(width=largest, height=height, files=files)


def _height(image: Image.Image, width: int) -> int:
    return max(1, (image.height * width * 2 + image.width) // (image.width * 2))


def _decoded(content: bytes) -> Image.Image:
    """Open, check the size before any pixel is decoded, and return an upright sRGB picture without metadata."""
    unreadable = _("This is not a picture we can read. Use a JPEG, PNG, WebP or AVIF file.")
    try:
        opened = Image.open(io.BytesIO(content), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise PictureRefused(_too_many_pixels()) from error
    except Exception as error:
        # Decoders raise whatever comes to their mind on damaged files; all of it means the same to the uploader.
        raise PictureRefused(unreadable) from error
    if opened.width * opened.height > MOST_PIXELS:
        raise PictureRefused(_too_many_pixels())
    if max(opened.size) > MOST_ELONGATED * min(opened.size):
        raise PictureRefused(_("The picture is too long and thin to be shown."))
    try:
        if opened.format == "JPEG":
            opened.draft("RGB", (WIDTHS[-1] * 2, WIDTHS[-1] * 2))
        upright = ImageOps.exif_transpose(opened)
        return _in_srgb(upright)
    except Exception as error:
        raise PictureRefused(unreadable) from error


def _too_many_pixels() -> str:
    return _("The picture has too many pixels: at most %(count)d million.") % {"count": MOST_PIXELS // 1_000_000}


def _in_srgb(image: Image.Image) -> Image.Image:
    """Return the picture's own colours as sRGB, in a new image that carries nothing else along."""
    transparent = image.mode in {"LA", "PA", "RGBA"} or "transparency" in image.info
    profile = image.info.get("icc_profile")
    mode = "RGBA" if transparent else "RGB"
    if profile and image.mode in {"RGB", "RGBA", "CMYK", "L"}:
        try:
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(
                image, own, ImageCms.createProfile("sRGB"), outputMode=mode if image.mode != "CMYK" else "RGB"
            )
            image = converted or image
        except (ImageCms.PyCMSError, OSError):
            pass  # A broken profile is no reason to refuse the picture: its numbers are taken as sRGB.
    converted_image = image.convert(mode)
    clean = Image.new(mode, converted_image.size)
    clean.paste(converted_image)
    return clean


# Storing ---------------------------------------------------------------------------------------------------------------


def store(rendered: Rendered, *, folder: str) -> str:
    """Write the files of an upload under a random name; return the name that the picture field keeps."""
    base = f"{folder}/{secrets.token_hex(8)}-{rendered.width}x{rendered.height}"
    for (width, ending), content in rendered.files.items():
        default_storage.save(f"{base}-{width}.{ending}", ContentFile(content))
    return f"{base}-{rendered.width}.webp"


def discard_on_commit(names: Iterable[str]) -> None:
    """Delete the files of stored pictures once the change that replaced them is safe in the database."""
    doomed = [file for name in names if name for file in file_names(name)]

    def delete() -> None:
        for file in doomed:
            default_storage.delete(file)

    if doomed:
        transaction.on_commit(delete, robust=True)
