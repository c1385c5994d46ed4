"""A container shows the same members to a program that reads from its beginning as to us."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from signing.formats.containers.asic_members import ambiguity, is_about
from signing.report.interface import Conclusion
from tests.unit.signing.test_containers import LETTER, look, packed, signed_container

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class _Unseekable(io.RawIOBase):
    """A stream, to which Python's zipfile writes sizes behind the data."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.data += data
        return len(data)


def _local(name: bytes, data: bytes) -> bytes:
    sizes = (zlib.crc32(data), len(data), len(data), len(name), 0)
    return struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 0, 0, 0x21, *sizes) + name + data


def _zip(members: dict[str, bytes], method: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def _hidden_behind(data: bytes, victim: str, hidden: bytes) -> bytes:
    """``hidden`` behind the bytes of a member, which the list at the end makes longer by it."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        infos, start = archive.infolist(), archive.start_dir
    at = [info.filename for info in infos].index(victim)
    end = infos[at + 1].header_offset if at + 1 < len(infos) else start
    new = bytearray(data[:end] + hidden + data[end:])
    place = start + len(hidden)
    end_record = new.find(b"PK\x05\x06", place)
    for number, info in enumerate(infos):
        name, extra, comment = struct.unpack_from("<3H", new, place + 28)
        if number == at:
            struct.pack_into("<L", new, place + 20, info.compress_size + len(hidden))
        if number > at:
            struct.pack_into("<L", new, place + 42, info.header_offset + len(hidden))
        place += 46 + name + extra + comment
    struct.pack_into("<L", new, end_record + 16, start + len(hidden))
    return bytes(new)


@pytest.mark.parametrize("method", METHODS)
def test_a_member_hidden_in_the_listed_length_of_another_is_seen(
    method: int, tmp_path: Path
) -> None:
    container = _zip(signed_container({"brief.txt": LETTER}), method)
    assert look(tmp_path, "a.asice", container).conclusion is Conclusion.INTACT
    attacked = _hidden_behind(container, "brief.txt", _local(b"Bescheid.txt", b"nie signiert"))
    assert look(tmp_path, "a.asice", attacked).conclusion is Conclusion.INDETERMINATE


@pytest.mark.parametrize("behind", [False, True])
def test_a_local_header_shorter_than_the_list_is_seen(behind: bool, tmp_path: Path) -> None:
    shown = b"KURZ: Antrag abgelehnt"
    data = bytearray(
        packed(signed_container({"brief.txt": shown + _local(b"geheim.txt", b"ANDERES")}))
    )
    assert look(tmp_path, "a.asice", bytes(data)).conclusion is Conclusion.INTACT
    at = data.find(b"brief.txt") - 30
    struct.pack_into("<3L", data, at + 14, zlib.crc32(shown), len(shown), len(shown))
    if behind:
        data[at + 6] |= 8
    assert look(tmp_path, "a.asice", bytes(data)).conclusion is Conclusion.INDETERMINATE


def test_sizes_behind_stored_data_that_fit_too_early_are_seen(tmp_path: Path) -> None:
    shown = b"Antrag abgelehnt"
    early = struct.pack("<4s3L", b"PK\x07\x08", zlib.crc32(shown), len(shown), len(shown))
    stream = _Unseekable()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in signed_container(
            {"brief.txt": shown + early + _local(b"geheim.txt", b"ANDERES")}
        ).items():
            archive.writestr(name, data)
    found = look(tmp_path, "a.asice", bytes(stream.data))
    assert found.conclusion is Conclusion.INDETERMINATE


@pytest.mark.parametrize(
    ("offset", "value"),
    [(0, 0), (8, 8), (14, 1), (18, 1), (22, 1)],
    ids=["signature", "method", "crc", "packed", "size"],
)
def test_each_field_of_the_local_header_must_be_that_of_the_list(offset: int, value: int) -> None:
    data = bytearray(packed({"a.txt": LETTER, "b.txt": LETTER}))
    data[offset] ^= value or 0xFF
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert ambiguity(archive)


@pytest.mark.parametrize("told", [0, 1])
@pytest.mark.parametrize("narrow", [len(LETTER), 0xFFFFFFFF])
def test_the_wide_sizes_of_a_local_header_must_be_those_of_the_list(narrow: int, told: int) -> None:
    """Beside good sizes of 32 bits too: Python before 3.11.4 writes both."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, archive.open("a", "w", force_zip64=True) as file:
        file.write(LETTER)
    data = bytearray(out.getvalue())
    data[18:26] = struct.pack("<2L", narrow, narrow)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert ambiguity(archive) == ""
    data[30 + 1 + 4 + 8 * told] ^= 1
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert ambiguity(archive)


def test_members_that_lie_in_one_another_are_seen() -> None:
    inner = _local(b"b", b"innen")
    data = bytearray(packed({"a": inner, "b": b"innen"}))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert ambiguity(archive) == ""
        archive.infolist()[1].header_offset = 31
        assert ambiguity(archive)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("wide", [False, True])
def test_what_is_written_to_a_stream_is_good(method: int, wide: bool, tmp_path: Path) -> None:
    stream = _Unseekable()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in signed_container({"brief.txt": LETTER * 9, "leer.txt": b""}).items():
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            with archive.open(info, "w", force_zip64=wide) as file:
                file.write(data)
    assert look(tmp_path, "a.asice", bytes(stream.data)).conclusion is Conclusion.INTACT


@pytest.mark.parametrize("size", [0, 1, *range(2**20 - 2, 2**20 + 3), 2**20 + 258, 2**21])
def test_large_members_are_followed_to_their_end(size: int) -> None:
    for some in (b"\0", b"abcdefgh" * 40):
        with zipfile.ZipFile(
            io.BytesIO(_zip({"a": (some * (size // len(some) + 1))[:size]}, 8))
        ) as archive:
            assert ambiguity(archive) == ""


def test_no_container_of_the_corpus_is_ambiguous(shared_data: Path) -> None:
    places = sorted(shared_data.rglob("*.asic[es]"))
    assert places
    for place in places:
        with zipfile.ZipFile(place) as archive:
            assert ambiguity(archive) == "", place.name


@pytest.mark.parametrize(
    "name",
    [
        "META-INF/Bescheid-manifest.pdf",
        "META-INF/signature.exe",
        "META-INF/Timestamp-Rechnung.html",
        "META-INF/evidencerecord Bescheid.docx",
        "META-INF/signature",
        "META-INF/manifest.xml.pdf",
        "META-INF/x/MANIFEST.MF",
        "META-INF/\u017fignature.xml",
    ],
)
def test_a_document_below_meta_inf_is_content(name: str, tmp_path: Path) -> None:
    assert not is_about(name)
    container = {**signed_container({"brief.txt": LETTER}), name: b"%PDF-1.4"}
    assert look(tmp_path, "a.asice", packed(container)).conclusion is not Conclusion.INTACT


@pytest.mark.parametrize(
    "name",
    [
        "META-INF/",
        "META-INF/manifest.xml",
        "META-INF/MANIFEST.MF",
        "META-INF/ASiCManifest1.xml",
        "META-INF/ASiCArchiveManifest.xml",
        "META-INF/signatures001.xml",
        "META-INF/signature.p7s",
        "META-INF/timestamp.tst",
        "META-INF/evidencerecord.ers",
        "META-INF/evidencerecord.xml",
        "META-INF/container.xml",
    ],
)
def test_what_is_about_the_signatures_is_no_content(name: str) -> None:
    assert is_about(name)


def _container(**about: object) -> bytes:
    """A signed letter and a certificate that nobody signs; ``about``: traits of the certificate's
    or the letter's entry."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in signed_container({"letter.txt": LETTER}).items():
            info = zipfile.ZipInfo(name)
            if name == "letter.txt":
                info.create_system = 3
                info.external_attr = int(str(about.get("mode", 0o100644))) << 16
            archive.writestr(info, data)
        other = zipfile.ZipInfo(str(about.get("name", "META-INF/abc.crt")))
        other.extra = bytes(about.get("extra", b""))  # type: ignore[call-overload]
        archive.writestr(other, b"Zahlen Sie 9999 Euro")
    return out.getvalue()


def _further_name(name: str, other: str) -> bytes:
    value = b"\x01" + struct.pack("<L", zlib.crc32(name.encode())) + other.encode()
    return struct.pack("<2H", 0x7075, len(value)) + value


NAME = "META-INF/abc.crt"


@pytest.mark.parametrize(
    "data",
    [
        _container(mode=0o120777),
        _container(mode=0o060644),
        _container(name="Bescheid.pdf/"),
        _container(extra=_further_name(NAME, "Bescheid.pdf")),
        _container().replace(NAME.encode(), b"Bescheid 1-1.pdf", 1),
        _container() + b"Zahlen Sie 9999 Euro",
        _container() + b"%PDF-1.7 9999",
    ],
    ids=[
        "link",
        "device",
        "full folder",
        "name in UTF-8",
        "local name",
        "text behind",
        "PDF behind",
    ],
)
def test_what_unpacks_as_something_else_is_never_intact(tmp_path: Path, data: bytes) -> None:
    """Links, devices, folders with content, further names, and what stands behind the container."""
    assert look(tmp_path, "a.asice", data).conclusion is Conclusion.INDETERMINATE


@pytest.mark.parametrize(
    "data",
    [
        _container(),
        _container(extra=_further_name(NAME, NAME)),
        _container() + b"\r\n\0",
        _container(mode=0o644),
    ],
    ids=["plain", "the same name", "blank end", "no kind"],
)
def test_harmless_traits_of_members_are_no_doubt(tmp_path: Path, data: bytes) -> None:
    assert look(tmp_path, "a.asice", data).conclusion is Conclusion.INTACT


@pytest.mark.parametrize("name", ["a%20b.txt", "100%.txt", "a+b.txt", "Gebühr.txt"])
def test_a_reference_without_escapes_names_its_file(tmp_path: Path, name: str) -> None:
    data = packed(signed_container({name: LETTER}))
    assert look(tmp_path, "a.asice", data).conclusion is Conclusion.INTACT
