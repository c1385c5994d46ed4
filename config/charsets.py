"""Bytes as text: by the declared character set as mail programs and browsers take it, else by what
the bytes are. Offices declare one set and write another; no letter may be lost for it."""

from __future__ import annotations

import codecs
import re

#: What is written under these names is the larger set that holds them (WHATWG Encoding, 4.2).
_LARGER = {
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
}
#: Python's own codecs for text that are no character sets: they would turn a text into another.
_NO_SETS = frozenset(
    ["unicode-escape", "raw-unicode-escape", "punycode", "idna", "undefined", "mbcs", "oem"]
)
_UTF8_RUNS = re.compile(
    rb"(?:[\x00-\x7f]+|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]"
    rb"|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}"
    rb"|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})+"
)
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
_WIDEST_MARKS = (b"\xff\xfe\0\0", b"\0\0\xfe\xff")


def as_text(data: bytes, *declared: str | None) -> str:
    """By its mark, then by the first declared set that fits, then UTF-8; bytes that are not UTF-8
    are Windows-1252 (the usual 8 bit of offices), each by itself, since a footer in another set or
    a letter that was cut off must not spoil the rest. Never raises."""
    if data[:4] in _WIDEST_MARKS:
        return data.decode("utf-32", "replace")
    if data[:2] in _WIDE_MARKS and b"\0" in data[2:400]:
        return data.decode("utf-16", "replace")
    names = [name for name in map(_codec, declared) if name is not None]
    if data.startswith(codecs.BOM_UTF8):
        names.insert(0, "utf-8")
    for name in names:
        try:
            return data.decode(name)
        except ValueError:
            continue
    others = [name for name in names if name not in ("ascii", "utf-8")]
    if others and _UTF8_RUNS.fullmatch(data) is None:
        return data.decode(others[0], "replace")
    return _by_runs(data)


def _codec(declared: str | None) -> str | None:
    name = (declared or "").strip("'\" \t")
    return _known(name) or (_known(name[2:]) if name[:2].lower() == "x-" else None)


def _known(name: str) -> str | None:
    """Python's name of a set; many were in use with x- before they were registered."""
    try:
        found = codecs.lookup(name)
        if not getattr(found, "_is_text_encoding", True) or found.name in _NO_SETS:
            return None
        b"".decode(found.name)
    except (LookupError, ValueError):
        return None
    return _LARGER.get(found.name, found.name)


def _by_runs(data: bytes) -> str:
    pieces, at = [], 0
    for run in _UTF8_RUNS.finditer(data):
        pieces += [data[at : run.start()].decode("cp1252", "replace"), run.group().decode()]
        at = run.end()
    return "".join((*pieces, data[at:].decode("cp1252", "replace")))
