"""A file's computing budget begins anew by a person's act alone, whatever the file was held for."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pikepdf
import pytest

from archive.intake import items, on_the_road
from archive.model import Reader
from archive.people import accounts
from archive.stages import Stage
from config.account import current
from config.errors import Conflict, HoldReason
from ingest.acts.road import held
from ingest.engines import Engines
from ingest.road.step_execution import Stopped, Walk
from ingest.road.step_outcome import Change, Failed
from tests.acting import seated
from tests.unit.api.building import BY, House
from tests.unit.api.paper import pdf

CHANGE = Change(action="TESTED")
PASSWORD = "geheim"


def walk(house: House, item_id: str, seconds: float) -> Any:
    """What one step comes to that computes for so long and wants to go on."""

    def work(engines: Engines, object_id: str) -> Change:
        account = current()
        assert account is not None
        account.charge(seconds)
        account.left()
        return CHANGE

    with house.database.read() as session:
        stands = on_the_road.standing(session, "item", item_id)
    house.service.engines.budgets.slow_down(item_id, stands.attempt)
    return the_walk(house, item_id, stands.attempt)._try(Stage.CHECKED, work, stands)


def the_walk(house: House, item_id: str, attempt: int) -> Walk:
    return Walk(engines=house.service.engines, kind="item", object_id=item_id, attempt=attempt)


def locked() -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf((PASSWORD,), 178))) as document:
        document.save(out, encryption=pikepdf.Encryption(owner="x", user=PASSWORD))
    return out.getvalue()


def clerk(house: House) -> Reader:
    with house.database.read() as session:
        return accounts.reader(session, "poststelle")


def retry(house: House, item_id: str) -> None:
    held.Retry(object_id=item_id, reason="nochmals").perform(
        house.service.engines, seated(clerk(house))
    )


def supply(house: House, item_id: str, size: int = 0) -> None:
    path = house.service.engines.settings.home / "neu.pdf"
    path.write_bytes(pdf(("neu",), 177) + bytes(size))
    held.SupplyFile(item_id=item_id, path=path, file_name="neu.pdf", reason="neu").perform(
        house.service.engines, seated(clerk(house))
    )


def open_it(house: House, item_id: str) -> None:
    held.GivePassword(item_id=item_id, password=PASSWORD).perform(
        house.service.engines, seated(clerk(house))
    )


def test_a_failure_renews_no_budget(house: House) -> None:
    item_id = house.receive("a.pdf")
    first = walk(house, item_id, 1e6)
    assert isinstance(first, Failed) and first.reason is HoldReason.OVER_LIMIT
    assert isinstance(walk(house, item_id, 0), Failed)


@pytest.mark.parametrize("reason", [HoldReason.OVER_LIMIT, HoldReason.INTERNAL])
@pytest.mark.parametrize("act", [retry, supply])
def test_what_a_person_tries_again_has_a_whole_budget(
    house: House, act: Callable[[House, str], None], reason: HoldReason
) -> None:
    item_id = house.receive("a.pdf")
    assert isinstance(walk(house, item_id, 1e6), Failed)
    house.hold(item_id, reason, "angehalten")
    act(house, item_id)
    assert walk(house, item_id, 1) is CHANGE


def test_an_opened_file_has_a_whole_budget(house: House) -> None:
    item_id = house.receive("zu.pdf", content=locked())
    assert isinstance(walk(house, item_id, 1e6), Failed)
    house.hold(item_id, HoldReason.ENCRYPTED, "verschlüsselt")
    open_it(house, item_id)
    assert walk(house, item_id, 1) is CHANGE


def test_a_refused_act_renews_no_budget(house: House) -> None:
    item_id = house.receive("a.pdf")
    assert isinstance(walk(house, item_id, 1e6), Failed)
    with pytest.raises(Conflict):
        retry(house, item_id)
    assert isinstance(walk(house, item_id, 0), Failed)


def test_a_supplied_file_is_allowed_what_its_own_size_is(house: House) -> None:
    item_id = house.receive("rest.pdf", content=b"%PDF-1.7 rest")
    house.hold(item_id, HoldReason.UNREADABLE, "unlesbar")
    supply(house, item_id, size=5 * 2**20)
    work = house.service.engines.settings.work
    assert walk(house, item_id, work.file_seconds + 4 * work.mib_seconds) is CHANGE
    over = walk(house, item_id, 2 * work.mib_seconds)
    assert isinstance(over, Failed) and "für 5.0 MiB" in over.text


def test_a_walk_whose_successor_walks_does_no_work(house: House) -> None:
    """As after a crash between the commit that began the successor and the end of the first."""
    item_id = house.receive("a.pdf")
    with house.database.write() as session:
        found = on_the_road.walking_object(session, item_id)
        assert found is not None
        assert on_the_road.begin_again(session, found, by=BY, at=house.clock()) == 2
    with pytest.raises(Stopped):
        the_walk(house, item_id, 1).step(Stage.CHECKED, never)
    the_walk(house, item_id, 2).step(Stage.CHECKED, lambda *_: CHANGE)
    with house.database.read() as session:
        assert items.load_item(session, item_id).stage is Stage.CHECKED


def never(engines: Engines, object_id: str) -> Change:
    raise AssertionError(f"{object_id} is worked on twice")
