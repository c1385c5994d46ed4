"""Isolated children: what comes back, what does not, and that a bad job costs itself alone."""

from __future__ import annotations

import os
import pickle
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.errors import (
    ChildDeath,
    HoldReason,
    InputError,
    LimitReached,
    StoodStill,
    Unavailable,
)
from config.isolation import ChildFailed, Workshop
from tests.child_jobs import job

HERE = "tests.unit.config.jobs"


@pytest.fixture
def workshop() -> Iterator[Workshop]:
    with Workshop(size=1, memory=512 * 2**20) as pool:
        yield pool


def test_gives_back_the_result_and_keeps_the_child(workshop: Workshop) -> None:
    first = workshop.run(job(f"{HERE}:pid"), seconds=20, subject="a")
    assert first != os.getpid()
    assert workshop.run(job(f"{HERE}:pid"), seconds=20, subject="a") == first


def test_our_errors_come_back_as_they_are(workshop: Workshop) -> None:
    with pytest.raises(InputError) as caught:
        workshop.run(job(f"{HERE}:refuse", "Datei ist leer"), seconds=20, subject="a")
    assert caught.value.reason is HoldReason.EMPTY
    assert str(caught.value) == "Datei ist leer"


def test_a_foreign_error_names_its_class_and_the_subject(workshop: Workshop) -> None:
    with pytest.raises(ChildFailed, match=r"brief\.pdf: KeyError: 'Pages'"):
        workshop.run(job(f"{HERE}:key_error"), seconds=20, subject="brief.pdf")


def test_a_full_disk_is_no_fault_of_the_file(workshop: Workshop) -> None:
    with pytest.raises(Unavailable, match="die Platte ist voll"):
        workshop.run(job(f"{HERE}:full_disk"), seconds=20, subject="a")


@pytest.mark.parametrize(
    ("name", "words"), [("crash", "died"), ("compute_for_ever", "Rechenzeit"), ("swell", "MiB")]
)
def test_a_death_costs_one_job(workshop: Workshop, name: str, words: str) -> None:
    with pytest.raises(ChildDeath, match=rf"x\.pdf.*{words}") as caught:
        workshop.run(job(f"{HERE}:{name}"), seconds=20 if name == "swell" else 1, subject="x.pdf")
    assert isinstance(caught.value, LimitReached) is (name != "crash")
    assert workshop.run(job(f"{HERE}:add", 2, 3), seconds=20, subject="y") == 5


def test_what_a_child_starts_computes_on_its_account(workshop: Workshop) -> None:
    with pytest.raises(LimitReached, match="Rechenzeit"):
        workshop.run(job(f"{HERE}:start_and_compute_for_ever"), seconds=1, subject="x.pdf")


def test_waiting_is_no_computing(workshop: Workshop) -> None:
    workshop.run(job(f"{HERE}:nap", 1.5), seconds=1.0, subject="x.pdf")


def test_other_busy_processes_end_nobodys_work(workshop: Workshop) -> None:
    """The job gets a small share of the machine, and has all the computing time it was given."""
    workshop.run(job(f"{HERE}:add", 1, 1), seconds=20, subject="warm")
    busy = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"])
        for _ in range(4 * (os.cpu_count() or 1))
    ]
    try:
        found = workshop.run(job(f"{HERE}:compute", 10**7), seconds=2.0, subject="x.pdf")
    finally:
        for process in busy:
            process.kill()
            process.wait()
    assert found == sum(range(10**7))


def test_a_job_that_stands_still_is_given_up() -> None:
    with (
        Workshop(size=1, idle_seconds=1.0) as workshop,
        pytest.raises(ChildDeath, match=r"x\.pdf.*ohne Fortschritt") as caught,
    ):
        workshop.run(job(f"{HERE}:hang"), seconds=20, subject="x.pdf")
    assert isinstance(caught.value, StoodStill)
    assert not isinstance(caught.value, LimitReached)


def test_what_earlier_jobs_left_behind_is_no_fault_of_the_file(workshop: Workshop) -> None:
    for _ in range(4):
        workshop.run(job(f"{HERE}:keep"), seconds=20, subject="x.pdf")


def test_what_a_child_started_dies_with_it(tmp_path: Path) -> None:
    with Workshop(size=1, idle_seconds=1.0) as workshop, pytest.raises(ChildDeath):
        workshop.run(job(f"{HERE}:start_and_hang", tmp_path / "pid"), seconds=20, subject="x")
    grandchild = int((tmp_path / "pid").read_text())
    assert not _runs(grandchild)


def test_a_child_cannot_make_the_parent_call_things(workshop: Workshop) -> None:
    with pytest.raises(ChildDeath, match="refused"):
        workshop.run(job(f"{HERE}:treacherous"), seconds=20, subject="x")


def test_a_member_of_an_enumeration_comes_back_however_it_is_pickled(workshop: Workshop) -> None:
    member = workshop.run(job(f"{HERE}:member_by_name"), seconds=20, subject="x")
    assert member is HoldReason.EMPTY
    with pytest.raises(ChildDeath, match="refused"):
        workshop.run(job(f"{HERE}:attribute_by_name"), seconds=20, subject="x")


def test_mailroom_goes_first(workshop: Workshop) -> None:
    workshop.run(job(f"{HERE}:add", 1, 1), seconds=20, subject="warm")
    order: list[str] = []

    def one(name: str, priority: int) -> None:
        workshop.run(job(f"{HERE}:nap", 0.3), seconds=20, subject=name, priority=priority)
        order.append(name)

    threads = []
    for name, priority in [("running", 1), ("legacy", 1), ("mailroom", 0)]:
        threads.append(threading.Thread(target=one, args=(name, priority)))
        threads[-1].start()
        time.sleep(0.1)
    for thread in threads:
        thread.join()
    assert order == ["running", "mailroom", "legacy"]


def test_children_die_with_a_killed_parent() -> None:
    program = (
        "import sys, time; from config.isolation import Workshop; from config.jobs import Job;"
        "w = Workshop(size=1);"
        f"print(w.run(Job('{HERE}:pid', ()), seconds=20, subject='a'), flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    for _ in range(100):
        if not _runs(child):
            return
        time.sleep(0.05)
    pytest.fail("the child outlived its parent")


def _runs(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0]
    except FileNotFoundError:
        return False


def test_errors_survive_pickling() -> None:
    error = InputError(HoldReason.ENCRYPTED, "Kennwort fehlt")
    assert str(pickle.loads(pickle.dumps(error))) == "Kennwort fehlt"


def test_children_work_when_many_files_are_open(workshop: Workshop) -> None:
    """Above descriptor 1023, where select ends."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limits[1] < 2048:
        pytest.skip(f"the system gives {limits[1]} descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (2048, limits[1]))
    many: list[int] = []
    try:
        while not many or many[-1] < 1100:
            many.append(os.open(os.devnull, os.O_RDONLY))
        assert workshop.run(job("tests.unit.config.jobs:add", 1, 2), seconds=20, subject="a") == 3
    finally:
        for descriptor in many:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
