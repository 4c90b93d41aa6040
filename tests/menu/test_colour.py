"""The accent colour: readable by day and by night, whatever the owner picked."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from menu.colour import NIGHT, NIGHT_SURFACE, PAPER, WHITE, brand_name, brand_stylesheet, contrast, readable

COLOURS = st.integers(min_value=0, max_value=0xFFFFFF).map(lambda number: f"#{number:06x}")


def test_black_on_white_is_the_greatest_contrast() -> None:
    assert round(contrast("#000000", "#ffffff"), 2) == 21.0


def test_a_colour_that_holds_already_is_left_alone() -> None:
    assert readable("#c4432b", on=PAPER) == "#c4432b"


def test_a_pale_accent_is_darkened_on_paper() -> None:
    assert readable("#ffd54a", on=PAPER) == "#8f6e00"


def test_the_demo_accent_is_lightened_at_night() -> None:
    assert readable("#c4432b", on=NIGHT_SURFACE) == "#d75f48"


@given(accent=COLOURS)
def test_every_accent_can_be_read_on_its_ground_and_under_its_own_label(accent: str) -> None:
    day, night = readable(accent, on=PAPER), readable(accent, on=NIGHT_SURFACE)

    assert contrast(day, PAPER) >= 4.5
    assert contrast(day, WHITE) >= 4.5
    assert contrast(night, NIGHT_SURFACE) >= 4.5
    assert contrast(night, NIGHT) >= 4.5


def test_the_name_of_the_stylesheet_changes_with_the_colour() -> None:
    assert brand_name("#c4432b").startswith("c4432b-")
    assert brand_name("#C4432B") == brand_name("#c4432b")
    assert brand_name("#c4432b") != brand_name("#c4432c")


def test_the_stylesheet_names_both_themes() -> None:
    sheet = brand_stylesheet("#c4432b")

    assert ":root{--accent:#c4432b;--on-accent:#ffffff}" in sheet
    assert "prefers-color-scheme:dark" in sheet


def test_the_grounds_are_those_of_the_stylesheet() -> None:
    css = (Path(__file__).resolve().parents[2] / "static" / "css" / "diner.css").read_text()

    assert f"--paper: {PAPER};" in css
    assert f"--float: {NIGHT_SURFACE};" in css
    assert f"--paper: {NIGHT};" in css
