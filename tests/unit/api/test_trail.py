"""The audit trail for auditors: sentences with links, from and to, and a table to take away."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from api.web.rendering import labels
from api.web.rendering.event_sentences import OBJECT, SENTENCES
from api.web.rendering.event_texts import COLUMNS, plain_cell, sentence, told
from archive.model import Grant, Role
from archive.people import accounts
from archive.views.listing import AuditLine
from tests.unit.api.building import BY, House

Visits = Callable[[str], TestClient]
NAMES = {"bauamt": "Bauamt", "mailroom": "Poststelle"}


def line(action: str, **given_: Any) -> AuditLine:
    known: dict[str, Any] = {
        "seq": 1, "at": datetime(2026, 3, 2, 8, 0, tzinfo=UTC), "actor": "anna", "on_behalf": None,
        "object_type": "document", "object_id": "d1", "object_sha256": None, "outcome": "ok",
        "reason": None, "correlation_id": "i1", "detail": {}, "hash": "0" * 64,
    }  # fmt: skip
    return AuditLine(action=action, **(known | given_))


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (line("DOCUMENT_FINALISED"), "anna hat das Dokument d1 schlussgezeichnet."),
        (
            line(
                "RECEIPT_REGISTERED", actor="hotfolder", object_type="item", object_id="i1",
                detail={"stream": "mailroom", "department": "bauamt", "size": 1400},
            ),
            ("Der Eingangsordner hat den Eingang i1 in Verwahrung genommen"
            " (Eingangsweg Poststelle, Abteilung Bauamt, 1,4 kB)."),
        ),
        (
            line(
                "ROLE_GRANTED", object_type="user", object_id="clara",
                detail={"role": "case_worker", "department": "bauamt", "stream": None},
            ),
            "anna hat für das Konto „clara“ die Rolle „Sachbearbeitung“ (Abteilung Bauamt) erteilt.",
        ),
        (
            line("QUARANTINED", actor="service", detail={"reason": "unreadable"}),
            "Die Registratur hat das Dokument d1 angehalten: Die Datei lässt sich nicht lesen.",
        ),
        (
            line(
                "CASE_CLOSED", object_type="file", object_id="f1",
                detail={"file": "f1", "state": ["OPEN", "CLOSED"], "closed_on": [None, "2026-03-02"]},
            ),
            "anna hat die Akte f1 abgeschlossen (Stand: offen → abgeschlossen, zdA am: – → 02.03.2026).",
        ),
        (
            line("EXPORTED", on_behalf="bauamt", detail={"role": "original", "version": 1}),
            "anna (im Auftrag von bauamt) hat das Dokument d1 mitgenommen (Original).",
        ),
        (
            line("BREAK_GLASS", object_type="break_glass", object_id="-", outcome="refused"),
            ("anna hat versucht, eine verschlossene Akte durch Notzugriff zu öffnen; es gibt keine"
            " solche oder sie ist hierfür nicht offen."),
        ),
        (line("NEUES_EREIGNIS"), "anna hat an das Dokument d1 das Ereignis „NEUES_EREIGNIS“ ausgelöst."),
    ],
)  # fmt: skip
def test_an_event_is_a_sentence(event: AuditLine, text: str) -> None:
    assert sentence(event, NAMES).text == text


DETAIL = st.dictionaries(
    st.sampled_from((
        "role", "department", "stream", "size", "pages", "words", "reason", "file", "case", "from",
        "to", "fields", "renditions", "state", "due", "compartment", "justified", "sha256",
        "suggested", "changes", "conclusion", "signatures", "documents", "verdict", "level",
    )),
    st.one_of(st.none(), st.integers(), st.text(max_size=8), st.just(OBJECT), st.booleans(),
              st.lists(st.text(max_size=3), max_size=3)),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(action=st.sampled_from(sorted(SENTENCES)), detail=DETAIL, covered=st.booleans())
def test_every_kind_makes_a_sentence_of_any_detail(
    action: str, detail: dict[str, Any], covered: bool
) -> None:
    """Events of closed compartments come without detail, older ones with less of it."""
    made = sentence(line(action, detail={} if covered else detail), NAMES)
    assert made.before.startswith("anna ") and made.text.endswith(".")
    assert "{" not in made.before or "{" in str(detail)
    assert OBJECT not in made.text


def test_every_word_of_the_filter_has_a_sentence_and_the_other_way_round() -> None:
    assert set(SENTENCES) == set(labels.ACTIONS)


# ------------------------------------------------------------------ the page
def test_the_page_tells_sentences_and_no_field_lists(home: House, visits: Visits) -> None:
    document = home.file("Vogelhaus")
    client = visits("revision")
    page = unescape(client.get(f"/revision?kennung={document}").text)
    table = page.split("<tbody>")[1]
    assert f'href="/dokumente/{document}?ansicht=nachweise">das Dokument {document}</a>' in table
    assert "in die Akte gelegt (Akte f" in table
    assert "renditions:" not in table and "object_type" not in table and "{" not in table


def test_what_the_auditor_may_not_open_leads_to_its_events(home: House, visits: Visits) -> None:
    document = home.file("Verschlossen", compartment="personal")
    page = unescape(visits("revision").get(f"/revision?kennung={document}").text)
    assert f'href="/revision?kennung={document}">das Dokument' in page
    assert f"/dokumente/{document}" not in page


def test_from_and_to_are_whole_days_of_the_office(home: House, visits: Visits) -> None:
    client = visits("revision")  # the house's clock stands on 2 March 2026

    def numbers(query: str) -> set[str]:
        page = client.get(f"/revision?{query}").text
        return set(re.findall(r'<tr><td class="num">(\d+)</td>', page))

    that_day = numbers("von=2026-03-02&bis=2026-03-02")
    assert len(that_day) > 2
    assert numbers("bis=2026-03-02") == that_day and numbers("bis=2026-03-01") == set()
    later = numbers("von=2026-03-03")  # what was written by the real clock
    assert numbers("von=2026-03-02") == numbers("seit=2026-03-02") == that_day | later
    assert not that_day & later


@pytest.mark.parametrize(
    "query", ["von=gestern", "bis=2026-02-30", "bis=9999-12-31", "von=0001-01-01", "von=2026-03-05&bis=2026-03-01",
              "von=20260301", "von=2026-W01-1"]
)  # fmt: skip
def test_a_filter_that_means_no_day_is_told_and_stays(visits: Visits, query: str) -> None:
    client = visits("revision")
    page = client.get(f"/revision?{query}")
    assert page.status_code == 200 and 'class="note bad flash"' in page.text
    assert "<tbody>" not in page.text  # never the whole trail instead
    assert f'value="{query.split("=")[1].split("&")[0]}"' in page.text
    assert client.get(f"/revision/protokoll.csv?{query}").status_code == 422


# ------------------------------------------------------------------ the table
def rows(answer: Any) -> list[dict[str, str]]:
    text = answer.content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


def test_the_table_holds_what_the_page_lists(home: House, visits: Visits) -> None:
    document = home.file("Für die Tabelle")
    client = visits("revision")
    answer = client.get(f"/revision/protokoll.csv?kennung={document}")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith('attachment; filename="protokoll.csv"')
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    found = rows(answer)
    numbers = re.findall(
        r'<tr><td class="num">(\d+)</td>', client.get(f"/revision?kennung={document}").text
    )
    assert [row["Nr."] for row in found] == numbers
    assert list(found[0]) == list(COLUMNS)
    assert found[0]["Was geschah"].startswith("Einrichtung hat das Dokument") or found[0][
        "Was geschah"
    ].startswith("Die Einrichtung hat das Dokument")


def test_the_table_is_longer_than_one_block_and_whole(
    home: House, visits: Visits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.web.people.audit.BLOCK", 7)
    client = visits("revision")
    before = client.get("/api/v1/audit?limit=1").json()["items"][0]["seq"]
    found = [int(row["Nr."]) for row in rows(client.get("/revision/protokoll.csv"))]
    assert (
        found == list(range(found[0], 0, -1)) and found[0] == before + 1
    )  # its own event is there
    (noted,) = client.get("/api/v1/audit?limit=1").json()["items"]
    assert (noted["action"], noted["object_type"], noted["actor"]) == (
        "EXPORTED",
        "trail",
        "revision",
    )


def test_who_asks_for_the_head_of_the_table_got_nothing(visits: Visits) -> None:
    client = visits("revision")
    before = client.get("/api/v1/audit?limit=1").json()["items"][0]["seq"]
    assert client.head("/revision/protokoll.csv").status_code == 200
    assert client.get("/api/v1/audit?limit=1").json()["items"][0]["seq"] == before


def test_the_table_is_for_auditors_and_each_sees_their_part(home: House, visits: Visits) -> None:
    for user in ("bauamt", "poststelle", "verwaltung", "registratur"):
        assert visits(user).get("/revision/protokoll.csv").status_code == 403
    with home.database.write() as session:
        accounts.add_user(session, "teil", "Teil", by=BY, at=home.clock())
        grant = Grant(role=Role.AUDITOR, department="jugendamt")
        accounts.grant_role(session, "teil", grant, by=BY, at=home.clock())
    ours = home.file("Hilfe", department="jugendamt")
    foreign = home.file("Bau")
    kinds = {
        row["Kennung des Objekts"] for row in rows(visits("teil").get("/revision/protokoll.csv"))
    }
    assert ours in kinds and foreign not in kinds and "clara" not in kinds


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+1",
        "-1",
        "@x",
        " =1",
        "\t=1",
        "\r=1",
        "\n@x",
        "＝1",
        "\u00a0+2",
        "=cmd|' /C calc'!A0",
    ],
)
def test_no_cell_is_taken_for_a_formula(home: House, visits: Visits, cell: str) -> None:
    assert plain_cell(cell).startswith("'")
    assert "\n" not in plain_cell(cell) and "\r" not in plain_cell(cell)


def test_a_formula_given_as_a_reason_is_neutral_in_the_table(home: House, visits: Visits) -> None:
    from archive.intake import items
    from config.errors import HoldReason

    item = home.receive("x.pdf")
    home.hold(item, HoldReason.UNREADABLE, "?")
    with home.database.write() as session:
        items.reject_item(
            session, item, reason='=HYPERLINK("http://x";"y")', by=BY, at=home.clock()
        )
    found = rows(visits("revision").get(f"/revision/protokoll.csv?kennung={item}"))
    assert found[0]["Grund"] == '\'=HYPERLINK("http://x";"y")'


def test_how_it_went_is_told_in_german() -> None:
    assert told(line("AUTH_FAILED", outcome="failed"), {}).outcome == "fehlgeschlagen"
    assert told(line("AUTH_OK"), {}).outcome == ""


def test_programs_get_the_machines_form_with_from_and_to(home: House, visits: Visits) -> None:
    client = visits("revision")
    (first,) = client.get("/api/v1/audit?limit=1").json()["items"]
    assert set(first) >= {"action", "object_type", "object_id", "detail", "hash"}
    none = client.get("/api/v1/audit", params={"until": "2026-03-01T00:00:00+01:00"}).json()
    assert none["items"] == []
