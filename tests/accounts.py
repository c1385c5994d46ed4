"""Accounts beside our own, and our own without some of root's powers. Only root can have them."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

NOBODY = 65_534
CAP_SYS_PTRACE, CAP_LEASE = 19, 28  #: capabilities(7)


class OtherAccount:
    """A process of another account; it does what it is told, and keeps its handles open.

    It stands in ``folder``, which it need not be able to reach by its path.
    """

    def __init__(self, uid: int = NOBODY, folder: Path | None = None) -> None:
        context = multiprocessing.get_context("fork")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(theirs, self._pipe, uid, folder or Path.cwd()), daemon=True
        )
        self._process.start()
        theirs.close()

    def do(self, name: str, *words: Any) -> Any:
        """One of ``open NAME PATH [MODE]``, ``write NAME BYTES``, ``close NAME``, ``shut``, or a
        function of ``os``. Raises what it raised."""
        self._pipe.send((name, words))
        answer = self._pipe.recv()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def end(self) -> None:
        self._pipe.close()
        self._process.join(10)


def _serve(pipe: Connection, other_end: Connection, uid: int, folder: Path) -> None:
    other_end.close()  # else its closing would never be seen here
    os.chdir(folder)
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    os.umask(0)
    files: dict[str, Any] = {}
    while True:
        try:
            name, words = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            pipe.send(_answer(files, name, words))
        except OSError as error:
            pipe.send(OSError(error.errno, error.strerror))


def _answer(files: dict[str, Any], name: str, words: tuple[Any, ...]) -> Any:
    if name == "open":
        key, path, *mode = words
        files[key] = open(path, mode[0] if mode else "wb", buffering=0)  # noqa: PTH123, SIM115
        return None
    if name == "write":
        files[words[0]].write(words[1])
        return os.fstat(files[words[0]].fileno()).st_nlink
    if name == "close":
        files.pop(words[0]).close()
        return None
    return getattr(os, name)(*words)


@contextmanager
def other_account(uid: int = NOBODY, folder: Path | None = None) -> Iterator[OtherAccount]:
    account = OtherAccount(uid, folder)
    try:
        yield account
    finally:
        account.end()


@contextmanager
def without(*capabilities: int) -> Iterator[None]:
    """This thread without some of root's powers, as a service of its own account is."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this thread
    data = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; then their upper halves
    assert libc.capget(header, data) == 0
    before = data[0]
    data[0] = before & ~sum(1 << capability for capability in capabilities)
    assert libc.capset(header, data) == 0, os.strerror(ctypes.get_errno())
    try:
        yield
    finally:
        data[0] = before
        assert libc.capset(header, data) == 0


def for_good_without() -> None:
    """In a child before it runs a program: leases tell of its own files alone, as with a service
    of its own account."""
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in (CAP_SYS_PTRACE, CAP_LEASE):
        libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


@contextmanager
def slow_writer(folder: Path, name: str, content: bytes, *, pause: float = 0.3) -> Iterator[None]:
    """Another account writes ``name`` bit by bit by one handle, and ends when this block does."""
    finish = threading.Event()

    def write() -> None:
        bit = 64
        account.do("open", "slow", name)
        for start in range(0, len(content), bit):
            account.do("write", "slow", content[start : start + bit])
            finish.wait(pause)
        account.do("close", "slow")

    with other_account(folder=folder) as account:
        thread = threading.Thread(target=write)
        thread.start()
        try:
            yield
        finally:
            finish.set()
            thread.join()
