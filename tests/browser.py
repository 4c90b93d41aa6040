"""Fixtures for tests in a real Chromium: a phone with JavaScript, one without, and axe; no test may break the CSP."""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, sync_playwright

CHROMIUM_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
PHONE: ViewportSize = {"width": 390, "height": 844}
SMALL_PHONE: ViewportSize = {"width": 320, "height": 640}
LAUNCH_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def find_chromium() -> str | None:
    """Return the path of the browser on this machine, if there is one."""
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for the run; skips where none is installed."""
    path = find_chromium()
    if path is None:
        pytest.skip(f"no Chromium found (looked for {', '.join(CHROMIUM_NAMES)})")
    with sync_playwright() as playwright:
        # Playwright's loop runs in this thread, which Django takes for code that must not touch the database.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        browser = playwright.chromium.launch(executable_path=path, args=LAUNCH_OPTIONS)
        yield browser
        browser.close()


OpenContext = Callable[..., BrowserContext]


@pytest.fixture
def open_context(chromium: Browser) -> Iterator[OpenContext]:
    """A function that opens one more browser of its own cookies; what breaks the CSP in any of them fails the test."""
    contexts: list[BrowserContext] = []
    violations: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            violations.append(f"{message.location.get('url')}: {message.text}")

    def open_one(**options: object) -> BrowserContext:
        context = chromium.new_context(**({"viewport": PHONE, "has_touch": True, "locale": "en-GB"} | options))  # type: ignore[arg-type]
        context.set_default_timeout(10_000)
        context.on("console", note)
        contexts.append(context)
        return context

    yield open_one
    for context in contexts:
        context.close()
    assert violations == []


@pytest.fixture
def phone(open_context: OpenContext) -> Page:
    """A page on a phone of 390 x 844, in the light theme."""
    return open_context().new_page()


@pytest.fixture
def phone_without_javascript(open_context: OpenContext) -> Page:
    """The same phone with JavaScript switched off."""
    return open_context(java_script_enabled=False).new_page()


def serious_violations(page: Page) -> list[str]:
    """Return what axe finds on this page that is serious or critical, a line each; empty is what a test wants.

    In the light theme all its rules are asked, in the dark one those about colour: the others would say the same again.
    """
    page.evaluate(Axe().axe_script)
    found = _run_axe(page, {})
    page.emulate_media(color_scheme="dark")
    found += _run_axe(page, {"runOnly": ["color-contrast", "link-in-text-block"]})
    page.emulate_media(color_scheme="light")
    return found


def _run_axe(page: Page, options: dict[str, object]) -> list[str]:
    found = page.evaluate("options => axe.run(options)", {"resultTypes": ["violations"]} | options)["violations"]
    return [
        f"{page.url}: {violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in found
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


def sideways(page: Page, *windows: ViewportSize) -> list[str]:
    """Return at which of these window sizes the page is wider than its window; it is left at the size it had."""
    before = page.viewport_size or PHONE
    found = []
    for window in windows:
        page.set_viewport_size(window)
        if too_wide := overflow(page):
            found.append(f"{page.url}: {too_wide} px wider than a window of {window['width']}")
    page.set_viewport_size(before)
    return found


def overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than its window; 0 is what a test wants."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
