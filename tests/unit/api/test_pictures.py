"""No page shows a torn picture: where there is none, a box says why. No printed sheet is blank."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient

from api.content.first_page_pictures import MOST_WAITING, WIDTH, FirstPages
from api.content.page_pictures import Images
from api.web.records.pictures import box
from archive.intake import documents
from archive.model import RenditionRole
from config.errors import ChildDeath, HoldReason, InputError, NotFound, Unavailable
from config.isolation import Workshop
from ingest.renditions import latest
from tests.unit.api.building import House
from tests.unit.api.stand_ins import SameProcess

Visits = Callable[[str], TestClient]
SVG = "image/svg+xml"


class Failing:
    """Pages that cannot be drawn, each for a reason of its own."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def png(self, path: Path, page: int, *, width: int, subject: str) -> bytes:
        raise self.error


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ChildDeath("died"), "lässt sich nicht als Bild zeigen"),
        (InputError(HoldReason.UNREADABLE, "x"), "lässt sich nicht als Bild zeigen"),
        (NotFound("x"), "gibt es in der Datei nicht"),
        (Unavailable("x"), "gerade nicht"),
        (FileNotFoundError(2, "weg"), "liegt nicht mehr vor"),
        (OSError(5, "Input/output error"), "gerade nicht"),
    ],
)
def test_a_page_that_cannot_be_drawn_is_a_box_with_the_reason(
    home: House, visits: Visits, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    document, held = home.file("Ohne Bild"), home.receive("ohne-bild.pdf")
    home.hold(held, HoldReason.CLARIFICATION, "?")
    monkeypatch.setattr(home.service.images, "png", Failing(error).png)
    for user, place in (
        ("bauamt", f"/dokumente/{document}/bild/1"),
        ("poststelle", f"/eingaenge/{held}/bild/1"),
    ):
        answer = visits(user).get(place)
        assert (answer.status_code, answer.headers["content-type"]) == (200, SVG)
        assert said in re.sub("</text><text[^>]*>", " ", answer.text)
        assert "Errno" not in answer.text and "Input/output" not in answer.text


def test_a_page_that_is_there_is_its_picture(home: House, visits: Visits) -> None:
    document = home.file("Mit Bild")
    answer = visits("bauamt").get(f"/dokumente/{document}/bild/2?breite=160")
    assert answer.headers["content-type"] == "image/png" and answer.content[:4] == b"\x89PNG"
    beyond = visits("bauamt").get(f"/dokumente/{document}/bild/3")
    assert beyond.headers["content-type"] == SVG


def test_of_malware_a_box_is_shown_and_no_page(home: House, visits: Visits) -> None:
    item = home.receive("virus.pdf")
    home.hold(item, HoldReason.MALWARE, "Eicar")
    answer = visits("poststelle").get(f"/eingaenge/{item}/bild/1")
    assert answer.headers["content-type"] == SVG and "keine Seiten" in answer.text


@pytest.mark.parametrize("user", ["jugendamt", "revision", "verwaltung", "poststelle"])
def test_a_box_tells_nothing_to_those_who_may_not_look(
    home: House, visits: Visits, user: str
) -> None:
    document = home.file("Nicht für alle")
    foreign = visits(user).get(f"/dokumente/{document}/bild/1")
    assert foreign.status_code in (403, 404) and "svg" not in foreign.headers["content-type"]
    absent = visits(user).get("/dokumente/gibtesnicht/bild/1")
    assert absent.status_code == 404


def test_the_interface_for_programs_still_answers_with_a_problem(
    home: House, monkeypatch: pytest.MonkeyPatch, visits: Visits
) -> None:
    document = home.file("Für Programme")
    monkeypatch.setattr(home.service.images, "png", Failing(ChildDeath("died")).png)
    answer = visits("bauamt").get(f"/api/v1/documents/{document}/pages/1")
    assert answer.status_code == 422


@pytest.mark.parametrize("reason", ["kurz", "<b>&\"'", "Ein langer Satz mit vielen Wörtern " * 4])
def test_a_box_is_well_formed_and_says_all_of_it(reason: str) -> None:
    root = ElementTree.fromstring(box(reason))
    said = " ".join(each.text or "" for each in root.iter("{http://www.w3.org/2000/svg}text"))
    assert said.split() == reason.split()


def test_every_picture_of_a_page_is_one_that_cannot_be_torn(home: House, visits: Visits) -> None:
    document, held = home.file("Bilder"), home.receive("bilder.pdf")
    home.hold(held, HoldReason.CLARIFICATION, "?")
    for user, place in (
        ("bauamt", f"/dokumente/{document}"),
        ("bauamt", f"/dokumente/{document}?ansicht=pruefung"),
        ("bauamt", f"/dokumente/{document}/drucken"),
        ("poststelle", "/klaeren"),
    ):
        sources = re.findall(r'<img[^>]* src="([^"]+)"', visits(user).get(place).text)
        assert sources and all("/bild/" in source for source in sources), place


# ------------------------------------------------------------------ without pages
@pytest.fixture(scope="module")
def unpaged(home: House) -> str:
    """As a filed mail is: text, and no pages."""
    document = home.file("Eine Mail", source="mail.eml", pages=("Guten Tag aus der Mail",))
    with home.database.write() as session:
        found = documents.load_document(session, document)
        session.connection().exec_driver_sql(
            "UPDATE document SET pages = NULL WHERE id = ?", (found.id,)
        )
    return document


def test_a_file_without_pages_shows_its_text_and_says_why(visits: Visits, unpaged: str) -> None:
    client = visits("bauamt")
    page = client.get(f"/dokumente/{unpaged}").text
    assert "Guten Tag aus der Mail" in page and "keine Seiten" in page
    assert "auf seinem Weg" not in page and "<img" not in page and "Seite 1" not in page
    assert "Guten Tag aus der Mail" in client.get(f"/dokumente/{unpaged}?ansicht=text").text


def test_a_file_without_pages_prints_its_text(visits: Visits, unpaged: str) -> None:
    page = visits("bauamt").get(f"/dokumente/{unpaged}/drucken").text
    assert page.count('<section class="sheet">') == 1
    assert "Guten Tag aus der Mail" in page and "keine Seiten" in page


def test_every_page_prints_a_sheet(home: House, visits: Visits) -> None:
    document = home.file("Fünf Seiten", pages=("a", "b", "c", "d", "e"))
    page = visits("bauamt").get(f"/dokumente/{document}/drucken").text
    assert page.count('<section class="sheet">') == page.count("<img ") == 5


def test_what_walks_says_so(home: House, visits: Visits) -> None:
    document = home.separate(home.receive("unterwegs.pdf"), pages=1)
    shown = visits("poststelle").get(f"/dokumente/{document}")
    assert shown.status_code == 200 and "<img" not in shown.text.split("<main")[1]


@pytest.mark.parametrize("place", ["/dokumente/{}/bild/1", "/api/v1/documents/{}/pages/1"])
def test_who_has_the_picture_is_told_so_without_any_work(
    home: House, visits: Visits, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    document = home.file("Mit Kennzeichen")
    first = visits("bauamt").get(place.format(document))
    tag = first.headers["etag"]
    assert first.status_code == 200 and first.headers["cache-control"] == "no-store"
    monkeypatch.setattr(home.service.images, "png", Failing(ChildDeath("asked")).png)
    for known in (tag, f'"other", W/{tag}'):
        again = visits("bauamt").get(place.format(document), headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
    beyond = place.format(document).replace("/1", "/99")
    for asked, other in ((place.format(document), '"other"'), (beyond, tag)):
        answer = visits("bauamt").get(asked, headers={"If-None-Match": other})
        assert answer.status_code != 304


@pytest.mark.parametrize("user", ["jugendamt", "revision", "poststelle"])
def test_a_tag_opens_nothing(home: House, visits: Visits, user: str) -> None:
    document = home.file("Fremd")
    place = f"/api/v1/documents/{document}/pages/1"
    tag = visits("bauamt").get(place).headers["etag"]
    foreign = visits(user).get(place, headers={"If-None-Match": tag})
    assert foreign.status_code in (403, 404) and "etag" not in foreign.headers


def test_the_first_page_of_a_filed_letter_is_there_before_anybody_asks(
    home: House, tmp_path: Path
) -> None:
    class Counted(SameProcess):
        asked = 0

        def run(self, *given: Any, **named: Any) -> Any:
            self.asked += 1
            return super().run(*given, **named)

    readers, nobody = Counted(), Counted()
    images = Images(cast("Workshop", readers))
    first = FirstPages(home.service.engines, images, cast("Workshop", nobody))
    letter, legacy = home.file("Brief"), home.file("Altakte", stream="legacy")
    assert first.make(letter) and not first.make(legacy)
    with home.database.read() as session:
        sha256 = latest(documents.load_document(session, letter), RenditionRole.SCAN_PRODUCT)
    path = home.service.objects.path(sha256)
    assert images.png(path, 1, width=WIDTH, subject=letter).startswith(b"\x89PNG")
    assert (readers.asked, nobody.asked) == (0, 1)
    assert images.png(path, 1, width=WIDTH, subject=legacy) and readers.asked == 1


def test_more_filed_letters_than_there_is_room_for_are_left_out_and_stop_nobody(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = threading.Event()
    seen: list[str] = []

    def make(_: FirstPages, document_id: str) -> bool:
        seen.append(document_id)
        assert made.wait(30)
        if document_id == "d0":
            raise ChildDeath("died")
        return True

    monkeypatch.setattr(FirstPages, "make", make)
    first = FirstPages(home.service.engines, cast("Images", None), cast("Workshop", None))
    first.filed(["d0"])
    first.filed([f"d{number}" for number in range(1, 3 * MOST_WAITING)])
    made.set()
    while first._waiting.qsize():
        pass
    assert seen[:2] == ["d0", "d1"] and len(seen) <= MOST_WAITING + 2


def test_a_first_batch_with_more_than_there_is_room_for_is_begun_all_the_same(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = threading.Event()
    monkeypatch.setattr(FirstPages, "make", lambda *_: made.set())
    first = FirstPages(home.service.engines, cast("Images", None), cast("Workshop", None))
    first.filed(f"d{number}" for number in range(3 * MOST_WAITING))
    assert made.wait(30)
