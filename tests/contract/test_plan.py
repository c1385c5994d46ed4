"""The file plan: taken in whole or not at all, mistakes named by their line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.audit.trail import Actor
from archive.db.database import Database
from archive.efile import files
from archive.file_plan.csv_lines import LineError
from archive.file_plan.plan_import import PlanImport, import_plan
from archive.model import PlanUnit, Role
from archive.people import accounts, compartments
from archive.views import listing
from config.errors import Conflict
from tests.contract.rig import PERSON, START, Rig, reader

HEAD = (
    "kennzeichen;uebergeordnet;titel;abteilung;jahre;fristbeginn;aussonderung;schutzbedarf;"
    "bereich;muster;stillgelegt\n"
)
PLAN = (
    HEAD
    + "11.2;11;Beihilfe;;;;;;beihilfe;;\n"
    + "11;1;Personal;bauamt;30;END_OF_CALENDAR_YEAR;A;HIGH;personal;{code}-{number:03}/{year};\n"
    + "1;;Allgemeines;;10;;;;;;\n"
    + "11.1;11;Akten;;dauernd;;;;;;ja\n"
)


@pytest.fixture
def rig(database: Database) -> Iterator[Rig]:
    with database.write() as session:
        made = Rig(session)
        made.county()
        yield made


def take(rig: Rig, text: str, *, check: bool = False) -> PlanImport:
    return import_plan(rig.session, text.encode(), by=PERSON, at=rig.at(), check=check)


def unit(rig: Rig, code: str) -> PlanUnit:
    return files.plan_unit_of(rig.session, code)


def test_a_plan_is_taken_in_with_what_is_inherited(rig: Rig) -> None:
    result = take(rig, PLAN)
    assert result.done
    assert sorted(result.added) == ["1", "11", "11.1", "11.2"]
    assert result.not_named == ("b.1", "j.1")
    assert unit(rig, "11") == PlanUnit(
        code="11",
        parent="1",
        title="Personal",
        department="bauamt",
        retention_years=30,
        disposal_code="A",
        protection_need="HIGH",
        retention_start="END_OF_CALENDAR_YEAR",
        compartment="personal",
        mark_pattern="{code}-{number:03}/{year}",
    )
    below = unit(rig, "11.2")
    assert (below.retention_years, below.disposal_code, below.department) == (30, "A", "bauamt")
    assert (below.compartment, below.mark_pattern) == ("beihilfe", "{code}-{number:03}/{year}")
    assert (unit(rig, "11.1").retention_years, unit(rig, "11.1").retired) == (None, True)
    assert unit(rig, "1").retention_start == "CLOSED_DATE"
    assert compartments.parents(rig.session) == {"personal": None, "beihilfe": "personal"}


def test_again_changes_nothing_and_a_check_never_does(rig: Rig) -> None:
    checked = take(rig, PLAN, check=True)
    assert sorted(checked.added) == ["1", "11", "11.1", "11.2"] and not checked.done
    assert [each.code for each in files.plan(rig.session)] == ["b.1", "j.1"]
    take(rig, PLAN)
    again = take(rig, PLAN)
    assert (again.added, again.changed, len(again.unchanged)) == ((), (), 4)
    renamed = take(rig, PLAN.replace("Beihilfe", "Beihilfen"))
    assert renamed.changed == ("11.2",)
    assert unit(rig, "11.2").title == "Beihilfen"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kennzeichen;titel;jahre\nx;y;1\n", []),
        ("kennzeichen,titel,jahre\nx,y,1\n", []),
        ("\ufeffkennzeichen;titel;jahre\nx;y;1\n", []),
        ("Kennzeichen;Titel;Jahre\n\nx;y;1\n;;\n", []),
        ("kennzeichen;jahre\nx;1\n", [(1, "„titel“")]),
        ("kennzeichen;titel;farbe\nx;y;z\n", [(1, "farbe")]),
        ("kennzeichen;titel;jahre;titel\nx;y;1;y\n", [(1, "doppelt")]),
        ("kennzeichen;titel;jahre\nx;y;1\nx;z;1\n", [(3, "Zeile 2")]),
        ("kennzeichen;titel;jahre\nx;y;eins\n", [(2, "jahre")]),
        ("kennzeichen;titel;jahre\nx;y;\n", [(2, "jahre")]),
        ("kennzeichen;titel;jahre\nx;y;1000\n", [(2, "jahre")]),
        ("kennzeichen;titel;jahre\nx;y;-1\n", [(2, "jahre")]),
        ("kennzeichen;titel;jahre\n a b;y;1\n", [(2, "Kennzeichen")]),
        ("kennzeichen;titel;jahre\nx;;1\n", [(2, "Titel")]),
        ("kennzeichen;titel;jahre\nx;y;1;2\n", [(2, "4 Felder")]),
        ('kennzeichen;titel;jahre\nx;"y\n', [(2, "nicht lesbar")]),
        ("kennzeichen;titel;jahre\nx;y\x07;1\n", [(2, "Steuerzeichen")]),
        ("kennzeichen;titel;jahre;abteilung\nx;y;1;nirgends\n", [(2, "nirgends")]),
        ("kennzeichen;titel;jahre;uebergeordnet\nx;y;1;z\n", [(2, "darüber")]),
        (
            "kennzeichen;titel;jahre;uebergeordnet\nx;y;1;z\nz;y;1;x\n",
            [(2, "über sich selbst"), (3, "über sich selbst")],
        ),
        ("kennzeichen;titel;jahre;muster\nx;y;1;{code}\n", [(2, "muster")]),
        ("kennzeichen;titel;jahre;aussonderung\nx;y;1;C\n", [(2, "A, B, V")]),
        ("kennzeichen;titel;jahre;fristbeginn\nx;y;1;bald\n", [(2, "CLOSED_DATE")]),
        ("kennzeichen;titel;jahre;bereich\nx;y;1;Über\n", [(2, "bereich")]),
        (
            ("kennzeichen;uebergeordnet;titel;jahre;bereich\n"
            "x;;y;1;a\nx1;x;y;;c\nz;;y;1;b\nz1;z;y;;c\n"),
            [(5, "Bereich c")],
        ),
    ],
)  # fmt: skip
def test_mistakes_are_named_by_their_line(
    rig: Rig, text: str, expected: list[tuple[int, str]]
) -> None:
    before = files.plan(rig.session)
    result = take(rig, text)
    assert len(result.errors) == len(expected), result.errors
    for error, (line, word) in zip(result.errors, expected, strict=True):
        assert error.line == line and word in error.text
    assert result.done == (not expected)
    if expected:
        assert files.plan(rig.session) == before


def test_what_is_no_utf8_says_so(rig: Rig) -> None:
    data = "kennzeichen;titel;jahre\nx;Jugendämter;1\n".encode("cp1252")
    (error,) = import_plan(rig.session, data, by=PERSON, at=rig.at()).errors
    assert error.line == 2 and "UTF-8" in error.text


def test_one_mistake_keeps_everything_out(rig: Rig) -> None:
    result = take(rig, PLAN + "12;1;Kasse;;;;;;;;vielleicht\n")
    assert result.errors == (
        LineError(line=6, text="stillgelegt: „vielleicht“; möglich sind ja, nein"),
    )
    assert [each.code for each in files.plan(rig.session)] == ["b.1", "j.1"]


def test_the_compartment_of_files_is_not_changed_by_a_table(rig: Rig) -> None:
    take(rig, PLAN)
    files.open_file(rig.session, "11", "bauamt", "x", by=PERSON, at=START)
    errors = take(rig, PLAN.replace(";personal;", ";leitung;")).errors
    assert any(error.line == 3 and "hat schon Akten" in error.text for error in errors)
    # Nor are units left behind that had taken it over.
    opened = "kennzeichen;titel;jahre;bereich\nb.1;Bau;10;bau\n"
    assert take(rig, opened).done
    below = "kennzeichen;titel;jahre;uebergeordnet\nb.1.1;Bau;10;b.1\n"
    assert take(rig, below).done and unit(rig, "b.1.1").compartment == "bau"
    assert take(rig, "kennzeichen;titel;jahre\nb.1;Bau;10\n").errors != ()


def test_a_retired_unit_begins_no_file(rig: Rig) -> None:
    take(rig, PLAN)
    with pytest.raises(Conflict, match="stillgelegt"):
        files.open_file(rig.session, "11.1", "bauamt", "x", by=PERSON, at=START)


def test_files_of_a_closed_unit_are_closed(rig: Rig) -> None:
    take(rig, PLAN)
    opened = files.open_file(rig.session, "11.2", "bauamt", "x", by=PERSON, at=START)
    assert (opened.file_mark, opened.compartment) == ("11.2-001/2026", "beihilfe")
    clerk = (Role.CASE_WORKER, "bauamt", None)
    assert listing.files_for(rig.session, reader(clerk)).items == ()
    member = reader(clerk, compartments=frozenset({"beihilfe"}))
    assert listing.files_for(rig.session, member).items == (opened,)


def test_a_compartment_within_another_wants_membership_of_both(rig: Rig) -> None:
    take(rig, PLAN)
    admin = Actor(user="verwaltung")
    accounts.add_user(rig.session, "anna", "Anna", by=admin, at=START)
    for name, expected in (("beihilfe", set[str]()), ("personal", {"beihilfe", "personal"})):
        accounts.join_compartment(
            rig.session, "anna", name, by=admin, at=START, purpose="Beihilfe festsetzen"
        )
        assert accounts.reader(rig.session, "anna").compartments == expected
    (member,) = compartments.members(rig.session, "beihilfe")
    assert (member.purpose, member.granted_by) == ("Beihilfe festsetzen", "verwaltung")
    accounts.leave_compartment(rig.session, "anna", "personal", by=admin, at=START)
    assert accounts.reader(rig.session, "anna").compartments == frozenset()


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_nothing_that_is_read_breaks_it(rig: Rig, data: bytes) -> None:
    head = b"kennzeichen;titel;jahre\n"
    for text in (data, head + data):
        result = import_plan(rig.session, text, by=PERSON, at=START, check=True)
        assert all(error.line >= 1 and error.text for error in result.errors)
