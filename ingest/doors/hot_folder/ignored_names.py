"""Names that are no mail: what systems leave in a share, and what is not complete yet.

Compared without regard to case, since SMB keeps none. What is surely of a system is left alone in
silence. What could be someone's mail under such a name (a partial copy, a hidden file, a bin) is
left alone too, and shown when it has lain for long.
"""

from __future__ import annotations

import re
from enum import Enum, auto, unique
from fnmatch import translate
from pathlib import PurePath

_SYSTEM_FILES = (
    # Windows
    "thumbs.db", "thumbs.db:*", "ehthumbs*.db", "desktop.ini", "*:zone.identifier",
    "*:zone.identifier:$data", "~$*", "indexervolumeguid",
    # macOS
    ".ds_store", "._*", "icon\r", ".localized", ".apdisk", ".volumeicon.icns", ".com.apple.*",
    ".metadata_never_index", "*:afp_*", "*:com.apple.*",
    # what Samba, NFS and FUSE leave of a file that was deleted while it was open
    ".smbdelete*", ".nfs" + 8 * "[0-9a-f]" + "*", ".fuse_hidden*",
    # the root of a Linux file system
    "aquota.user", "aquota.group",
    # Synology, QNAP
    "*@synoeastream", "*@synoresource", ".synoindex_*",
    # offices and desktops
    ".~lock.*#", ".directory", ".hidden", ".picasa.ini", "picasa.ini",
    # synchronising programs
    ".owncloudsync.log*", ".nextcloudsync.log*", ".sync_*.db*", ".csync_journal.db*",
    ".dropbox", ".dropbox.attr", ".dropbox.device", "*.ffs_db", "*.ffs_lock",
    ".stignore", ".849c9593-d756-4e56-8d6e-42412f2a707b",
)  # fmt: skip
_SYSTEM_FOLDERS = (
    "@eadir", "@tmp", "@sharebin", "@synoresource", "@__thumb", ".@__*", ".streams",
    "#snapshot", "@gmt-*", "@recently-snapshot", ".snapshot", ".snapshots", "~snapshot", ".zfs",
    "system volume information", "dfsrprivate", "lost+found", "found.[0-9][0-9][0-9]",
    ".appledouble", ".appledb", ".appledesktop", ".fseventsd", ".spotlight-v100", "__macosx",
    ".temporaryitems", "temporary items", ".documentrevisions-v100", "thevolumesettingsfolder",
    ".thumbnails", ".xvpics", ".stfolder", ".stversions", ".sync", ".dropbox.cache",
    ".tmp.drivedownload", ".tmp.driveupload",
)  # fmt: skip
_BINS = (
    "#recycle",
    "@recycle",
    ".recycle",
    ".recycle.bin",
    "recycler",
    "recycled",
    "$recycle.bin",
    ".trash",
    ".trash-*",
    ".trashes",
    "network trash folder",
    ".wastebasket",
    ".deleted",
    # Thecus, TerraMaster; GoodSync and Allway Sync, which keep what they replaced
    "_nas_recycle_*",
    "_gsdata_",
    "_syncapp",
)
#: Bins (of Buffalo, Netgear, Zyxel and of people) whose names are words: a file may be called so.
_BINS_BY_WORD = ("trashbox", "trash", "recycle bin", "recycle", "papierkorb")
_UNFINISHED = (
    "*.part", "*.partial", "*.tmp", "*.tmp[0-9]*", "*.temp", "*.filepart", "*.crdownload",
    "*.download", "*.opdownload", "*.upload", "*.uploading", "*.incomplete", "*.aria2",
    "*.!qb", "*.!ut", "*.!sync", "*.bc!", "*.swp", "*~", "~wr[a-z][0-9]*",
    "*.sb-????????-??????", "(a document being saved by *", "*.cyberducksegment", "*.ffs_tmp",
    "*.lck", "*.lock", "*.$$$",
    # placeholders of files that lie on a server and were not fetched
    "*.nextcloud", "*.owncloud", "*.rsls", "*.rslsz",
)  # fmt: skip
_SCANS = (
    "*.pdf", "*.tif", "*.tiff", "*.jpg", "*.jpeg", "*.png", "*.gif", "*.bmp", "*.webp", "*.heic",
    "*.jp2", "*.docx", "*.xlsx", "*.pptx", "*.odt", "*.ods", "*.rtf", "*.eml", "*.p7m", "*.p7s",
    "*.asice", "*.asics", "*.xml", "*.zip",
)  # fmt: skip
#: Signs that are forbidden in names on a share, as clients and servers write them there: macOS and
#: cifs (U+F001 to U+F029), Windows and Cygwin (U+F000 and the sign), Samba's catia in two tables.
_ESCAPED: dict[int, int | str] = {
    **{0xF000 + code: code for code in range(1, 32)},
    **dict.fromkeys((0xF022, 0xF03A, 0x00F7, 0xFF1A), ":"),
    **dict.fromkeys((0xF028, 0xF029), ""),  # a space or full stop at the end
}
_ESCAPED_DOT = ":2e"  #: netatalk


@unique
class Kind(Enum):
    """What a name says."""

    MAIL = auto()
    LITTER = auto()  #: of a system; nobody's mail
    UNFINISHED = auto()  #: a copy under way, or one that was given up
    BIN = auto()  #: a folder for what people deleted
    HIDDEN = auto()  #: begins with a dot and is nothing that we know


def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(translate(pattern) for pattern in patterns), re.DOTALL)


_SYSTEM_FILE, _SYSTEM_FOLDER, _BIN, _BIN_BY_WORD, _PARTIAL, _SCAN = map(
    _any_of, (_SYSTEM_FILES, _SYSTEM_FOLDERS, _BINS, _BINS_BY_WORD, _UNFINISHED, _SCANS)
)


def kind_of(name: str, *, folder: bool) -> Kind:
    """What the name of a file or folder says of it.

    A folder with the name of a system's file (or the other way round) may be anybody's, so it
    counts as hidden.
    """
    small = _as_meant(name)
    if (_SYSTEM_FOLDER if folder else _SYSTEM_FILE).match(small):
        return Kind.LITTER
    if folder and (_BIN.match(small) or _BIN_BY_WORD.match(small)):
        return Kind.BIN
    if _PARTIAL.match(small):
        return Kind.UNFINISHED
    odd = (_SYSTEM_FILE if folder else _SYSTEM_FOLDER).match(small)
    if odd or _BIN.match(small) or small.startswith("."):
        return Kind.HIDDEN
    return Kind.MAIL


def _as_meant(name: str) -> str:
    """In small letters, and without the escapes that a share's clients or server put into names."""
    small = name.translate(_ESCAPED).lower()
    return "." + small.removeprefix(_ESCAPED_DOT) if small.startswith(_ESCAPED_DOT) else small


def is_litter(path: PurePath) -> bool:
    """Whether a file, by its path below a folder that somebody names, is of a system or a bin.

    A bin whose name is a word counts as no bin: what is passed over here is not shown to anybody.
    """
    *folders, name = path.parts
    return kind_of(name, folder=False) is Kind.LITTER or any(
        kind_of(each, folder=True) is Kind.LITTER or _BIN.match(_as_meant(each)) for each in folders
    )


def could_be_mail(name: str) -> bool:
    """Whether a file of this name, found in a folder that is not read, may be a scan or letter."""
    small = _as_meant(name)
    return not small.startswith("._") and _SCAN.match(small) is not None
