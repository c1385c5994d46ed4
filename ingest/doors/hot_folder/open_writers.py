"""Whether somebody still has a file open for writing, as far as the kernel tells us."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto, unique
from pathlib import Path

PROC = Path("/proc")
AGE = 0.25  #: seconds for which the open files of other processes are not looked at again
BLOCK_DEVICE = "block device"  #: in place of the kind, where only this much can be told
#: Where all writers go through this kernel, so that a lease tells of every one of them.
_LOCAL = frozenset(
    (
        BLOCK_DEVICE,
        "ext2",
        "ext3",
        "ext4",
        "xfs",
        "btrfs",
        "tmpfs",
        "f2fs",
        "jfs",
        "zfs",
        "bcachefs",
        "overlay",
    )
)


@unique
class Writers(Enum):
    """The answer to "does anybody have it open for writing?"."""

    NONE = auto()
    SOME = auto()
    UNKNOWN = auto()  #: another user's file, or a file system where others write elsewhere


@dataclass(frozen=True, slots=True)
class FileSystem:
    """Where an open folder lies."""

    mount: int  #: the kernel's number of the mount; a rename never leaves it
    device: int
    kind: str  #: such as "ext4", "nfs4", "cifs"; empty where it cannot be told

    @property
    def is_local(self) -> bool:
        return self.kind in _LOCAL


def file_system(descriptor: int) -> FileSystem:
    """The file system of an open folder or file."""
    mount = -1
    with suppress(OSError, ValueError, IndexError):
        text = (PROC / "self" / "fdinfo" / str(descriptor)).read_text(encoding="ascii")
        mount = int(text.split("mnt_id:")[1].split()[0])
    kind = ""
    with suppress(OSError):
        lines = (PROC / "self" / "mountinfo").read_text(errors="surrogateescape").splitlines()
        found = [line for line in lines if line.split(" ", 1)[0] == str(mount)]
        if found:
            kind = found[0].partition(" - ")[2].split(" ")[0]
    device = os.fstat(descriptor).st_dev
    if not kind and os.major(device):
        kind = BLOCK_DEVICE  # not among our mounts (after chroot), and on no network
    return FileSystem(mount, device, kind)


class OpenFiles:
    """Which files the processes that we may look into have open for writing, as of a moment.

    No sign of one proves nothing: other users' processes, containers and clients are not seen.
    """

    def __init__(self) -> None:
        self._written: frozenset[tuple[int, int]] | None = None
        self._looked = 0.0

    def forget(self) -> None:
        """What was seen so far does not count any more."""
        self._written = None

    def has_writer(self, found: os.stat_result, moment: float) -> bool:
        """Whether one of them writes, by what was seen at most ``AGE`` before ``moment`` (seconds)."""
        if self._written is None or moment - self._looked > AGE:
            self._written, self._looked = frozenset(_written()), moment
        return (found.st_dev, found.st_ino) in self._written


def writers_of(descriptor: int, where: FileSystem, open_files: OpenFiles, moment: float) -> Writers:
    """Who may still write into an open file.

    A read lease is granted only where nobody has the file open for writing or mapped so. It needs
    the file's owner (or CAP_LEASE). On SMB and NFS mounts it speaks for this machine alone, and is
    refused for want of an oplock or a delegation, so there it says nothing, and the open files of
    other processes are looked at.
    """
    if where.is_local:
        try:
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        except BlockingIOError:
            return Writers.SOME
        except OSError:
            pass
        else:
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
            return Writers.NONE
    written = open_files.has_writer(os.fstat(descriptor), moment)
    return Writers.SOME if written else Writers.UNKNOWN


def _written() -> Iterator[tuple[int, int]]:
    """Device and inode of every file that somebody whom we see has open for writing."""
    for process in PROC.iterdir():
        if not process.name.isdigit():
            continue
        with suppress(OSError):  # it ended, or is another user's
            for handle in (process / "fd").iterdir():
                with suppress(OSError):
                    found = handle.stat()
                    if stat.S_ISREG(found.st_mode) and _writes(process, handle.name):
                        yield found.st_dev, found.st_ino


def _writes(process: Path, handle: str) -> bool:
    lines = (process / "fdinfo" / handle).read_text(encoding="ascii").splitlines()
    flags = next((line.split()[1] for line in lines if line.startswith("flags:")), "0")
    return int(flags, 8) & os.O_ACCMODE != os.O_RDONLY
