"""A restaurant's accent colour made readable on paper and on night: pure arithmetic, and the stylesheet that carries it."""

import colorsys
import hashlib
from functools import lru_cache

# The grounds the accent has to hold on: by day the paper, by night the lightest surface there is (css/diner.css).
PAPER = "#fbf8f3"
NIGHT_SURFACE = "#211c18"
NIGHT = "#15120f"
WHITE = "#ffffff"
TEXT_CONTRAST = 4.5
_STEP = 0.005


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours "#rrggbb", 1 to 21 (WCAG 2.2, "contrast ratio")."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def readable(colour: str, *, on: str, ratio: float = TEXT_CONTRAST) -> str:
    """Return `colour`, darkened on a light ground or lightened on a dark one just until `ratio` holds against `on`."""
    step = -_STEP if _luminance(on) > 0.18 else _STEP
    hue, lightness, saturation = colorsys.rgb_to_hls(*_channels(colour))
    while contrast(colour, on) < ratio and 0 <= lightness + step <= 1:
        lightness += step
        colour = _hexadecimal(colorsys.hls_to_rgb(hue, lightness, saturation))
    return colour


@lru_cache(maxsize=256)
def brand_stylesheet(accent: str) -> str:
    """Return the stylesheet that gives the pages this accent, by day and by night."""
    day, night = readable(accent, on=PAPER), readable(accent, on=NIGHT_SURFACE)
    return (
        f":root{{--accent:{day};--on-accent:{WHITE}}}\n"
        f"@media (prefers-color-scheme:dark){{:root{{--accent:{night};--on-accent:{NIGHT}}}}}\n"
    )


@lru_cache(maxsize=256)
def brand_name(accent: str) -> str:
    """Return the name under which the stylesheet of `accent` may be kept for ever: it changes when the text does."""
    accent = accent.lower()
    digest = hashlib.sha256(brand_stylesheet(accent).encode()).hexdigest()
    return f"{accent.removeprefix('#')}-{digest[:8]}"


def _channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def _hexadecimal(channels: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{min(255, max(0, round(channel * 255))):02x}" for channel in channels)


def _luminance(colour: str) -> float:
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in _channels(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
