"""The system's Chromium before a real server. Run with ``-m browser``-marked tests like any other;
skipped with the reason where Chromium or the built assets are missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from api.web.rendering.render import STATIC
from config import logs
from config.errors import HoldReason
from tests.unit.api.building import FINDING, House, build, close, serving

CHROMIUM = Path("/usr/bin/chromium")
SignIn = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """For one module alone: Playwright keeps an event loop running in this thread until it ends."""
    if not CHROMIUM.exists():
        pytest.skip(f"no browser: {CHROMIUM}")
    if not (STATIC / "vendor" / "STAMP").exists():
        pytest.skip("no web assets: scripts/build-assets")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=str(CHROMIUM))
        yield found
        found.close()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A day's post: filed, walking, held, of two departments."""
    logs.set_up("error", json_lines=True)
    built = build(tmp_path_factory.mktemp("browser") / "home")
    for number, (title, pages) in enumerate(
        (
            ("Bauantrag Lindenweg 4", ("Antrag auf Baugenehmigung", "Lageplan", "Statik")),
            ("Widerspruch gegen den Bescheid", ("hiermit lege ich Widerspruch ein",)),
        ),
        1,
    ):
        built.file(title, source=f"scan-{number}.pdf", pages=pages, findings=(FINDING,))
    built.file("Hilfeplan", source="hilfe.pdf", department="jugendamt")
    locked, broken = built.receive("rechnung.pdf"), built.receive("stapel.tif", content=b"x")
    built.hold(locked, HoldReason.ENCRYPTED, "Ohne Kennwort nicht zu öffnen.")
    built.hold(broken, HoldReason.UNREADABLE, "Die Datei endet mitten in Seite 3.")
    built.separate(built.receive("unterwegs.pdf"))
    built.index()
    yield built
    close(built)


@pytest.fixture(scope="module")
def address(house: House) -> Iterator[str]:
    with serving(house) as found:
        yield found


@pytest.fixture
def sign_in(browser: Browser, house: House, address: str) -> Iterator[SignIn]:
    """A page of somebody who has just signed in; complaints of the browser fail the test."""
    opened, complaints = [], []

    def page_of(user: str, **options: object) -> Page:
        context = browser.new_context(locale="de-DE", base_url=address, **options)  # type: ignore[arg-type]
        opened.append(context)
        page = context.new_page()
        page.on(
            "console",
            lambda told: (
                complaints.append(told.text) if told.type in ("error", "warning") else None
            ),
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"/anmelden/link/{house.link(user)}")
        page.get_by_role("button", name="Jetzt anmelden").click()
        page.wait_for_load_state()
        return page

    yield page_of
    for context in opened:
        context.close()
    # What is not there, and what is refused, is answered as such on purpose.
    known = ("status of 404", "status of 422")
    assert [told for told in complaints if not any(each in told for each in known)] == []
