"""A record that is closed stands: every act that changes a document, case or file, in every state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from archive import plausibility
from archive.db.database import Database
from archive.desk import follow_ups
from archive.efile import closing, files, filing
from archive.intake import documents, items
from archive.model import Reader, Role
from archive.tables import schema
from config.errors import Conflict, ServiceError, UsageError
from tests.contract.rig import PERSON, START, Rig, reader

CLERK = reader((Role.CASE_WORKER, "bauamt", None))
MANAGER = Reader(user="registratur", grants=reader((Role.RECORDS_MANAGER, None, None)).grants)


class Desk(Rig):
    """A filed document in a case of a file, and another open file with a case and a follow-up."""

    document = case_id = file_id = other_file = other_case = follow_up = ""

    def lay(self) -> None:
        self.county()
        self.document = self.filed("i", title="Antrag")
        found = documents.load_document(self.session, self.document)
        assert found.case_id is not None and found.file_id is not None
        self.case_id, self.file_id = found.case_id, found.file_id
        other = files.open_file(self.session, "b.1", "bauamt", "Andere", by=PERSON, at=self.at())
        self.other_file = other.id
        self.other_case = files.open_case(
            self.session, other.id, "Vorgang", by=PERSON, at=self.at()
        ).id
        self.follow_up = follow_ups.add(
            self.session, CLERK, other.id, due=date(2026, 12, 1), reason="x", at=self.at()
        ).id

    def filed_elsewhere(self) -> str:
        self.cases[("bauamt", None)] = self.other_case
        return self.filed("j")

    def bring_to(self, state: str) -> None:
        if state in ("final", "case closed", "file closed", "due", "offered", "file reopened"):
            closing.finalise_document(self.session, CLERK, self.document, at=self.at())
        if state == "case closed":
            closing.close_case(self.session, CLERK, self.case_id, at=self.at())
        if state in ("file closed", "due", "offered", "file reopened"):
            closing.close_file(self.session, CLERK, self.file_id, at=self.at())
        if state == "file reopened":
            closing.reopen_file(
                self.session, MANAGER, self.file_id, reason="Nachtrag", at=self.at()
            )
        for step in {"due": ("DUE_FOR_DISPOSAL",), "offered": ("DUE_FOR_DISPOSAL", "OFFERED")}.get(
            state, ()
        ):
            table = schema.case_file
            self.session.execute(
                sa.update(table).where(table.c.id == self.file_id).values(state=step)
            )


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    with database.write() as session:
        made = Desk(session)
        made.lay()
        yield made


def correct(d: Desk, **changes: str | date | None) -> None:
    documents.correct_metadata(d.session, d.document, changes, by=PERSON, at=d.at())


def check_quality(d: Desk) -> None:
    documents.record_qa(
        d.session, d.document, result="passed", pages=[], note_sha256=None, by=PERSON, at=d.at()
    )


def refile(d: Desk, case_id: str) -> None:
    filing.refile_document(d.session, d.document, case_id=case_id, reason="x", by=PERSON, at=d.at())


STATES = ("registered", "final", "case closed", "file closed", "due", "offered", "file reopened")
OPEN = frozenset({"registered", "final"})
UNTOUCHED = frozenset({"registered"})
FILE_OPEN = frozenset({"registered", "final", "case closed", "file reopened"})
#: act, in which states it may be done
ACTS: dict[str, tuple[Callable[[Desk], object], frozenset[str]]] = {
    "correct title": (lambda d: correct(d, title="Neu"), UNTOUCHED),
    "correct sender": (lambda d: correct(d, sender="Muster"), UNTOUCHED),
    "correct letter date": (lambda d: correct(d, letter_date=date(2026, 11, 2)), UNTOUCHED),
    "correct receipt": (lambda d: correct(d, received_on=date(2026, 11, 2)), UNTOUCHED),
    "late quality check": (check_quality, OPEN),
    "refile": (lambda d: refile(d, d.other_case), UNTOUCHED),
    "redirect": (
        lambda d: items.redirect_item(
            d.session, "i", "jugendamt", by=PERSON, at=d.at(), reason="dorthin"
        ),
        UNTOUCHED,
    ),
    "finalise": (
        lambda d: closing.finalise_document(d.session, CLERK, d.document, at=d.at()),
        UNTOUCHED,
    ),
    "finalise all": (
        lambda d: closing.finalise_file(d.session, CLERK, d.file_id, at=d.at()),
        FILE_OPEN,
    ),
    "close case": (
        lambda d: closing.close_case(d.session, CLERK, d.case_id, at=d.at()),
        frozenset({"final"}),
    ),
    "close file": (
        lambda d: closing.close_file(d.session, CLERK, d.file_id, at=d.at()),
        frozenset({"final", "case closed", "file reopened"}),
    ),
    "reopen case": (
        lambda d: closing.reopen_case(d.session, CLERK, d.case_id, reason="x", at=d.at()),
        frozenset({"case closed", "file reopened"}),
    ),
    "reopen file": (
        lambda d: closing.reopen_file(d.session, MANAGER, d.file_id, reason="x", at=d.at()),
        frozenset({"file closed", "due"}),
    ),
    "retention anew": (
        lambda d: closing.recompute_retention(d.session, MANAGER, d.file_id, reason="x", at=d.at()),
        frozenset({"file closed"}),
    ),
    "open case": (
        lambda d: files.open_case(d.session, d.file_id, "Neu", by=PERSON, at=d.at()),
        FILE_OPEN,
    ),
    "open part": (
        lambda d: files.open_sub_file(d.session, d.file_id, "Neu", by=PERSON, at=d.at()),
        FILE_OPEN,
    ),
    "follow-up": (
        lambda d: follow_ups.add(
            d.session, CLERK, d.file_id, due=date(2026, 12, 1), reason="x", at=d.at()
        ),
        FILE_OPEN,
    ),
    "follow-up of the case": (
        lambda d: follow_ups.add(
            d.session, CLERK, d.file_id, due=date(2026, 12, 1), reason="x", at=d.at(),
            case_id=d.case_id,
        ),
        OPEN,
    ),
    "follow-up moved here": (
        lambda d: follow_ups.move(d.session, CLERK, d.follow_up, at=d.at(), file_id=d.file_id),
        FILE_OPEN,
    ),
    "another document filed here": (
        lambda d: filing.refile_document(
            d.session, d.filed_elsewhere(), case_id=d.case_id, reason="x", by=PERSON, at=d.at()
        ),
        OPEN,
    ),
}  # fmt: skip


@pytest.mark.parametrize("state", STATES)
def test_every_act_in_every_state(desk: Desk, state: str) -> None:
    desk.bring_to(state)
    before = documents.load_document(desk.session, desk.document)
    for act, (do, allowed) in ACTS.items():
        outcome = None
        with desk.session.begin_nested() as attempt:
            try:
                do(desk)
            except Conflict as refused:
                outcome = refused
                assert documents.load_document(desk.session, desk.document) == before, act
            attempt.rollback()
        assert (outcome is None) == (state in allowed), f"{act}, {state}: {outcome}"


CHANGES = (
    "title = 'x'", "title = NULL", "sender = 'x'", "letter_date = '2026-01-02'",
    "received_on = '2026-01-02'", "department = 'jugendamt'", "compartment = 'x'", "pages = 9",
    "case_id = '{other_case}', file_id = '{other_file}'", "record_state = 'REGISTERED'",
)  # fmt: skip


@pytest.mark.parametrize("state", [state for state in STATES if state != "registered"])
def test_the_database_refuses_what_a_defect_of_ours_would_let_through(
    desk: Desk, state: str
) -> None:
    desk.bring_to(state)
    for change in CHANGES:
        set_to = change.format(other_case=desk.other_case, other_file=desk.other_file)
        with pytest.raises(sa.exc.DBAPIError), desk.session.begin_nested():
            desk.session.execute(
                sa.text(f"UPDATE document SET {set_to} WHERE id = '{desk.document}'")
            )


def test_what_is_no_part_of_the_record_still_moves(desk: Desk) -> None:
    """The index and the evidence go on after zdA."""
    desk.bring_to("file closed")
    revision = documents.load_document(desk.session, desk.document).revision
    documents.mark_indexed(desk.session, [(desk.document, revision)])
    desk.session.execute(sa.update(schema.document).values(evidenced=True))
    loaded = documents.load_document(desk.session, desk.document)
    assert (loaded.indexed_revision, loaded.evidenced) == (revision, True)


# ------------------------------------------------------------------ values that cannot be
@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("letter_date", date(2099, 1, 1), "Zukunft"),
        ("letter_date", date(2026, 11, 23), "Zukunft"),  # tomorrow
        ("letter_date", date(1066, 10, 14), "1700"),
        ("letter_date", date(1, 1, 1), "1700"),
        ("received_on", date(2026, 11, 23), "Zukunft"),
        ("received_on", date(1, 1, 1), "1700"),
        ("received_on", None, "Eingangsdatum"),
        ("title", None, "Betreff"),
        ("title", "", "Betreff"),
        ("title", " \u00a0\u3000 ", "Betreff"),
        ("title", "\u2800\u3164", "Betreff"),
        ("title", "Bescheid\u202egpj.exe", r"U\+202E"),
        ("title", "Be\u200bscheid", r"U\+200B"),
        ("title", "Zeile\nZeile", r"U\+000A"),
        ("sender", "Muster\x07", r"U\+0007"),
        ("sender", "\u2066Muster\u2069", r"U\+2066"),
    ],
)
def test_values_that_cannot_be_are_refused(
    desk: Desk, field: str, value: str | date | None, words: str
) -> None:
    before = documents.load_document(desk.session, desk.document)
    with pytest.raises(UsageError, match=words):
        correct(desk, **{field: value})
    assert documents.load_document(desk.session, desk.document) == before


def test_what_can_be_is_kept_without_its_blanks(desk: Desk) -> None:
    correct(
        desk, title="  Antrag Müller ", sender="", letter_date=date(2026, 11, 22),
        received_on=date(1750, 1, 1),
    )  # fmt: skip
    found = documents.load_document(desk.session, desk.document)
    assert (found.title, found.sender, found.letter_date) == (
        "Antrag Müller", None, date(2026, 11, 22)
    )  # fmt: skip
    correct(desk, letter_date=None)  # nobody has to know it


def test_today_is_the_day_of_the_office(desk: Desk) -> None:
    """At 23:30 UTC it is tomorrow in Germany."""
    late = START.replace(hour=23, minute=30)
    changes = {"letter_date": date(2026, 11, 23)}
    documents.correct_metadata(desk.session, desk.document, changes, by=PERSON, at=late)


@pytest.mark.parametrize("due", [date(9999, 12, 31), date(1, 1, 1)])
def test_a_follow_up_has_a_likely_day(desk: Desk, due: date) -> None:
    for act in (
        lambda: follow_ups.add(
            desk.session, CLERK, desk.other_file, due=due, reason="x", at=desk.at()
        ),
        lambda: follow_ups.move(desk.session, CLERK, desk.follow_up, due=due, at=desk.at()),
    ):
        with pytest.raises(UsageError):
            act()


@given(st.text(max_size=80))
def test_no_line_hides_anything(text: str) -> None:
    """Whatever passes has something to see, and nothing that turns or hides the rest."""
    try:
        kept = plausibility.line(text, "Der Betreff", required=True)
    except ServiceError:
        return
    assert kept == kept.strip() != ""
    assert not set(kept) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\n\r\x00")
