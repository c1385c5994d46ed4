"""The members of a container: which are content, and whether all programs find the same ones."""

from __future__ import annotations

import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO

from config.zip_names import UTF8, member_name

_LOCAL = b"PK\x03\x04"
_DESCRIPTOR = b"PK\x07\x08"
_BEHIND = 0x8  #: flag bit 3: sizes and CRC stand behind the data (APPNOTE 4.4.4)
_IN_ZIP64 = 0xFFFFFFFF
_ZIP64 = 0x0001  #: extra fields: sizes of 64 bits, a name in UTF-8
_UNICODE_PATH = 0x7075
_BLANK = b"\0\t\n\r "
_PIECE = 1 << 20  #: bytes that are read or inflated at once
#: What may stand below META-INF beside the content (EN 319 162-1, 4.3.3 and 4.4.3; EN 319 162-2;
#: the containers of ISO 26300 and OCF). Anything else there is content that must be signed.
_ABOUT = re.compile(
    r"META-INF/(?:"
    r"[^/]*(?:signature|manifest|timestamp|evidencerecord)[^/]*\.xml"
    r"|MANIFEST\.MF"
    r"|(?:container|metadata|rights|encryption)\.xml"
    r"|[^/]+\.(?:p7s|p7m|tst|ers|crt|cer|crl|ocsp)"
    r")?",
    re.IGNORECASE | re.ASCII,
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\\]")


def is_about(name: str) -> bool:
    """Not content: the type of the container, and what is about its signatures."""
    return name == "mimetype" or (
        name.startswith("META-INF/") and _ABOUT.fullmatch(name) is not None
    )


def ambiguity(archive: zipfile.ZipFile) -> str:
    """Why another program may take other members out of the container; empty where none may.

    A name may lead elsewhere when it is unpacked (``META-INF/../letter.pdf``), and a program that
    reads from the beginning finds members that the list at the end does not name.
    """
    for info in archive.infolist():
        if _leads_elsewhere(info):
            return f"the name of a member leads elsewhere: {info.orig_filename!r}"[:200]
        if _is_no_file(info):
            return f"a member that is no file or no folder: {info.orig_filename!r}"[:200]
        if _other_name(info, info.extra):
            return f"a member with two names: {info.orig_filename!r}"[:200]
    if _has_unlisted(archive):
        return "a member that the list of the container does not name"
    assert archive.fp is not None
    if _goes_on(archive.fp, archive.start_dir):
        return "other bytes behind the end of the container"
    for info in archive.infolist():
        if _differs(archive.fp, info):
            return f"a member that ends elsewhere than listed: {info.orig_filename!r}"[:200]
    return ""


def _leads_elsewhere(info: zipfile.ZipInfo) -> bool:
    parts = info.filename.removesuffix("/").split("/")
    return (
        _CONTROL.search(info.orig_filename) is not None
        or any(part in ("", ".", "..") for part in parts)
        or parts[0].endswith(":")
    )


