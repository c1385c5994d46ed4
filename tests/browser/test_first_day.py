"""The first day, as a newcomer has it: the real service, synthetic letters, a real browser.

With REGISTRATUR_TEST_PICTURES naming a folder, the README's pictures are taken there (make pictures).
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.acceptance.home import Home

PASSWORD = "beispiel"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """The sample county with its letters dropped, served."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = Home.make(tmp_path_factory.mktemp("day") / "home", REGISTRATUR_WEB__PORT=str(port))
    home.start(port=port)
    home.wait_until_ready()  # a link is of use only once the service listens
    home.run("demo")
    yield home
    home.stop()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 860}, locale="de-DE")
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    context.close()


def sign_in(page: Page, home: Home, user: str) -> None:
    page.goto(home.run("user", "link", user).strip())
    page.get_by_role("button").first.click()
    page.wait_for_url("**/eingang")


def late(route: Route) -> None:
    """As over a slow line: the list must come alive whichever script arrives last."""
    time.sleep(1)
    route.continue_()


def picture(page: Page, name: str) -> None:
    folder = os.environ.get("REGISTRATUR_TEST_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png")


def test_the_mailroom_sees_letters_arrive_and_opens_the_locked_one(home: Home, page: Page) -> None:
    page.route("**/hx-sse*", late)
    sign_in(page, home, "poststelle")
    expect(page.locator("tbody").get_by_text("In der Akte")).to_have_count(3, timeout=90_000)
    expect(page.get_by_role("link", name="scan_0004_verschluesselt.pdf")).to_be_visible()
    picture(page, "eingang")
    page.get_by_role("link", name="Zu klären").first.click()
    page.get_by_label("Kennwort der Datei").fill(PASSWORD)
    page.get_by_role("button", name="Datei öffnen und weiter").click()
    page.goto(page.url.split("/klaeren")[0] + "/eingang")
    expect(page.locator("tbody").get_by_text("In der Akte")).to_have_count(4, timeout=90_000)


def test_a_clerk_finds_and_reads_the_objection(home: Home, page: Page) -> None:
    sign_in(page, home, "bauamt")
    expect(page.locator("tbody").get_by_text("In der Akte").first).to_be_visible(timeout=90_000)
    page.get_by_role("searchbox").first.fill("Rohbausumme")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 Dokument")).to_be_visible()
    picture(page, "suche")
    page.get_by_role("link", name="Widerspruch gegen den Gebührenbescheid").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Widerspruch")
    expect(page.get_by_role("img").first).to_be_visible()
    picture(page, "dokument")


def test_the_other_department_finds_nothing(home: Home, page: Page) -> None:
    sign_in(page, home, "jugendamt")
    page.get_by_role("searchbox").first.fill("Rohbausumme")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Rohbausumme").first).to_be_visible()
    expect(page.get_by_role("link", name="Widerspruch gegen")).to_have_count(0)


def test_a_whole_file_is_taken_away(home: Home, page: Page, tmp_path: Path) -> None:
    sign_in(page, home, "bauamt")
    page.get_by_role("navigation", name="Hauptmenü").get_by_role("link", name="Akten").click()
    page.locator("tbody a").first.click()
    expect(page.get_by_role("heading", name="Vorgänge")).to_be_visible()
    picture(page, "akte")
    with page.expect_download(timeout=120_000) as download:
        page.get_by_role("button", name="Akte als PDF/A").click()
    taken = tmp_path / "akte.pdf"
    download.value.save_as(taken)
    with pikepdf.open(taken) as pdf:
        assert len(pdf.pages) > 3
        assert b"pdfaid:part" in pdf.Root.Metadata.read_bytes()  # judged and found compliant
    assert list((home.path / "uploads").glob("upload-akte-*")) == []
