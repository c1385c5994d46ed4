"""Documents: pages, text, files to take away, correction, and the check page by page."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import date

import pytest
from fastapi.testclient import TestClient

from api.http.responses import disposition
from archive.model import Finding
from ingest.road.recognising import arrival_findings
from tests.unit.api.building import House
from tests.unit.api.conftest import Calls, csrf_of

Sits = Callable[[str], TestClient]


def test_pages_are_pictures(house: House, calls: Calls) -> None:
    document = house.file()
    client = calls("bauamt")
    for number, status in ((1, 200), (2, 200), (3, 404), (0, 404), (-1, 404)):
        answer = client.get(f"/api/v1/documents/{document}/pages/{number}")
        assert answer.status_code == status
    picture = client.get(f"/api/v1/documents/{document}/pages/1", params={"width": 700})
    assert picture.headers["content-type"] == "image/png" and picture.content[:4] == b"\x89PNG"
    assert int.from_bytes(picture.content[16:20], "big") == 800  # rounded up to a step


def test_text_page_by_page(house: House, calls: Calls) -> None:
    document = house.file(pages=("Erste Seite", "Zweite Seite"))
    text = calls("bauamt").get(f"/api/v1/documents/{document}/text").json()
    assert [page["text"] for page in text["pages"]] == ["Erste Seite", "Zweite Seite"]


def test_the_original_is_taken_away_never_shown(house: House, calls: Calls) -> None:
    client = calls("bauamt")
    document = house.file(source="böse Seite.html")
    item = client.get(f"/api/v1/documents/{document}").json()["item_id"]
    answer = client.get(f"/api/v1/documents/{document}/original")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"b_se Seite.html\"; filename*=UTF-8''b%C3%B6se%20Seite.html"
    )
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert client.get(f"/api/v1/items/{item}").json()["sha256"]
    history = client.get(f"/api/v1/documents/{document}/history").json()["items"]
    assert [entry["action"] for entry in history][-1] == "EXPORTED"


def test_original_and_copy_are_byte_for_byte(house: House, calls: Calls) -> None:
    document = house.file(pages=("Nur eine",))
    client = calls("bauamt")
    item = client.get(f"/api/v1/documents/{document}").json()["item_id"]
    promised = client.get(f"/api/v1/items/{item}").json()["sha256"]
    content = client.get(f"/api/v1/documents/{document}/original").content
    assert hashlib.sha256(content).hexdigest() == promised
    copy = client.get(f"/api/v1/documents/{document}/rendition")
    assert copy.content[:5] == b"%PDF-" and copy.headers["content-type"] == "application/pdf"


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("brief.pdf", "brief.pdf"),
        ('a"b.pdf', "a_b.pdf"),
        ("../x/y.pdf", "y.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "a__Set-Cookie: x.pdf"),
        ("...", "datei"),
        ("", "datei"),
        ("\udcff.pdf", "_.pdf"),
        ("x" * 300 + ".pdf", "x" * 146 + ".pdf"),
    ],
)
def test_names_of_downloads(name: str, plain: str) -> None:
    header = disposition(name)
    assert header.startswith(f'attachment; filename="{plain}"; filename*=UTF-8')
    assert header.isprintable() and header.isascii()


def test_reports(house: House, calls: Calls) -> None:
    document = house.file()
    reports = calls("bauamt").get(f"/api/v1/documents/{document}/reports").json()["items"]
    found = {report["role"]: report["content"] for report in reports}
    assert found["transfer_note"]["note_version"] == 1 and found["pdfa_report"]["compliant"]


def test_who_only_follows_a_document_sees_no_evidence_in_any_room(
    house: House, calls: Calls
) -> None:
    document = house.separate(house.receive())
    client = calls("poststelle")
    place = f"/api/v1/documents/{document}"
    assert client.get(place).status_code == 200
    reports, signatures = client.get(f"{place}/reports"), client.get(f"{place}/signatures")
    assert reports.status_code == signatures.status_code == 403
    assert reports.json()["detail"] == signatures.json()["detail"]


# ------------------------------------------------------------------ correction
def test_correction_keeps_the_old_value(house: House, calls: Calls) -> None:
    document = house.file()
    client = calls("bauamt")
    place = f"/api/v1/documents/{document}"
    revision = client.get(place).json()["revision"]
    answer = client.patch(
        place,
        json={"revision": revision, "title": "Bauantrag 4a", "letter_date": "2026-02-27"},
    )
    assert answer.status_code == 200, answer.text
    now = answer.json()
    assert now["title"] == "Bauantrag 4a" and now["letter_date"] == "2026-02-27"
    assert now["sender"] == "Erika Muster"  # left out, so left alone
    late = client.patch(place, json={"revision": revision, "title": "Zu spät"})
    assert late.status_code == 409
    emptied = client.patch(place, json={"revision": now["revision"], "sender": None}).json()
    assert emptied["sender"] is None
    house.index()
    assert client.get("/api/v1/search", params={"q": "titel:4a"}).json()["total"] == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"title": "ohne Revision"}, 422),
        ({"revision": 1, "received_on": None}, 422),
        ({"revision": 1, "stage": "filed"}, 422),
        ({"revision": 1, "title": "x" * 301}, 422),
        ({"revision": 1, "letter_date": "gestern"}, 422),
    ],
)
def test_what_cannot_be_corrected(
    house: House, calls: Calls, body: dict[str, object], status: int
) -> None:
    document = house.file()
    answer = calls("bauamt").patch(f"/api/v1/documents/{document}", json=body)
    assert answer.status_code == status, answer.text


def test_correcting_on_the_page(house: House, sits: Sits) -> None:
    document = house.file()
    client = sits("bauamt")
    page = client.get(f"/dokumente/{document}").text
    revision = page.split('name="revision" value="')[1].split('"')[0]
    answer = client.post(
        f"/dokumente/{document}/angaben",
        data={
            "csrf": csrf_of(page),
            "revision": revision,
            "title": "<script>alert(1)</script>",
            "sender": "",
            "letter_date": "",
            "received_on": "2026-03-01",
            "remark": "Eingangsstempel",
        },
    )
    assert answer.status_code == 303
    page = client.get(f"/dokumente/{document}").text
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page
    past = client.get(f"/dokumente/{document}?ansicht=verlauf").text
    assert "Eingangsstempel" in past and "Bauantrag Lindenweg 4" in past


# ------------------------------------------------------------------ quality check
def test_the_check_page_by_page(house: House, calls: Calls) -> None:
    document = house.file(pages=("Eins", "Zwei"))
    client = calls("bauamt")
    place = f"/api/v1/documents/{document}/qa"
    half = client.post(place, json={"pages": [{"page": 1, "ok": True}]})
    assert half.status_code == 422
    looks = [{"page": 1, "ok": True}, {"page": 2, "ok": False, "remark": "abgeschnitten"}]
    assert client.post(place, json={"pages": looks}).json() == {"result": "failed"}
    good = [{"page": 1, "ok": True}, {"page": 2, "ok": True}]
    assert client.post(place, json={"pages": good}).json() == {"result": "passed"}
    assert client.get(f"/api/v1/documents/{document}").json()["qa"] == "passed"
    assert client.post(place, json={"pages": good}).status_code == 409
    assert calls("registratur").post(place, json={"pages": good}).status_code == 403


def test_the_check_on_the_page(house: House, sits: Sits) -> None:
    document = house.file(pages=("Eins", "Zwei"))
    client = sits("bauamt")
    page = client.get(f"/dokumente/{document}?ansicht=pruefung").text
    token, place = csrf_of(page), f"/dokumente/{document}/pruefung"
    assert client.post(place, data={"csrf": token, "ok-1": "ja"}).status_code == 422
    no_word = {"csrf": token, "ok-1": "ja", "ok-2": "nein"}
    assert client.post(place, data=no_word).status_code == 422
    done = client.post(place, data={**no_word, "remark-2": "schief"})
    assert done.status_code == 303
    past = client.get(f"/dokumente/{document}?ansicht=verlauf").text
    assert "nicht bestanden" in past and "Seite 2: schief" in past


# ------------------------------------------------------------------ what texts carry
def test_hostile_texts_are_only_texts(house: House, sits: Sits) -> None:
    evil = "<script>alert(1)</script>"
    document = house.file(
        f"{evil} Antrag",
        source=f"{evil}.pdf",
        sender=evil,
        pages=(f"{evil} Antrag",),
        findings=(Finding(code="x", text=evil),),
    )
    house.index()
    client = sits("bauamt")
    places = [f"/dokumente/{document}?ansicht={tab}&suche=antrag" for tab in ("seiten", "text")]
    places += [f"/dokumente/{document}?ansicht={tab}" for tab in ("nachweise", "verlauf", "x")]
    places += [f"/dokumente/{document}/drucken", "/eingang?zeit=alle", "/suche?q=Antrag"]
    places += [f"/suche?q={evil}", "/akten"]
    for place in places:
        page = client.get(place)
        assert page.status_code == 200, place
        assert "<script>alert" not in page.text, place


def test_marks_lie_on_the_words(house: House, sits: Sits) -> None:
    document = house.file(pages=("Antrag auf Baugenehmigung",))
    client = sits("bauamt")
    page = client.get(f"/dokumente/{document}?suche=baugenehmigungen").text
    assert page.count("<rect") == 1 and "1 Fundstelle" in page
    assert "<rect" not in client.get(f"/dokumente/{document}").text


def test_evidence_is_shown_in_words(house: House, sits: Sits) -> None:
    document = house.file()
    page = sits("bauamt").get(f"/dokumente/{document}?ansicht=nachweise").text
    assert "Transfervermerk" in page and json.dumps({"compliant": True})[1:-1] not in page
    assert "&#34;compliant&#34;: true" in page


# ------------------------------------------------------------------ the arrival stamp
def test_the_day_of_a_stamp_is_offered_to_those_who_may_read(
    house: House, calls: Calls, sits: Sits
) -> None:
    (stamped,) = arrival_findings(date(2026, 2, 27), date(2026, 3, 2))
    document = house.file(findings=(stamped,))
    page = sits("bauamt").get(f"/dokumente/{document}").text
    field = page.split('name="received_on"')[0].rsplit('<div class="field">', 1)[1]
    assert "27.02.2026" in field and "Eingangsstempel" in field
    place = f"/api/v1/documents/{document}"
    seen = calls("bauamt").get(place).json()
    assert [found["code"] for found in seen["findings"]] == ["arrival.stamped"]
    assert seen["received_on"] != "2026-02-27"
    audited = calls("revision").get(place)
    assert audited.status_code == 200 and audited.json()["findings"] == []
    assert "27.02.2026" not in audited.text and "2026-02-27" not in audited.text