def _is_no_file(info: zipfile.ZipInfo) -> bool:
    """A link, a device, or a folder with content: what is unpacked is not what was signed."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return True
    return info.is_dir() and info.file_size > 0


def _listed_name(info: zipfile.ZipInfo) -> bytes:
    return info.orig_filename.encode("utf-8" if info.flag_bits & UTF8 else "cp437", "replace")


def _other_name(info: zipfile.ZipInfo, extra: bytes) -> bool:
    """Whether a further name in UTF-8, which many programs prefer, is another one (APPNOTE 4.6.9)."""
    return any(
        kind == _UNICODE_PATH
        and unicodedata.normalize("NFC", value[5:].decode("utf-8", "replace")) != member_name(info)
        for kind, value in _extra_fields(extra)
    )


def _extra_fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and value of each extra field (APPNOTE 4.5.1)."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        yield kind, extra[at + 4 : at + 4 + length]
        at += 4 + length


def _goes_on(file: IO[bytes], at: int) -> bool:
    """Whether anything but white space stands behind the last record of the container.

    ``at``: where its list begins; the records after it tell their own lengths (APPNOTE 4.3.12 to
    4.3.16).
    """
    file.seek(at)
    rest = file.read()
    place = 0
    while (kind := rest[place : place + 4]) in _RECORDS:
        try:
            place += _RECORDS[kind](rest[place:])
        except struct.error:
            return True
        if kind == _END:
            break
    return bool(rest[place:].strip(_BLANK))


def _listed_length(record: bytes) -> int:
    return 46 + int(sum(struct.unpack_from("<3H", record, 28)))


def _wide_end_length(record: bytes) -> int:
    return 12 + int(struct.unpack_from("<Q", record, 4)[0])


def _end_length(record: bytes) -> int:
    return 22 + int(struct.unpack_from("<H", record, 20)[0])


_END = b"PK\x05\x06"
_RECORDS: dict[bytes, Callable[[bytes], int]] = {
    b"PK\x01\x02": _listed_length,
    b"PK\x05\x05": lambda record: 6 + int(struct.unpack_from("<H", record, 4)[0]),
    b"PK\x06\x06": _wide_end_length,
    b"PK\x06\x07": lambda record: 20,
    _END: _end_length,
}


def _has_unlisted(archive: zipfile.ZipFile) -> bool:
    """Whether a local header stands outside of the members that are listed (APPNOTE 4.3.7)."""
    file = archive.fp
    assert file is not None
    end = 0
    for info in sorted(archive.infolist(), key=lambda each: each.header_offset):
        if info.header_offset < end or _holds_header(file, end, info.header_offset):
            return True
        file.seek(info.header_offset)
        header = file.read(30)
        if len(header) < 30:
            return True
        name, extra = struct.unpack("<HH", header[26:30])
        end = info.header_offset + 30 + name + extra + info.compress_size
    return _holds_header(file, end, archive.start_dir)


def _differs(file: IO[bytes], info: zipfile.ZipInfo) -> bool:
    """Whether a program that reads from the beginning takes other bytes for this member.

    It goes by the local header (APPNOTE 4.3.7) and by where the packed data ends, and looks for
    the next member there; the list at the end of the container is not asked.
    """
    file.seek(info.header_offset)
    header = file.read(30)
    if len(header) < 30 or not header.startswith(_LOCAL):
        return True
    flags, method, crc, packed, size, name, extra = struct.unpack("<6x2H4x3L2H", header)
    local = file.read(name)
    more = file.read(extra)
    if local != _listed_name(info) or _other_name(info, more) or method != info.compress_type:
        return True
    unset = (0,) if flags & _BEHIND else ()
    sizes = (info.compress_size, info.file_size)
    if crc not in (info.CRC, *unset) or any(
        told not in (listed, *unset)
        for pair in _sizes(packed, size, more)
        for told, listed in zip(pair, sizes, strict=True)
    ):
        return True
    if method == zipfile.ZIP_STORED:
        if info.compress_size != info.file_size:
            return True
        return bool(flags & _BEHIND) and _may_end_early(file, info.compress_size)
    return method != zipfile.ZIP_DEFLATED or not _inflates_to_its_end(file, info)


def _sizes(packed: int, size: int, extra: bytes) -> Iterator[tuple[int, int]]:
    """The packed and the plain sizes that a local header tells, also by zip64 (APPNOTE 4.5.3).

    Sizes of 64 bits count where those of 32 bits are set to their highest value; some programs
    write them beside good ones of 32 bits too, and some read them there.
    """
    wide = next((value for kind, value in _extra_fields(extra) if kind == _ZIP64), b"")
    if _IN_ZIP64 not in (packed, size):
        yield packed, size
        if len(wide) >= 16:
            plain, narrow = struct.unpack_from("<2Q", wide)
            yield narrow, plain
        return
    if size == _IN_ZIP64 and len(wide) >= 8:
        size, wide = int.from_bytes(wide[:8], "little"), wide[8:]
    if packed == _IN_ZIP64 and len(wide) >= 8:
        packed = int.from_bytes(wide[:8], "little")
    yield packed, size


def _pieces(file: IO[bytes], size: int) -> Iterator[bytes]:
    while size > 0 and (piece := file.read(min(_PIECE, size))):
        size -= len(piece)
        yield piece


def _may_end_early(file: IO[bytes], size: int) -> bool:
    """Whether stored data holds what looks like the sizes behind it (APPNOTE 4.3.9): where only
    those tell the end, a reader from the beginning stops at the first that fit."""
    before, kept = 0, b""
    for piece in _pieces(file, size):
        data = kept + piece
        at = data.find(_DESCRIPTOR)
        while at >= 0:
            told = data[at + 8 : at + 12]
            if len(told) == 4 and int.from_bytes(told, "little") == (before + at) % 2**32:
                return True
            at = data.find(_DESCRIPTOR, at + 1)
        kept = data[-11:]
        before += len(data) - len(kept)
    return False


def _inflates_to_its_end(file: IO[bytes], info: zipfile.ZipInfo) -> bool:
    """Whether the deflated data ends with the member's last byte and gives its size.

    Raises:
        zlib.error: it is not deflated data.
    """
    inflater, given, read = zlib.decompressobj(-15), 0, 0
    for piece in _pieces(file, info.compress_size):
        read += len(piece)
        while not inflater.eof:
            plain = inflater.decompress(piece, _PIECE)
            given, piece = given + len(plain), inflater.unconsumed_tail
            if given > info.file_size:
                return False
            if not plain and not piece:
                break
        if inflater.eof:
            break
    whole = inflater.eof and not inflater.unused_data and read == info.compress_size
    return whole and given == info.file_size


def _holds_header(file: IO[bytes], start: int, end: int) -> bool:
    if end <= start:
        return False
    file.seek(start)
    return _LOCAL in file.read(end - start)
