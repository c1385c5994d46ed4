"""The members of a container: which are content, and whether all programs find the same ones."""

from __future__ import annotations

import re
import struct
import unicodedata
import zipfile
from typing import IO

_LOCAL = b"PK\x03\x04"
#: What may stand below META-INF beside the content (EN 319 162-1, 4.3.3 and 4.4.3; EN 319 162-2;
#: the containers of ISO 26300 and OCF). Anything else there is content that must be signed.
_ABOUT = re.compile(
    r"META-INF/(?:"
    r"[^/]*(?:signature|manifest|timestamp|evidencerecord)[^/]*"
    r"|(?:container|metadata|rights|encryption)\.xml"
    r"|[^/]+\.(?:p7s|p7m|tst|ers|crt|cer|crl|ocsp)"
    r")?",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\\]")


def is_about(name: str) -> bool:
    """Not content: the type of the container, and what is about its signatures."""
    return name == "mimetype" or (
        name.startswith("META-INF/") and _ABOUT.fullmatch(name) is not None
    )


def member_name(info: zipfile.ZipInfo) -> str:
    """A member's name in NFC; where its UTF-8 flag is missing, as UTF-8 if it is that.

    Manifests name members in UTF-8; writers leave out the flag (APPNOTE 4.4.4, bit 11), and some
    systems store names decomposed.
    """
    name = info.filename
    if not info.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            name = info.filename
    return unicodedata.normalize("NFC", name)


def ambiguity(archive: zipfile.ZipFile) -> str:
    """Why another program may take other members out of the container; empty where none may.

    A name may lead elsewhere when it is unpacked (``META-INF/../letter.pdf``), and a program that
    reads from the beginning finds members that the list at the end does not name.
    """
    for info in archive.infolist():
        if _leads_elsewhere(info):
            return f"the name of a member leads elsewhere: {info.orig_filename!r}"[:200]
    if _has_unlisted(archive):
        return "a member that the list of the container does not name"
    return ""


def _leads_elsewhere(info: zipfile.ZipInfo) -> bool:
    parts = info.filename.removesuffix("/").split("/")
    return (
        _CONTROL.search(info.orig_filename) is not None
        or any(part in ("", ".", "..") for part in parts)
        or parts[0].endswith(":")
    )


def _has_unlisted(archive: zipfile.ZipFile) -> bool:
    """Whether a local header stands outside of the members that are listed (APPNOTE 4.3.7)."""
    file = archive.fp
    assert file is not None
    end = 0
    for info in sorted(archive.infolist(), key=lambda each: each.header_offset):
        if _holds_header(file, end, info.header_offset):
            return True
        file.seek(info.header_offset)
        header = file.read(30)
        if len(header) < 30:
            return True
        name, extra = struct.unpack("<HH", header[26:30])
        end = info.header_offset + 30 + name + extra + info.compress_size
    return _holds_header(file, end, archive.start_dir)


def _holds_header(file: IO[bytes], start: int, end: int) -> bool:
    if end <= start:
        return False
    file.seek(start)
    return _LOCAL in file.read(end - start)
