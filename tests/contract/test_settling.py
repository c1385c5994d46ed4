"""What waits for a decision, page by page: everything once, in one order, and nothing foreign."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from archive.db import rows
from archive.db.database import Database
from archive.intake import documents
from archive.model import Reader, Role
from archive.views import details, listing, open_decisions
from config.errors import HoldReason, UsageError
from tests.contract.rig import MACHINE, START, Rig, reader

POSTSTELLE = reader((Role.MAIL_CLERK, None, "mailroom"), (Role.SCAN_SUPERVISOR, None, "mailroom"))
ELSEWHERE = reader((Role.MAIL_CLERK, "jugendamt", None))


@pytest.fixture
def rig(database: Database) -> Iterator[Rig]:
    with database.write() as session:
        rig = Rig(session)
        rig.county()
        yield rig


def several(rig: Rig) -> None:
    """Items and documents that wait, some of one item and some of one instant."""
    for name in ("c", "a", "b"):
        rig.hold(rig.item(name, at=START))
    for name, parts in (("d", 3), ("e", 1)):
        rig.item(name, department="jugendamt" if name == "e" else "bauamt")
        for part in rig.walk_item(name, parts=parts):
            documents.hold_document(
                rig.session, part, HoldReason.NO_PERSON, "x", by=MACHINE, at=rig.at()
            )
    rig.hold(rig.item("closed", compartment="personal"))
    rig.hold(rig.item("legacy", stream="legacy"))
    rig.filed("done")


def leaf(session: Session, who: Reader, limit: int) -> list[tuple[str, str | None]]:
    found: list[tuple[str, str | None]] = []
    cursor = None
    while True:
        page = open_decisions.waiting(session, who, cursor=cursor, limit=limit)
        assert len(page.items) <= limit
        found += [
            (each.item.id, each.document.id if each.document else None) for each in page.items
        ]
        cursor = page.next_cursor
        if cursor is None:
            return found


def test_pages_of_any_length_show_everything_once_and_in_order(rig: Rig) -> None:
    several(rig)
    expected = [
        ("a", None), ("b", None), ("c", None), ("d", "d-1"), ("d", "d-2"), ("d", "d-3"),
        ("e", "e-1"),
    ]  # fmt: skip
    for limit in (1, 2, 3, 50):
        assert leaf(rig.session, POSTSTELLE, limit) == expected
    assert leaf(rig.session, ELSEWHERE, 2) == [("e", "e-1")]
    for who in (POSTSTELLE, ELSEWHERE, reader()):
        everything = listing.to_settle(rig.session, who)
        listed = {each.id for each in everything.items}
        listed |= {each.id for each in everything.documents}
        assert {part or item for item, part in leaf(rig.session, who, 2)} == listed
        assert details.to_settle_count(rig.session, who) == len(listed)


def test_what_comes_meanwhile_or_is_settled_moves_nothing(rig: Rig) -> None:
    several(rig)
    first = open_decisions.waiting(rig.session, POSTSTELLE, limit=2)
    rig.hold(rig.item("f"))
    second = open_decisions.waiting(rig.session, POSTSTELLE, limit=2, cursor=first.next_cursor)
    assert [each.item.id for each in (*first.items, *second.items)] == ["a", "b", "c", "d"]


@pytest.mark.parametrize("cursor", ["", "!", "bm9wZQ", "W10", "WyJ4IiwgInkiXQ", "\x00ü"])
def test_a_forged_cursor_is_refused(rig: Rig, cursor: str) -> None:
    with pytest.raises(UsageError):
        open_decisions.waiting(rig.session, POSTSTELLE, cursor=cursor)


@pytest.mark.parametrize("number", [0, 3, 4])
def test_a_number_is_counted_up_to_its_bound(
    rig: Rig, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exact up to the bound; of more it is said that there is one more, however many there are."""
    monkeypatch.setattr(rows, "COUNTED", 3)
    for place in range(number + 2 if number > 3 else number):
        rig.hold(rig.item(f"i{place}"))
    assert details.to_settle_count(rig.session, POSTSTELLE) == min(number, 4)
    assert listing.items(rig.session, POSTSTELLE).total == min(number, 4)
    assert len(listing.items(rig.session, POSTSTELLE).items) == (6 if number > 3 else number)
