"""What the pages say: of duplicates, evidence, figures, paper, refusals, suggestions and pictures."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape

import pytest
import sqlalchemy as sa
from _pytest.mark.structures import ParameterSet
from fastapi.testclient import TestClient

from archive.desk import rejected_suggestions
from archive.efile import files
from archive.intake import documents, items
from archive.model import Finding, Grant, Reader, Role, Severity
from archive.people import accounts
from archive.tables import schema
from archive.views import file_details, listing
from archive.views.inbox import Narrowed, Standing, listed, numbers
from config.errors import HoldReason
from tests.unit.api.building import BY, FINDING, House
from tests.unit.api.conftest import csrf_of

Visits = Callable[[str], TestClient]
SPAN = "?zeit=alle"


def on_campaign(*users: str) -> list[ParameterSet]:
    """The same for further users, in the long runs."""
    return [pytest.param(user, marks=pytest.mark.campaign) for user in users]


def item_of(home: House, document: str) -> str:
    with home.database.read() as session:
        return documents.load_document(session, document).item_id


def reader_of(home: House, user: str) -> Reader:
    with home.database.read() as session:
        return accounts.reader(session, user)


def main_of(page: str) -> str:
    return page.split("<main", 1)[1].split("</main>")[0]


def figures(page: str) -> dict[str, tuple[int, str]]:
    """The tiles above the inbox: name -> (number, address of its list)."""
    found = re.findall(
        r'<li class="tile[^"]*"><a href="([^"]+)"[^>]*><b>(\d+)</b><span>([^<]+)</span>', page
    )
    return {name: (int(number), unescape(target)) for target, number, name in found}


def badges(page: str) -> dict[str, int]:
    """The figures of the menu by address; nought is not shown."""
    menu = page.split('<ul id="menu"', 1)[1].split("</ul>")[0]
    rows = re.findall(r'<a href="([^"]+)"(.*?)</a>', menu, re.DOTALL)
    counted = {target: re.search(r'class="count">(\d+)<', rest) for target, rest in rows}
    return {target: int(found[1]) if found else 0 for target, found in counted.items()}


# ------------------------------------------------------------------ duplicates
def repeat(home: House, document: str, source: str) -> str:
    with home.database.read() as session:
        first = items.load_item(session, documents.load_document(session, document).item_id)
    item = home.receive(source, content=home.service.objects.path(first.sha256).read_bytes())
    with home.database.write() as session:
        items.mark_duplicate(session, item, document, by=BY, at=home.clock())
    return item


def test_a_duplicate_names_the_document_to_those_who_may_read_it_alone(
    home: House, visits: Visits
) -> None:
    document = home.file("Antrag Amselweg 9", source="amsel.pdf")
    again = repeat(home, document, "amsel-2.pdf")
    place = f"/eingaenge/{again}"
    clerk = main_of(visits("bauamt").get(place).text)
    assert f'href="/dokumente/{document}"' in clerk and "Antrag Amselweg 9" in clerk
    assert "63.1/" in clerk  # the file mark
    mailroom = main_of(visits("poststelle").get(place).text)
    assert "Keine: Diese Datei gibt es schon." in mailroom
    assert document not in mailroom and "Amselweg" not in mailroom
    assert "daraus entsteht die Lesefassung" not in mailroom  # nothing comes of it
    auditor = main_of(visits("revision").get(place).text)
    assert f"/dokumente/{document}?ansicht=nachweise" in auditor and "Amselweg" not in auditor


# ------------------------------------------------------------------ auditors
def test_an_auditor_reaches_document_and_evidence_from_item_row_search_and_trail(
    home: House, visits: Visits
) -> None:
    document = home.file("Streng vertraulich", source="drossel.pdf")
    item = item_of(home, document)
    client = visits("revision")
    evidence = f"/dokumente/{document}?ansicht=nachweise"
    asked = {
        "item": f"/eingaenge/{item}",
        "row": f"/eingang{SPAN}",
        "search by name": "/suche?q=drossel",
        "search by identifier": f"/suche?q={document}",
        "search by item": f"/suche?q={item}",
        "trail": f"/revision?kennung={document}",
    }
    for name, place in asked.items():
        page = main_of(client.get(place).text)
        assert f'href="{evidence}"' in page, name
        assert "vertraulich" not in page, name
    assert f'href="/dokumente/{document}"' in main_of(client.get(f"/eingaenge/{item}").text)
    shown = client.get(evidence)
    assert shown.status_code == 200 and "Prüfsumme" in shown.text
    assert "<dt>Akte</dt><dd>63.1/" in shown.text  # it lies in a file, and which
    assert "vertraulich" not in shown.text
    assert '<a href="/suche"' in shown.text  # the way there is in the menu


@pytest.mark.parametrize("q", ["100%", "_", "\\", "a' OR 1=1", "%", "d-gibt-es-nicht"])
def test_searching_evidence_takes_signs_for_themselves(visits: Visits, q: str) -> None:
    page = visits("revision").get("/suche", params={"q": q})
    assert page.status_code == 200 and "/dokumente/" not in main_of(page.text)


def test_an_auditor_of_one_department_is_led_to_its_evidence_alone(
    home: House, visits: Visits
) -> None:
    with home.database.write() as session:
        accounts.add_user(session, "prueferin", "Prüferin", by=BY, at=home.clock())
        grant = Grant(role=Role.AUDITOR, department="jugendamt")
        accounts.grant_role(session, "prueferin", grant, by=BY, at=home.clock())
    ours = home.file("Hilfeplan", source="star-j.pdf", department="jugendamt")
    foreign = home.file("Bauplan", source="star-b.pdf")
    page = main_of(visits("prueferin").get("/suche?q=star-").text)
    assert ours in page and foreign not in page


# ------------------------------------------------------------------ figures and lists
def everything(home: House) -> None:
    """An item of each standing, and paper to keep."""
    home.file("Mit Auffälligkeit", source="z-papier.pdf", findings=(FINDING,))
    home.file("Ohne", source="z-ohne.pdf")
    home.separate(home.receive("z-unterwegs.pdf"))
    held, refused = home.receive("z-halt.pdf"), home.receive("z-nein.pdf")
    home.hold(held, HoldReason.UNREADABLE, "Seite 3 fehlt.")
    home.hold(refused, HoldReason.UNREADABLE, "Seite 3 fehlt.")
    with home.database.write() as session:
        items.reject_item(session, refused, reason="Werbung", by=BY, at=home.clock())
    repeat(home, home.file("Doppelt", source="z-a.pdf"), "z-b.pdf")


@pytest.mark.parametrize(
    "user", ["poststelle", "revision", *on_campaign("bauamt", "jugendamt", "registratur")]
)
def test_each_figure_of_the_inbox_is_the_length_of_its_list(
    home: House, visits: Visits, user: str
) -> None:
    everything(home)
    client = visits(user)
    shown = figures(client.get(f"/eingang{SPAN}").text)
    assert set(shown) == {
        "angekommen", "auf dem Weg", "in der Akte", "zu klären", "warten auf Sichtprüfung",
        "schon vorhanden", "abgelehnt", "Papier aufbewahren",
    }  # fmt: skip
    for name, (number, target) in shown.items():
        page = client.get(target).text
        rows = re.findall(r'<th scope="row" class="name"><a href="/eingaenge/', page)
        assert len(rows) == min(number, 50), (user, name)
        assert figures(page) == shown, "the figures stay while the list is narrowed"
    assert user == "jugendamt" or all(
        shown[name][0] for name in ("auf dem Weg", "in der Akte", "zu klären", "abgelehnt")
    )


def test_each_figure_is_the_total_of_its_list_for_any_reader(home: House) -> None:
    for user in ("poststelle", "bauamt", "jugendamt", "registratur", "revision", "niemand"):
        reader = reader_of(home, user)
        with home.database.read() as session:
            counted = numbers(session, reader, since=None)
            for standing in Standing:
                page = listed(session, reader, Narrowed(standing=standing))
                assert counted.standing[standing] == page.total
            assert counted.arrived == listed(session, reader, Narrowed()).total
            kept = listed(session, reader, Narrowed(keep_paper=True))
            assert counted.keep_paper == kept.total


def test_the_number_in_the_file_plan_is_the_length_of_its_list(home: House, visits: Visits) -> None:
    home.file("Noch eine", source="plan.pdf")
    for user in ("bauamt", "jugendamt", "registratur"):
        client = visits(user)
        tree = client.get("/akten").text
        shown = re.findall(r'href="/akten\?plan=([^"]+)"[^>]*>[^<]+</a> <span[^>]*>(\d+)<', tree)
        assert shown
        for code, number in shown:
            page = client.get(f"/akten?plan={code}").text
            assert f'<span class="muted">· {number}</span></h2>' in page, (user, code)
            assert len(re.findall(r'<th scope="row" class="nowrap"><a href="/akten/', page)) == int(
                number
            )


@pytest.mark.parametrize(
    "user",
    ["poststelle", "bauamt", *on_campaign("jugendamt", "registratur", "revision", "verwaltung")],
)
def test_each_badge_of_the_menu_is_the_length_of_its_list(
    home: House, visits: Visits, user: str
) -> None:
    home.service.obstacles.report("mailroom", "hot/mailroom/rohr", "Keine gewöhnliche Datei.")
    client = visits(user)
    shown = badges(client.get("/konto").text)
    if "/klaeren" in shown:
        page = client.get("/klaeren").text
        listed_here = page.count("<article") + page.count('class="obstacle"')
        assert shown["/klaeren"] == listed_here
    if "/sichtpruefung" in shown:
        page = main_of(client.get("/sichtpruefung").text)
        assert shown["/sichtpruefung"] == len(re.findall(r'<tr id="d-', page))
    if "/wiedervorlagen" in shown:
        page = main_of(client.get("/wiedervorlagen").text)
        assert shown["/wiedervorlagen"] == page.count("/erledigt")


# ------------------------------------------------------------------ paper
def test_keep_the_paper_is_a_badge_and_a_filter(home: House, visits: Visits) -> None:
    kept = item_of(home, home.file("Fink", source="fink.pdf", findings=(FINDING,)))
    free = item_of(home, home.file("Meise", source="meise.pdf"))
    client = visits("poststelle")
    page = client.get(f"/eingang{SPAN}&papier=aufbewahren").text
    assert "fink.pdf" in page and "meise.pdf" not in page
    row = page.split("fink.pdf", 1)[1].split("</tr>")[0]
    assert '<span class="pill bad">Papier aufbewahren</span>' in row
    assert "Papier aufbewahren</span>" in main_of(client.get(f"/eingaenge/{kept}").text)
    assert "Papier aufbewahren</span>" not in main_of(client.get(f"/eingaenge/{free}").text)


@pytest.mark.parametrize(
    ("origin", "qa", "severity", "superseded", "kept"),
    [
        ("paper", None, Severity.BLOCKS_DESTRUCTION, False, True),
        (None, None, Severity.BLOCKS_DESTRUCTION, False, True),
        ("digital", None, Severity.BLOCKS_DESTRUCTION, False, False),
        ("paper", None, Severity.BLOCKS_DESTRUCTION, True, False),
        ("paper", None, Severity.WARNING, False, False),
        ("paper", "failed", None, False, True),
        ("paper", "pending", None, False, False),
        ("digital", "failed", None, False, False),
    ],
)
def test_whose_paper_is_kept(
    home: House,
    origin: str | None,
    qa: str | None,
    severity: Severity | None,
    superseded: bool,
    kept: bool,
) -> None:
    found = () if severity is None else (replace(FINDING, severity=severity),)
    document = home.file("Kiebitz", source="kiebitz.pdf", findings=found)
    with home.database.writer.begin() as connection:
        table = schema.document
        connection.execute(
            sa.update(table).where(table.c.id == document).values(origin=origin, qa=qa)
        )
        if superseded:
            table = schema.finding
            gone = {"superseded_at": home.clock(), "superseded_by": 2}
            connection.execute(sa.update(table).where(table.c.document_id == document).values(gone))
    with home.database.read() as session:
        page = listed(session, reader_of(home, "poststelle"), Narrowed(keep_paper=True), limit=500)
    assert (item_of(home, document) in {item.id for item in page.items}) is kept


# ------------------------------------------------------------------ suggestions
def suggested_elsewhere(home: House, title: str) -> tuple[str, str]:
    """A document that names another open file, and that file."""
    with home.database.write() as session:
        other = files.open_file(session, "63.1", "bauamt", f"Zu {title}", by=BY, at=home.clock())
    found = Finding(
        code=file_details.SUGGESTED,
        text=f"Nennt {other.file_mark}.",
        severity=Severity.INFO,
        page=1,
        detail={"file_id": other.id, "confidence": 0.6},
    )
    return home.file(title, findings=(found,)), other.id


def test_turning_a_suggestion_down_is_not_signing_off(home: House, visits: Visits) -> None:
    document, other = suggested_elsewhere(home, "Zaun")
    client = visits("bauamt")
    page = client.get("/zuordnen").text
    assert "Zaun" in page and f"/dokumente/{document}/schlusszeichnen" not in page
    fields = {"csrf": csrf_of(page), "von": "zuordnen"}
    answer = client.post(f"/dokumente/{document}/vorschlag/ablehnen", data=fields)
    assert answer.headers["location"] == "/zuordnen"
    with home.database.read() as session:
        after = documents.load_document(session, document)
        history = listing.history(session, reader_of(home, "bauamt"), document)
    assert after.record_state == "REGISTERED" and after.file_id != other
    assert history[-1].action == "SUGGESTION_REJECTED" and history[-1].actor == "bauamt"
    assert history[-1].detail["suggested"] == [other]
    assert "Zaun" not in main_of(client.get("/zuordnen").text)
    shown = client.get(f"/dokumente/{document}").text
    assert "Liegt hier richtig" not in shown and f'name="file_id" value="{other}"' not in shown
    corrected = client.post(
        f"/dokumente/{document}/angaben",
        data={"csrf": csrf_of(shown), "revision": str(after.revision), "title": "Zaun 2",
              "sender": "", "letter_date": "", "received_on": "2026-03-01"},
    )  # fmt: skip
    assert corrected.status_code == 303  # it is not final
    again = client.post(f"/dokumente/{document}/vorschlag/ablehnen", data=fields)
    assert again.status_code == 409


def test_who_may_not_file_decides_on_no_suggestion(home: House, visits: Visits) -> None:
    document, _ = suggested_elsewhere(home, "Hecke")
    place = f"/dokumente/{document}/vorschlag/ablehnen"
    for user, status in (
        ("registratur", 403), ("jugendamt", 404), ("revision", 404), ("poststelle", 404),
    ):  # fmt: skip
        client = visits(user)
        answer = client.post(place, data={"csrf": csrf_of(client.get("/konto").text)})
        assert answer.status_code == status, user
    with home.database.read() as session:
        reader = reader_of(home, "bauamt")
        found = {each.document.id for each in file_details.to_place(session, reader).items}
    assert document in found


def test_more_than_a_listful_turned_down_hides_no_other(home: House) -> None:
    reader = reader_of(home, "bauamt")
    first, _ = suggested_elsewhere(home, "Alt")
    for number in range(3):
        document, _ = suggested_elsewhere(home, f"Neu {number}")
        with home.database.write() as session:
            rejected_suggestions.reject(session, reader, document, at=home.clock())
    with home.database.read() as session:
        page = file_details.to_place(session, reader, limit=1)
        found = [each.document.id for each in page.items]
        while page.next_cursor is not None:
            page = file_details.to_place(session, reader, cursor=page.next_cursor, limit=1)
            found += [each.document.id for each in page.items]
    assert first in found
    assert len(found) == len(set(found))


# ------------------------------------------------------------------ after an act
def test_after_an_act_all_figures_of_a_page_agree(home: House, visits: Visits) -> None:
    client = visits("poststelle")
    for way, fields in (
        ("ablehnen", {"reason": "Werbung"}),
        ("nochmals", {"reason": "geklärt"}),
        ("abteilung", {"department": "jugendamt", "reason": "dort"}),
    ):
        item = home.receive(f"{way}.pdf")
        home.hold(item, HoldReason.UNREADABLE, "?")
        page = client.get("/klaeren").text
        answer = client.post(f"/klaeren/{item}/{way}", data={"csrf": csrf_of(page), **fields})
        after = client.get(answer.headers["location"]).text
        obstacles = after.count('class="obstacle"')
        assert badges(after)["/klaeren"] == after.count("<article") + obstacles
        inbox = client.get(f"/eingang{SPAN}").text
        assert badges(inbox)["/klaeren"] == figures(inbox)["zu klären"][0] + obstacles


def test_what_the_inbox_fetches_by_itself_brings_the_menu_along(
    home: House, visits: Visits
) -> None:
    client = visits("poststelle")
    before = badges(client.get(f"/eingang{SPAN}").text)["/klaeren"]
    home.hold(home.receive("eben.pdf"), HoldReason.UNREADABLE, "?")
    piece = client.get(f"/eingang/liste{SPAN}").text
    menu = piece.split('<ul id="menu" hx-swap-oob="true">')[1]
    assert f'class="count">{before + 1}<' in menu and 'aria-current="page"' in menu
    assert piece.count('id="menu"') == 1
