"""The pages in a real browser: accessible, live, usable without scripts and by keyboard alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pypdfium2
import pytest
from playwright.sync_api import Browser, Page, expect

from config.errors import HoldReason
from tests.browser.conftest import SignIn
from tests.unit.api.building import House

pytestmark = pytest.mark.browser
AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PLACES = {
    "poststelle": ("/eingang", "/klaeren", "/konto"),
    "bauamt": (
        "/sichtpruefung",
        "/suche",
        "/suche?q=Antrag",
        "/suche?q=gibtesnicht",
        "/akten",
        "/akten?plan=63",
        "/akten?plan=63.1",
        "/zuordnen",
        "/wiedervorlagen?zeit=alle",
        "/notzugriff",
    ),
    "registratur": ("/aktenplan",),
    "revision": (
        "/revision",
        "/suche?q=scan",
        "/notzugriff",
        "/pseudonyme",
        "/rechte",
        "/verwaltung/bereiche",
    ),
    "verwaltung": ("/verwaltung", "/rechte", "/verwaltung/bereiche", "/nirgends"),
}


def violations(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.2 AA. The policy forbids added scripts, so it is evaluated."""
    if not AXE.exists():
        pytest.skip("no axe-core: scripts/build-assets")
    page.evaluate(AXE.read_text(encoding="utf-8") + "; 1")
    found: dict[str, Any] = page.evaluate(
        "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})", RULES
    )
    return [
        f"{page.url}: {one['id']}: {one['help']}: {node['html'][:200]}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


def open_all(page: Page) -> None:
    for fold in page.locator("details:not([name])").all():
        fold.evaluate("fold => fold.open = true")


def wait_until_it_listens(page: Page) -> None:
    """Until the page holds its stream. (``wait_for_function`` wants eval, which the policy forbids.)"""
    for _ in range(200):
        if page.evaluate("document.querySelector('#live')._htmx?.sse !== undefined"):
            return
        page.wait_for_timeout(50)
    raise AssertionError("the page does not listen")


@pytest.mark.parametrize("user", list(PLACES))
def test_pages_are_accessible(sign_in: SignIn, user: str) -> None:
    page, found = sign_in(user), []
    for place in PLACES[user]:
        page.goto(place)
        open_all(page)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            found += violations(page)
    assert found == []


def test_a_document_is_accessible(sign_in: SignIn, house: House) -> None:
    page = sign_in("bauamt")
    page.goto("/suche?q=Lageplan")
    page.locator(".hit h2 a").click()
    found = []
    for tab in ("Seiten", "Text", "Nachweise", "Sichtprüfung", "Verlauf"):
        page.get_by_role("navigation", name="Ansichten").get_by_text(tab, exact=True).click()
        open_all(page)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            found += violations(page)
    page.goto("/sichtpruefung")
    page.get_by_role("link", name="Von vorn prüfen").click()
    for answer in page.locator("input[value=ja]").all()[1:]:
        answer.check()
    page.locator("input[value=nein]").first.check()
    page.get_by_role("button", name="Ergebnis festhalten").click()
    found += violations(page)  # with the refusal in it
    page.goto("/akten")
    page.locator("tbody a").first.click()
    assert found + violations(page) == []


def test_signing_in_is_accessible(browser: Browser, address: str) -> None:
    page = browser.new_page(locale="de-DE")
    for place in ("/anmelden", "/anmelden/link/x"):
        page.goto(address + place)
        assert violations(page) == []
    page.close()


def test_every_page_says_that_this_is_a_trial(sign_in: SignIn, address: str) -> None:
    page = sign_in("verwaltung")
    for place in ("/verwaltung", "/konto", "/nirgends", "/anmelden"):
        page.goto(place)
        expect(page.get_by_text("Probebetrieb")).to_be_visible()


def test_an_arrival_appears_by_itself(sign_in: SignIn, house: House) -> None:
    page = sign_in("poststelle")
    page.goto("/eingang?zeit=alle")
    wait_until_it_listens(page)
    item = house.receive("gerade-eben.pdf")
    row = page.get_by_role("row").filter(has_text="gerade-eben.pdf")
    expect(row).to_contain_text("Angekommen und gesichert", timeout=15_000)
    house.separate(item)
    expect(row).to_contain_text("In Dokumente geordnet", timeout=15_000)


def test_a_foreign_arrival_does_not(sign_in: SignIn, house: House) -> None:
    page = sign_in("bauamt")
    page.goto("/eingang?zeit=alle")
    wait_until_it_listens(page)
    before = page.locator("#list").inner_html()
    house.receive("fremd.pdf", department="jugendamt")
    marker = house.receive("eigen.pdf")
    assert marker
    expect(page.locator("#list")).to_contain_text("eigen.pdf", timeout=15_000)
    assert "eigen.pdf" not in before
    expect(page.locator("#list")).not_to_contain_text("fremd.pdf")


def test_without_scripts_everything_works(sign_in: SignIn, house: House) -> None:
    page = sign_in("poststelle", java_script_enabled=False)
    page.goto("/klaeren")
    case = page.get_by_role("article").filter(has_text="stapel.tif")
    case.get_by_text("Ablehnen", exact=True).first.click()
    case.get_by_label("Grund der Ablehnung").fill("Versehentlich gescannt")
    case.get_by_role("button", name="Ablehnen").click()
    expect(page.get_by_role("status")).to_contain_text("Abgelehnt")
    expect(page.get_by_role("article").filter(has_text="stapel.tif")).to_have_count(0)
    page.goto("/eingang?zeit=alle")
    page.get_by_label("Eingangsweg").select_option(label="Poststelle")
    page.get_by_label("Datei", exact=True).set_input_files(
        {"name": "von-hand.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-hand"}
    )
    page.get_by_role("button", name="Einliefern").click()
    expect(page.get_by_role("status")).to_contain_text("von-hand.pdf")


def test_a_clerk_finds_reads_and_corrects(sign_in: SignIn, house: House) -> None:
    page = sign_in("bauamt")
    page.get_by_label("In den Akten suchen").fill("Lageplan")
    page.keyboard.press("Enter")
    expect(page.locator("mark")).to_have_text("Lageplan")
    page.get_by_role("link", name="Bauantrag Lindenweg 4").click()
    assert page.url.endswith("#seite-2")
    picture = page.locator("#seite-2 img")
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("image => image.naturalWidth") > 1000
    expect(page.locator("#seite-2 .marks rect")).to_have_count(1)
    page.get_by_text("Angaben berichtigen").click()
    page.get_by_label("Betreff").fill("Bauantrag Lindenweg 4a")
    page.get_by_role("button", name="Berichtigen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Bauantrag Lindenweg 4a")
    with page.expect_download() as download:
        page.get_by_role("link", name="Original, wie angekommen").click()
    assert download.value.suggested_filename == "scan-1.pdf"


def test_by_keyboard_alone(sign_in: SignIn) -> None:
    page = sign_in("bauamt")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Zum Inhalt springen")
    page.keyboard.press("Enter")
    expect(page.locator(":focus")).to_have_id("inhalt")
    page.goto("/suche")
    page.get_by_label("Wonach suchen?").focus()
    page.keyboard.type("Widerspruch")
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    expect(page.get_by_role("link", name="Widerspruch gegen den Bescheid")).to_be_visible()
    outline = page.evaluate(
        "() => { const a = document.querySelector('.hit h2 a'); a.focus({focusVisible: true});"
        " return getComputedStyle(a).outlineStyle + getComputedStyle(a).boxShadow }"
    )
    assert outline != "nonenone"


@pytest.mark.parametrize("width", [320, 390, 768, 1920])
def test_nothing_is_cut_off(sign_in: SignIn, width: int) -> None:
    page = sign_in("poststelle", viewport={"width": width, "height": 800})
    for place in ("/eingang?zeit=alle", "/klaeren", "/konto"):
        page.goto(place)
        wider = page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
        assert not wider, place


def test_no_request_leaves_the_house(sign_in: SignIn, address: str) -> None:
    page = sign_in("bauamt")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for place in ("/eingang", "/suche?q=Antrag", "/akten"):
        page.goto(place)
    assert asked and all(url.startswith((address, "data:")) for url in asked)


def test_keys_lead_through_the_work_list_and_a_refusal_keeps_the_answers(sign_in: SignIn) -> None:
    page = sign_in("bauamt")
    page.goto("/sichtpruefung")
    page.get_by_role("link", name="Von vorn prüfen").click()
    expect(page.get_by_text("Nr. 1 von")).to_be_visible()
    page.wait_for_load_state()  # and with it the script
    page.keyboard.press("Alt+n")
    expect(page.get_by_text("Nr. 2 von")).to_be_visible()
    page.wait_for_load_state()
    page.keyboard.press("Alt+v")
    expect(page.get_by_text("Nr. 1 von")).to_be_visible()
    page.locator("input[value=nein]").first.check()
    for answer in page.locator("input[value=ja]").all()[1:]:
        answer.check()
    page.get_by_role("button", name="Ergebnis festhalten").click()
    note = page.get_by_role("alert")
    expect(note).to_contain_text("Zu Seite 1 fehlt")
    expect(note).to_be_focused()
    expect(page.locator("input[value=nein]").first).to_be_checked()


def test_the_menu_follows_what_happens(sign_in: SignIn, house: House) -> None:
    page = sign_in("poststelle")
    page.goto("/eingang?zeit=alle")
    wait_until_it_listens(page)
    tile = page.locator(".tile").filter(has_text="zu klären").locator("b")
    before = int(tile.inner_text())
    house.hold(house.receive("eben-gehalten.pdf"), HoldReason.UNREADABLE, "Seite 2 fehlt.")
    expect(tile).to_have_text(str(before + 1), timeout=15_000)
    expect(page.locator("#menu .count").first).to_contain_text(str(before + 1))


def test_every_page_prints_one_sheet_and_none_is_blank(
    sign_in: SignIn, house: House, tmp_path: Path
) -> None:
    document = house.file("Zum Drucken", pages=("Eins", "Zwei", "Drei"))
    page = sign_in("bauamt")
    page.goto(f"/dokumente/{document}/drucken")
    for picture in page.locator("main img").all():
        expect(picture).to_have_js_property("complete", True)
    page.pdf(path=str(tmp_path / "druck.pdf"), format="A4")
    with pypdfium2.PdfDocument(tmp_path / "druck.pdf") as printed:
        assert len(printed) == 3
        for sheet in printed:
            grey = sheet.render(scale=0.5).to_pil().convert("L")
            assert sum(grey.histogram()[:200]) > 100
