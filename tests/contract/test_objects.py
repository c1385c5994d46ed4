"""What every object store promises."""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.errors import HashMismatch, MissingObject
from archive.store.objects import ObjectStore, address, nothing
from archive.store.objects_folder import FolderStore

ABSENT = "0" * 64
FUTURE = datetime.now(UTC) + timedelta(days=1)


def folder(place: Path) -> ObjectStore:
    return FolderStore(place)


@pytest.fixture(params=[folder])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    make: Callable[[Path], ObjectStore] = request.param
    return make(tmp_path / "store")


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(data=st.binary(max_size=4000))
def test_what_went_in_comes_out(store: ObjectStore, data: bytes) -> None:
    stored = store.put(io.BytesIO(data))
    assert (stored.sha256, stored.size) == (sha(data), len(data))
    with store.open(stored.sha256) as stream:
        assert stream.read() == data
    assert store.path(stored.sha256).read_bytes() == data
    assert store.size(stored.sha256) == len(data)
    assert store.has(stored.sha256)
    assert store.check(stored.sha256) == "ok"


def test_a_file_of_several_blocks(store: ObjectStore, tmp_path: Path) -> None:
    source = tmp_path / "big"
    source.write_bytes(bytes(range(256)) * 10_000)
    stored = store.put(source, expected=sha(source.read_bytes()))
    assert stored.size == 2_560_000
    assert source.exists()


def test_the_same_bytes_again_are_success(store: ObjectStore) -> None:
    first = store.put(io.BytesIO(b"x"))
    assert store.put(io.BytesIO(b"x")) == first
    assert list(store.addresses()) == [first.sha256]


def test_another_content_than_expected_is_not_stored(store: ObjectStore) -> None:
    with pytest.raises(HashMismatch):
        store.put(io.BytesIO(b"x"), expected=ABSENT)
    assert list(store.addresses()) == []


def test_what_is_not_there(store: ObjectStore) -> None:
    assert not store.has(ABSENT)
    assert store.check(ABSENT) == "missing"
    for ask in (store.path, store.open, store.size):
        with pytest.raises(MissingObject):
            ask(ABSENT)
    store.delete(ABSENT)


def test_deletion_is_for_good(store: ObjectStore) -> None:
    stored = store.put(io.BytesIO(b"x"))
    store.delete(stored.sha256)
    assert store.check(stored.sha256) == "missing"
    assert store.put(io.BytesIO(b"x")) == stored


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_only_addresses_are_asked_for(store: ObjectStore, name: str) -> None:
    with pytest.raises(ValueError, match="64 hexadecimal"):
        address(name)
    for ask in (store.path, store.open, store.size, store.has, store.check, store.delete):
        with pytest.raises(ValueError, match="64 hexadecimal"):
            ask(name)


def test_many_threads_put_the_same(store: ObjectStore) -> None:
    data = b"y" * 3_000_000
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(store.put(io.BytesIO(data)).sha256))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [sha(data)] * 4
    assert list(store.addresses()) == [sha(data)]
    assert store.check(sha(data)) == "ok"


# ------------------------------------------------------------------ several together
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(contents=st.lists(st.binary(max_size=300), max_size=12))
def test_what_went_in_together_comes_out(store: ObjectStore, contents: list[bytes]) -> None:
    with store.gathering() as group:
        stored = [group.put(io.BytesIO(data)) for data in contents]
    assert [(each.sha256, each.size) for each in stored] == [(sha(d), len(d)) for d in contents]
    assert all(store.check(each.sha256) == "ok" for each in stored)


def test_nothing_is_there_before_the_gathering_ends(store: ObjectStore) -> None:
    with store.gathering() as group:
        names = [group.put(io.BytesIO(bytes([number]))).sha256 for number in range(3)]
        assert not any(map(store.has, names))
    assert all(map(store.has, names))


def test_a_gathering_that_is_broken_off_leaves_nothing(store: ObjectStore) -> None:
    with pytest.raises(ZeroDivisionError), store.gathering() as group:
        group.put(io.BytesIO(b"x"))
        raise ZeroDivisionError
    assert list(store.addresses()) == []


