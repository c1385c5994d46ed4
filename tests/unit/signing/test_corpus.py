"""The sample corpus: what its sources expect against what comes out here, as one table.

The floor: nothing that must not be reported clean is ``intact``; of the files that must be, in the
forms checked here, all are; no file ends in an exception.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from signing.report.interface import Conclusion, SignatureReport
from signing.validate import validate_file

AT = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
CHECKED = ("pdf", "p7m", "p7s")  #: kinds of the floor of 95 percent
EXCEPTIONS: dict[str, str] = {}  #: file -> why it is not intact here; at most one


@dataclass(frozen=True)
class Case:
    file: str
    kind: str
    expected: str
    report: SignatureReport


def _rows(folder: Path) -> Iterator[dict[str, str]]:
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


@pytest.fixture(scope="module")
def cases(shared_data: Path) -> list[Case]:
    folder = shared_data / "signatures"
    found = []
    for row in _rows(folder):
        content = (folder / row["detached_content"],) if row["detached_content"] else ()
        report = validate_file(folder / row["file"], content, AT, None, row["file"])
        found.append(
            Case(row["file"].removeprefix("files/"), row["kind"], row["exp_verdict"], report)
        )
    return found


def test_table(cases: list[Case]) -> None:
    """Print the comparison; every file has a conclusion and a sentence."""
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for case in cases:
        row = counts.setdefault((case.expected, case.kind), {})
        row[case.report.conclusion] = row.get(case.report.conclusion, 0) + 1
    head = [c.value for c in Conclusion]
    print(f"\n{'expected':30}{'kind':7}" + "".join(f"{name:>15}" for name in head))
    for (expected, kind), row in sorted(counts.items()):
        print(f"{expected:30}{kind:7}" + "".join(f"{row.get(name, 0):15}" for name in head))
    assert len(cases) == 78


def test_nothing_that_must_not_be_clean_is_intact(cases: list[Case]) -> None:
    wrong = [
        case.file
        for case in cases
        if case.expected in ("must-not-report-clean", "must-report-changes-or-mixed")
        and case.report.conclusion in (Conclusion.INTACT, Conclusion.UNSIGNED)
    ]
    assert wrong == []


def test_what_must_be_intact_is(cases: list[Case]) -> None:
    wanted = [c for c in cases if c.expected == "must-report-intact" and c.kind in CHECKED]
    wrong = {c.file for c in wanted if c.report.conclusion is not Conclusion.INTACT}
    assert wrong == set(EXCEPTIONS)
    assert len(wanted) == 27 and len(EXCEPTIONS) <= 1


def test_what_is_not_intact_says_why(cases: list[Case]) -> None:
    for case in cases:
        if case.report.conclusion not in (Conclusion.INTACT, Conclusion.UNSIGNED):
            assert case.report.reasons, case.file


@pytest.mark.parametrize(
    ("name", "conclusion"),
    [
        ("base.pdf", Conclusion.INDETERMINATE),
        ("form-update-override-appearance-stream-sneaky.pdf", Conclusion.CHANGED),
        ("form-update-override-appearance-stream.pdf", Conclusion.INTACT),
        ("minimal-two-fields-signed-twice.pdf", Conclusion.INTACT),
        ("one-byterange.pdf", Conclusion.CHANGED),
        ("pades-lta-dss-indirect-arrs-test.pdf", Conclusion.INTACT),
        ("pdf-sig-with-econtent.pdf", Conclusion.INDETERMINATE),
        ("signed.pdf", Conclusion.INTACT),
        ("tail-uncovered.pdf", Conclusion.CHANGED),
    ],
)
def test_cases_of_the_engine(shared_data: Path, name: str, conclusion: Conclusion) -> None:
    path = shared_data / "signatures" / "pyhanko-cases" / name
    assert validate_file(path, (), AT, None, name).conclusion is conclusion


def test_broken_pdfs_are_never_clean_and_never_an_error(shared_data: Path) -> None:
    folder = shared_data / "broken"
    for path in sorted(folder.iterdir()):
        report = validate_file(path, (), AT, None, path.name)
        assert report.conclusion is not Conclusion.INTACT, path.name
