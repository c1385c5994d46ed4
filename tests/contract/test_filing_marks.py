"""File marks in a text as suggestions: how sure, and never of a foreign file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.db.database import Database
from archive.efile import files
from archive.intake import documents
from archive.model import CaseFile, Document
from archive.tables import schema
from ingest.suggestions.files_named import MarkSuggestion, suggestions
from ocr.recognition.result import Line, PageText, Recognition, Word, pack
from search.german.file_references import find
from tests.contract.rig import PERSON, START, Rig

BOX = (0.0, 0.0, 1.0, 1.0)


def page(text: str, *, number: int = 1, confidence: float = 96.0, source: str = "ocr") -> PageText:
    rows = text.splitlines()
    lines = [
        Line(baseline=BOX, ascent=1.0, descent=0.0, begins_paragraph=False) for _ in rows
    ]  # fmt: skip
    words = [
        Word(text=word, box=BOX, confidence=confidence, line=place)
        for place, row in enumerate(rows)
        for word in row.split()
    ]
    return PageText(
        number=number, width=595.0, height=842.0, source=source, language="deu",
        confidence=confidence, turn=0, turned=False, skew=0.0, straightened=False,
        blank="content", dpi=200.0, findings=(), packed=pack(lines, words),
    )  # fmt: skip


def read(*pages: PageText) -> Recognition:
    return Recognition(pages=pages, engine="x", engine_version="1", languages=("deu",))


class Registry(Rig):
    """A document of the bauamt, and files that its text may name."""

    document: Document

    def lay(self) -> None:
        self.county()
        self.document = documents.load_document(self.session, self.filed("i"))

    def open(
        self, unit: str = "b.1", department: str = "bauamt", closed: str | None = None
    ) -> CaseFile:
        return files.open_file(
            self.session, unit, department, "x", by=PERSON, at=START, compartment=closed
        )

    def named(self, *pages: PageText) -> tuple[MarkSuggestion, ...]:
        return suggestions(self.session, self.document, read(*pages), find)

    def sure(self, text: str, **words: float) -> float:
        found = self.named(page(text, **words))  # type: ignore[arg-type]
        return found[0].confidence if found else 0.0


@pytest.fixture
def rig(database: Database) -> Iterator[Registry]:
    with database.write() as session:
        made = Registry(session)
        made.lay()
        yield made


def test_the_surer_the_words_the_higher(rig: Registry) -> None:
    mark = rig.open().file_mark
    assert mark == "b.1/2/2026"
    ours = rig.sure(f"Ihr Zeichen: {mark}")
    somebody = rig.sure(f"Az.: {mark}")
    theirs = rig.sure(f"Unser Zeichen: {mark}")
    assert ours > somebody > 0.9 > theirs
    assert rig.sure(f"Ihr Zeichen: {mark}", confidence=70.0) < 0.9
    assert rig.sure(f"Ihr Zeichen: {mark}", confidence=0.0) == 0.0
    assert rig.sure("Ihr Zeichen: b.1-2-2026") < 0.9  # other separators
    assert rig.sure("Ihr Zeichen: b.1 / 2 / 2026") == ours
    (later,) = rig.named(page("nichts"), page(f"Ihr Zeichen: {mark}", number=2))
    assert later.page == 2 and later.confidence < ours
    (own,) = rig.named(page(f"Ihr Zeichen: {mark}", confidence=100.0, source="text"))
    assert own.confidence == 1.0


def test_one_badly_read_word_makes_the_mark_unsure(rig: Registry) -> None:
    mark = rig.open().file_mark
    good = page(f"Ihr Zeichen: {mark}")
    words = [
        replace(word, confidence=41.0) if word.text == mark else word for word in good.words
    ]  # fmt: skip
    (found,) = rig.named(replace(good, packed=pack(good.lines, words)))
    assert found.confidence <= 0.41


def test_several_files_named_alike_are_none_of_them_sure(rig: Registry) -> None:
    one, two = rig.open().file_mark, rig.open().file_mark
    found = rig.named(page(f"Ihr Zeichen: {one}\nIhr Zeichen: {two}"))
    assert len(found) == 2 and found[0].confidence < 0.9
    first = rig.named(page(f"Ihr Zeichen: {one}\nUnser Zeichen: {two}"))
    assert first[0].file.file_mark == one and first[0].confidence > 0.9


def test_only_open_files_of_its_own_place_count(rig: Registry) -> None:
    foreign = rig.open("j.1", "jugendamt")
    shared = rig.open("b.1", "jugendamt")
    closed = rig.open(closed="personal")
    done = rig.open()
    table = schema.case_file
    shut = {"state": "CLOSED", "closed_on": START.date(), "closed_by": "x"}
    rig.session.execute(sa.update(table).where(table.c.id == done.id).values(shut))
    text = "\n".join(
        f"Ihr Zeichen: {each.file_mark}" for each in (foreign, shared, closed, done)
    )  # fmt: skip
    assert rig.named(page(text)) == ()
    assert rig.named(page("Ihr Zeichen: b.1/999/2026")) == ()


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_foreign_file_changes_no_answer(database: Database, data: st.DataObject) -> None:
    """The same text, before and after files exist that the document's readers may not see."""
    piece = st.sampled_from(
        ["Ihr Zeichen: ", "Az. ", "Unser Zeichen ", "b.1/1/2026", "b.1/2/2026", "j.1/1/2026",
         "b.1/jugendamt-1/2026", "b.1/personal-1/2026", "b.1-2-2026", " ", "\n", "und "]
    )  # fmt: skip
    text = data.draw(st.lists(piece, max_size=12).map("".join))
    with database.writer.connect() as connection, connection.begin() as transaction:
        with sa.orm.Session(connection) as session:
            rig = Registry(session)
            rig.lay()
            rig.open()
            before = rig.named(page(text))
            for unit, department, closed in (
                ("j.1", "jugendamt", None),
                ("b.1", "jugendamt", None),
                ("b.1", "bauamt", "personal"),
            ):
                rig.open(unit, department, closed)
            assert rig.named(page(text)) == before
            assert all(0 <= each.confidence <= 1 for each in before)
        transaction.rollback()


def test_hardly_any_text_is_too_much(rig: Registry) -> None:
    mark = rig.open().file_mark
    many = "\n".join(f"Az. {mark} Az. x.{number}/1/2026" for number in range(2000))
    assert rig.named(page(many))[0].file.file_mark == mark