class _Unreadable(io.BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        raise OSError(5, "Input/output error")


def test_one_bad_content_costs_the_others_nothing(store: ObjectStore, tmp_path: Path) -> None:
    with store.gathering() as group:
        first = group.put(io.BytesIO(b"first"))
        with pytest.raises(OSError, match="Input/output"):
            group.put(_Unreadable())
        with pytest.raises(FileNotFoundError):
            group.put(tmp_path / "absent")
        with pytest.raises(HashMismatch):
            group.put(io.BytesIO(b"x"), expected=ABSENT)
        last = group.put(io.BytesIO(b"last"), expected=sha(b"last"))
    assert sorted(store.addresses()) == sorted((first.sha256, last.sha256))


def test_no_sweep_while_something_is_gathered(store: ObjectStore) -> None:
    with store.custody():
        with store.gathering() as group:
            names = {group.put(io.BytesIO(bytes([number]))).sha256 for number in range(3)}
        assert store.sweep(nothing, older_than=FUTURE) == ()
        assert set(store.addresses()) == names
    assert set(store.sweep(nothing)) == names  # nobody referred to them


# ------------------------------------------------------------------ sweep
def test_a_sweep_takes_what_nothing_refers_to(store: ObjectStore) -> None:
    kept = store.put(io.BytesIO(b"kept")).sha256
    gone = store.put(io.BytesIO(b"gone")).sha256
    assert store.sweep(lambda asked: asked & {kept}) == (gone,)
    assert list(store.addresses()) == [kept]
    assert store.sweep(nothing) == ()  # nobody doubts what was asked about


def test_a_sweep_asks_about_what_is_new_doubted_or_old_and_nothing_else(store: ObjectStore) -> None:
    names = [store.put(io.BytesIO(bytes([number]))).sha256 for number in range(4)]
    asked: set[str] = set()

    def everything(some: frozenset[str]) -> frozenset[str]:
        asked.update(some)
        return some

    assert store.sweep(everything) == () and asked == set(names)
    asked.clear()
    store.doubt(names[:1])
    store.put(io.BytesIO(bytes([1])))
    assert store.sweep(everything) == () and asked == set(names[:2])
    asked.clear()
    assert store.sweep(everything) == () and not asked
    assert store.sweep(everything, older_than=FUTURE) == () and asked == set(names)
    store.doubt(names[:1])
    assert store.sweep(nothing) == (names[0],)


def test_what_is_promised_is_asked_about_once_and_only_of_strays(store: ObjectStore) -> None:
    kept, named, stray = (store.put(io.BytesIO(bytes([number]))).sha256 for number in range(3))
    asked: list[frozenset[str]] = []

    def promised(some: frozenset[str]) -> frozenset[str]:
        asked.append(some)
        return frozenset({named})

    assert store.sweep(lambda some: some & {kept}, promised=promised) == (stray,)
    assert asked == [frozenset({named, stray})]
    assert store.has(named)


def test_what_is_referred_to_between_the_looks_stays(store: ObjectStore) -> None:
    name = store.put(io.BytesIO(b"x")).sha256
    answers = iter([frozenset[str](), frozenset({name})])
    assert store.sweep(lambda _: next(answers)) == ()
    assert store.has(name)


def test_a_sweep_leaves_what_is_young(store: ObjectStore) -> None:
    store.put(io.BytesIO(b"young"))
    assert store.sweep(lambda asked: asked) == ()
    assert store.sweep(nothing, older_than=datetime.now(UTC) - timedelta(hours=1)) == ()


def test_what_could_not_be_removed_is_asked_about_again(store: ObjectStore) -> None:
    old = store.put(io.BytesIO(b"old")).sha256
    assert store.sweep(lambda asked: asked) == ()  # nobody doubts it any more
    with store.custody():
        assert store.sweep(nothing, older_than=FUTURE) == ()
    assert store.sweep(nothing) == (old,)


def test_no_sweep_during_custody(store: ObjectStore) -> None:
    with store.custody():
        stored = store.put(io.BytesIO(b"x"))
        with store.custody():
            assert store.sweep(nothing, older_than=FUTURE) == ()
        assert store.has(stored.sha256)
    assert store.sweep(nothing) == (stored.sha256,)
