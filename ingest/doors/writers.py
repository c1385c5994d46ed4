"""Whether somebody still has a file open for writing, as far as the kernel tells us."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto, unique
from pathlib import Path

PROC = Path("/proc")
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


def writers_of(descriptor: int, where: FileSystem) -> Writers:
    """Who may still write into an open file.

    A read lease is granted only where nobody has the file open for writing or mapped so. It needs
    the file's owner (or CAP_LEASE). On SMB and NFS mounts it speaks for this machine alone, and is
    refused for want of an oplock or a delegation, so there it says nothing.
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
    return Writers.SOME if _seen_writing(os.fstat(descriptor)) else Writers.UNKNOWN


def _seen_writing(found: os.stat_result) -> bool:
    """Whether a process that we may look into has it open for writing.

    No sign of one proves nothing: other users' processes, containers and clients are not seen.
    """
    for process in PROC.iterdir():
        if not process.name.isdigit():
            continue
        with suppress(OSError):  # it ended, or is another user's
            for handle in (process / "fd").iterdir():
                with suppress(OSError):
                    if os.path.samestat(handle.stat(), found) and _writes(process, handle.name):
                        return True
    return False


def _writes(process: Path, handle: str) -> bool:
    lines = (process / "fdinfo" / handle).read_text(encoding="ascii").splitlines()
    flags = next((line.split()[1] for line in lines if line.startswith("flags:")), "0")
    return int(flags, 8) & os.O_ACCMODE != os.O_RDONLY
