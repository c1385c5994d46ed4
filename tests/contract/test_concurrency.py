"""What must come out once when several do it at the same time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from archive.audit.trail import check_chain
from archive.db.database import Database
from archive.efile import files
from archive.errors import StillWalking
from archive.intake import items
from archive.stages import Outcome, Stage
from archive.views import listing
from config.errors import Conflict, Unavailable
from tests.contract.rig import MACHINE, START, Rig


def together(*work: Callable[[], None]) -> None:
    failures: list[BaseException] = []

    def guarded(one: Callable[[], None]) -> None:
        try:
            one()
        except BaseException as error:  # noqa: BLE001 - shown below, in the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_file_marks_are_unique(database: Database) -> None:
    with database.write() as session:
        Rig(session).county()
    marks: list[str] = []

    def work() -> None:
        for _ in range(5):
            with database.write() as session:
                marks.append(
                    files.open_file(session, "b.1", "bauamt", "x", by=MACHINE, at=START).file_mark
                )

    together(*[work] * 4)
    assert sorted(marks) == sorted(f"b.1/{number}/2026" for number in range(1, 21))


def test_the_file_of_a_stream_is_opened_once(database: Database) -> None:
    with database.write() as session:
        Rig(session).county()
    found: set[tuple[str, str]] = set()

    def work() -> None:
        with database.write() as session:
            file = files.file_for_stream(session, "b.1", "bauamt", "Post", by=MACHINE, at=START)
            case = files.case_for_stream(session, file.id, "Eingang", by=MACHINE, at=START)
            found.add((file.id, case.id))

    together(*[work] * 6)
    assert len(found) == 1


def test_of_equal_files_dropped_at_once_one_is_archived(database: Database) -> None:
    """Each walks in its own thread and asks as the road does: outside, then once more inside."""
    names = [f"i{number}" for number in range(4)]
    with database.write() as session:
        rig = Rig(session)
        rig.county()
        rig.case("bauamt")
        cases = rig.cases
        for name in names:
            rig.item(name, b"same", at=START)

    def walk(name: str) -> None:
        while True:
            try:
                with database.read() as session:
                    item = items.load_item(session, name)
                    found = items.find_duplicate(
                        session,
                        item.sha256,
                        department="bauamt",
                        compartment=None,
                        not_item=name,
                    )
                with database.write() as session:
                    if found is not None:
                        items.mark_duplicate(session, name, found, by=MACHINE, at=START)
                        return
                    Rig(session).walk_item(name, Stage.CHECKED)
                break
            except (StillWalking, Conflict, Unavailable):
                time.sleep(0.005)
        with database.write() as session:
            rig = Rig(session, cases=cases)
            rig.walk_document(rig.walk_item(name)[0])

    together(*[lambda name=name: walk(name) for name in names])
    with database.read() as session:
        outcomes = [items.load_item(session, name).outcome for name in names]
        assert outcomes == [Outcome.ARCHIVED, *[Outcome.DUPLICATE] * 3]
        assert check_chain(session).ok
        assert listing.operator_counts(session)["outcome"] == {"archived": 1, "duplicate": 3}
