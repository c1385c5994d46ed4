"""Signature checks in the faces: seen by whom, taken away in three forms, made again, kept all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from lxml import etree

from api.app import create_app
from archive.audit import object_trail
from archive.db import rows
from archive.intake import documents, items
from archive.intake.detached_content import content_beside
from archive.model import RenditionRole
from archive.people import accounts
from ingest.acts.road.revalidation import Revalidate
from ingest.road.verifying import look
from signing.formats.detached_content import SUFFIXES
from signing.report.etsi_xml import NAMESPACES
from signing.report.interface import Conclusion, from_json
from signing.verify import Verifier
from tests.acting import seated
from tests.unit.api.building import House
from tests.unit.api.conftest import Calls, csrf_of
from tests.unit.signing.make import cms, pdf, sign, signer

Sits = Callable[[str], TestClient]
FORMS = {"json": "application/json", "xml": "application/xml", "pdf": "application/pdf"}


@pytest.fixture
def house(house: House) -> House:
    """With a real verifier, in this process."""
    engines = house.service.engines
    verifier = Verifier(engines.workshop, clock=engines.clock)
    house.service = replace(house.service, engines=replace(engines, verifier=verifier))
    return house


@pytest.fixture
def app(house: House) -> FastAPI:
    return create_app(house.service)


def item_of(house: House, document_id: str) -> str:
    with house.database.read() as session:
        return str(documents.load_document(session, document_id).item_id)


def first_check(house: House, item_id: str) -> None:
    """What the road does with every file."""
    engines = house.service.engines
    with house.database.read() as session:
        item = items.load_item(session, item_id)
    with house.database.write() as session:
        for check in look(engines, item, first_version=1):
            items.add_rendition(session, item_id, None, check.kept, at=house.clock())


@pytest.fixture
def signed(house: House) -> str:
    """A filed document whose original is signed and checked once."""
    document = house.file(content=sign(pdf(), signer("Erika <b>Muster</b>")))
    first_check(house, item_of(house, document))
    return document


def test_what_was_found(house: House, calls: Calls, signed: str) -> None:
    (check,) = calls("bauamt").get(f"/api/v1/documents/{signed}/signatures").json()["items"]
    assert (check["version"], check["readable"], check["conclusion"]) == (1, True, "intact")
    assert check["tone"] == "yellow"
    (one,) = check["signatures"]
    assert one["integrity"] == "intact" and "Erika" in one["signer"]
    assert "nicht als vertrauenswürdig bekannt" in one["wording"]


@pytest.mark.parametrize("form", FORMS)
def test_reports_are_taken_away(calls: Calls, signed: str, form: str) -> None:
    answer = calls("revision").get(
        f"/api/v1/documents/{signed}/signatures/report", params={"form": form}
    )
    assert answer.status_code == 200
    assert answer.headers["content-type"].split(";")[0] == FORMS[form]
    assert f'filename="signaturpruefung-1.{form}"' in answer.headers["content-disposition"]
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    if form == "json":
        assert from_json(answer.content).conclusion is Conclusion.INTACT
    elif form == "xml":
        root = etree.fromstring(answer.content)
        assert root.xpath("//vr:SignatureValidationReport", namespaces=NAMESPACES)
    else:
        assert answer.content.startswith(b"%PDF-")


def test_checking_again_keeps_the_old_report(house: House, calls: Calls, signed: str) -> None:
    place = f"/api/v1/documents/{signed}/signatures"
    client = calls("bauamt")
    before = client.get(f"{place}/report").content
    house.clock.move(hours=1)
    again = client.post(place)
    assert again.status_code == 201 and again.json()["version"] == 2
    assert [one["version"] for one in client.get(place).json()["items"]] == [1, 2]
    assert client.get(f"{place}/report", params={"version": 1}).content == before
    assert client.get(f"{place}/report").content != before
    assert client.get(f"{place}/report", params={"version": 3}).status_code == 404
    item = item_of(house, signed)
    with house.database.read() as session:
        (event,) = [
            entry
            for entry in object_trail.of_object(session, item)
            if entry.action == "SIGNATURE_CHECKED"
        ]
    assert event.detail["version"] == 2 and event.detail["again"] is True


def test_the_first_check_is_the_roads(house: House, calls: Calls) -> None:
    document = house.file()
    assert calls("bauamt").post(f"/api/v1/documents/{document}/signatures").status_code == 409


@pytest.mark.parametrize("user", ["jugendamt", "niemand"])
def test_what_others_may_not_see_does_not_exist(calls: Calls, signed: str, user: str) -> None:
    client = calls(user)
    for place in ("", "/report", "/report?form=pdf"):
        foreign = client.get(f"/api/v1/documents/{signed}/signatures{place}")
        absent = client.get(f"/api/v1/documents/{'d' * len(signed)}/signatures{place}")
        assert foreign.status_code == absent.status_code == 404
        assert foreign.content.replace(signed.encode(), b"") == absent.content.replace(
            b"d" * len(signed), b""
        )
    assert client.post(f"/api/v1/documents/{signed}/signatures").status_code == 404


def test_a_damaged_report_is_no_result(house: House, calls: Calls, signed: str) -> None:
    with house.database.read() as session:
        (kept,) = [
            r
            for r in rows.item_renditions(session, item_of(house, signed))
            if r.role is RenditionRole.SIGNATURE_REPORT
        ]
    path = house.service.objects.path(kept.sha256)
    path.chmod(0o600)
    path.write_bytes(b"{}")
    client = calls("bauamt")
    (check,) = client.get(f"/api/v1/documents/{signed}/signatures").json()["items"]
    assert check["readable"] is False and check["conclusion"] is None
    report = f"/api/v1/documents/{signed}/signatures/report"
    assert client.get(report, params={"form": "xml"}).status_code == 404


# ------------------------------------------------------------------ the pages
def test_the_page(house: House, sits: Sits, signed: str) -> None:
    browser = sits("bauamt")
    glance = browser.get(f"/dokumente/{signed}").text
    assert f'href="/dokumente/{signed}/signaturen"' in glance and "zu prüfen" in glance
    page = browser.get(f"/dokumente/{signed}/signaturen").text
    assert "Inhaber laut Signaturprüfung" in page and "§ 33 Abs. 5 VwVfG" in page
    assert "<b>Muster" not in page and "&lt;b&gt;Muster" in page
    for art in FORMS:
        answer = browser.get(f"/dokumente/{signed}/signaturen/bericht?art={art}&fassung=1")
        assert answer.status_code == 200
    for wrong in (
        "signaturen/bericht?art=exe",
        "signaturen/bericht?fassung=9",
        "signaturen?fassung=x",
    ):
        assert browser.get(f"/dokumente/{signed}/{wrong}").status_code == 404
    answer = browser.post(f"/dokumente/{signed}/signaturen", data={"csrf": csrf_of(page)})
    assert answer.status_code == 303
    after = browser.get(f"/dokumente/{signed}/signaturen").text
    assert "fassung=1" in after and "fassung=2" in after and "Neu geprüft" in after


def test_the_page_before_the_first_check(house: House, sits: Sits) -> None:
    document = house.file()
    assert "Noch nicht geprüft" in sits("bauamt").get(f"/dokumente/{document}/signaturen").text


# ------------------------------------------------------------------ what lies beside
def test_a_detached_signature_finds_its_content(house: House) -> None:
    content = b"Sehr geehrte Damen und Herren"
    data = cms(content, signer(), detached=True)
    house.receive("post/brief.txt", content=content, department="jugendamt")
    alone = house.receive("post/brief.txt.p7s", content=data)
    engines = house.service.engines
    with house.database.read() as session:
        item = items.load_item(session, alone)
        assert content_beside(session, item, SUFFIXES) == ()  # another department's file
    (before,) = look(engines, item, first_version=1)
    assert before.report.conclusion is Conclusion.INDETERMINATE
    first_check(house, alone)
    house.receive("post/brief.txt", content=b"ein anderer Brief")
    house.receive("post/brief.txt", content=content)
    document = house.separate(alone)
    with house.database.read() as session:
        auditor = accounts.reader(session, "revision")
    (again,) = Revalidate(document_id=document).perform(engines, seated(auditor))
    assert again.report.conclusion is Conclusion.INTACT
    assert [name for name, _ in again.report.contents]


def test_only_signatures_look_for_content(house: House) -> None:
    house.receive("post/brief", content=b"x")
    item_id = house.receive("post/brief.pdf")
    with house.database.read() as session:
        assert content_beside(session, items.load_item(session, item_id), SUFFIXES) == ()
