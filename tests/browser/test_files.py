"""The e-file as its clerk has it: from the plan to a file, its end, its return, and away with it."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SignIn
from tests.browser.test_pages import open_all, violations
from tests.unit.api.building import House
from tests.unit.api.worlds import REASON, settle

pytestmark = pytest.mark.browser


def unfold(page: Page, name: str) -> None:
    page.locator("main summary", has_text=name).first.click()


def begin(page: Page, subject: str) -> str:
    """A file begun from the tree; where it is."""
    page.get_by_role("navigation", name="Hauptmenü").get_by_role("link", name="Akten").click()
    tree = page.get_by_role("navigation", name="Aktenplan")
    tree.get_by_role("link", name="63.2 Altakten Bauamt").click()
    form = page.locator("form[action='/akten']")
    if not form.is_visible():
        unfold(page, "Akte in 63.2")
    form.get_by_label("Betreff der Akte").fill(subject)
    form.get_by_role("button", name="Akte anlegen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(subject)
    return page.url


def test_from_the_tree_to_zda_and_back(sign_in: SignIn, house: House, tmp_path: Path) -> None:
    document = house.file("Nachtrag zur Statik", source="statik.pdf", pages=("Statik", "Plan"))
    page = sign_in("bauamt")
    place = begin(page, "Wiesenweg 7, Anbau")
    mark = page.locator(".lead").inner_text().split()[1]

    unfold(page, "Vorgang anlegen")
    page.get_by_label("Betreff des Vorgangs").fill("Bauantrag 2026")
    page.get_by_role("button", name="Vorgang anlegen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Bauantrag 2026")

    page.goto(f"/dokumente/{document}")
    unfold(page, "In eine andere Akte legen")
    page.get_by_label("Aktenzeichen der richtigen Akte").fill(mark)
    page.locator("#f-why").fill("gehört zum Anbau")
    page.get_by_role("button", name="Umlegen").click()
    expect(page.get_by_role("status")).to_contain_text(mark)

    page.goto(place)
    unfold(page, "Wiedervorlage setzen")
    page.get_by_label("Wieder vorlegen am").fill("2026-03-02")
    page.get_by_label("Anlass").fill("Ist das Gutachten da?")
    page.get_by_role("button", name="Wiedervorlage setzen").click()
    expect(page.get_by_role("row").filter(has_text="Ist das Gutachten da?")).to_contain_text(
        "fällig"
    )
    page.get_by_role("navigation", name="Hauptmenü").get_by_text("Wiedervorlagen").click()
    row = page.get_by_role("row").filter(has_text="Ist das Gutachten da?")
    row.get_by_role("button", name="Erledigt").click()
    expect(page.get_by_role("status")).to_contain_text("erledigt")

    page.goto(place)
    unfold(page, "Alles schlusszeichnen")
    page.get_by_role("button", name="Schlusszeichnen").click()
    expect(page.get_by_role("status")).to_contain_text("1 Dokument ist schlussgezeichnet")
    unfold(page, "Zu den Akten")
    page.get_by_role("button", name="Akte schließen").click()
    expect(page.get_by_role("status")).to_contain_text("zdA")
    expect(page.get_by_text("Vorgang anlegen")).to_have_count(0)

    manager = sign_in("registratur")
    manager.goto(place)
    unfold(manager, "Akte wieder öffnen")
    manager.locator("#f-open").fill("Widerspruch ging ein")
    manager.get_by_role("button", name="Wieder öffnen").click()
    expect(manager.get_by_role("status")).to_contain_text("wieder offen")

    page.goto(f"{place}?ansicht=verlauf")
    expect(page.get_by_role("row").filter(has_text="Widerspruch ging ein").first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Akte als PDF/A").click()
    taken = tmp_path / "akte.pdf"
    download.value.save_as(taken)
    assert download.value.suggested_filename == f"{mark.replace('/', '-')}.pdf"
    with pikepdf.open(taken) as pdf:
        assert len(pdf.pages) >= 3


def test_break_glass_and_its_second_person(sign_in: SignIn, house: House) -> None:
    world = settle(house, "bauamt", "personal", named="Personalsache")
    page = sign_in("bauamt")
    page.get_by_role("navigation", name="Hauptmenü").get_by_text("Notzugriff").click()
    page.get_by_label("Aktenzeichen").fill(world.ids["mark"])
    page.get_by_label("Grund").fill(REASON)
    page.get_by_role("button", name="Zum Lesen öffnen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Personalsache Akte")
    expect(page.get_by_text("Jedes Öffnen eines Dokuments")).to_be_visible()
    expect(page.get_by_role("button", name="Akte als PDF/A")).to_have_count(0)

    auditor = sign_in("revision")
    auditor.goto("/notzugriff")
    case = auditor.get_by_role("article").filter(has_text="bauamt öffnete")
    case.get_by_label("nicht gerechtfertigt").check()
    case.get_by_label("Bemerkung").fill("kein Notfall")
    case.get_by_role("button", name="Urteil festhalten").click()
    expect(auditor.get_by_role("status")).to_contain_text("festgehalten")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nicht gefunden")


def test_the_plan_is_looked_at_first(sign_in: SignIn) -> None:
    page = sign_in("registratur")
    page.goto("/aktenplan")

    def look(text: str) -> None:
        table = {"name": "plan.csv", "mimeType": "text/csv", "buffer": text.encode()}
        page.get_by_label("Tabelle des Aktenplans").set_input_files(table)  # type: ignore[arg-type]
        page.get_by_role("button", name="Prüfen und Vorschau zeigen").first.click()
        page.wait_for_load_state()

    look("kennzeichen;titel;abteilung;jahre\n12;;bauamt;zehn\n")
    expect(page.get_by_role("alert")).to_contain_text("nichts wird übernommen")
    look("kennzeichen;titel;abteilung;jahre\n12;Haushalt;bauamt;10\n")
    page.get_by_role("button", name="Übernehmen").click()
    expect(page.get_by_role("status")).to_contain_text("1 neu")
    expect(page.get_by_role("row").filter(has_text="Haushalt")).to_be_visible()


def test_the_pages_of_a_file_are_accessible(sign_in: SignIn, house: House) -> None:
    world = settle(house, "bauamt", None, named="Lindenweg")
    page, found = sign_in("bauamt"), []
    file = house.file_id(world.ids["document"])
    for place in (
        f"/akten/{world.ids['file']}",
        f"/akten/{file}",
        f"/akten/{world.ids['file']}?ansicht=wiedervorlagen",
        f"/akten/{world.ids['file']}?ansicht=verlauf",
        f"/vorgaenge/{world.ids['case']}",
        "/zuordnen",
        "/wiedervorlagen?zeit=alle",
    ):
        page.goto(place)
        open_all(page)
        found += violations(page)
    assert found == []


@pytest.mark.parametrize("width", [320, 768])
def test_nothing_of_a_file_is_cut_off(sign_in: SignIn, house: House, width: int) -> None:
    world = settle(house, "bauamt", None, named="Lindenweg")
    page = sign_in("bauamt", viewport={"width": width, "height": 800})
    for place in (
        f"/akten/{world.ids['file']}",
        f"/vorgaenge/{world.ids['case']}",
        f"/dokumente/{world.ids['document']}?ansicht=verlauf",
        "/zuordnen",
        "/wiedervorlagen?zeit=alle",
        "/notzugriff",
    ):
        page.goto(place)
        open_all(page)
        wider = page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
        assert not wider, place
