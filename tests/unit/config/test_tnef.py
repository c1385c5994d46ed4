"""winmail.dat: texts and files come out as they went in, and any bytes give an answer.

tine20/tine20#5034, nextcloud/mail#2687, elastic/elasticsearch-mapper-attachments#52.
"""

from __future__ import annotations

import base64
import struct
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from config.tnef import MAGIC, unwrapped
from ocr.text.file_text import FileText
from signing.report.interface import Conclusion
from signing.validate import validate_file
from tests.unit.signing.make import AT, pdf, sign, signer, write


def attribute(level: int, kind: int, value: bytes) -> bytes:
    total = sum(value) & 0xFFFF
    return struct.pack("<BII", level, kind, len(value)) + value + struct.pack("<H", total)


def variable(kind: int, number: int, value: bytes) -> bytes:
    padded = value + b"\0" * (-len(value) % 4)
    return struct.pack("<HHII", kind, number, 1, len(value)) + padded


def properties(*each: bytes) -> bytes:
    return struct.pack("<I", len(each)) + b"".join(each)


def winmail(files: dict[str, bytes], text: str = "") -> bytes:
    named = struct.pack("<HH16sII", 0x0003, 0x8001, b"g" * 16, 0, 5) + struct.pack("<I", 7)
    body = properties(
        struct.pack("<HHi", 0x0003, 0x0017, 1),
        named,
        variable(0x001F, 0x1000, text.encode("utf-16-le") + b"\0\0"),
    )
    parts = [attribute(1, 0x00069007, struct.pack("<II", 1252, 0)), attribute(1, 0x00069003, body)]
    for name, content in files.items():
        about = properties(variable(0x001F, 0x3707, name.encode("utf-16-le") + b"\0\0"))
        parts += [
            attribute(2, 0x00069002, b"\0" * 14),
            attribute(2, 0x00018010, b"KURZ~1.PDF\0"),
            attribute(2, 0x0006800F, content),
            attribute(2, 0x00069005, about),
        ]
    return MAGIC + b"\1\0" + b"".join(parts)


def attached(data: bytes) -> bytes:
    return (
        b'From: a@b\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary="O"\r\n\r\n--O\r\n\r\n'
        b"Anbei\r\n--O\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(data) + b"--O--\r\n"
    )


def test_texts_and_files_come_out(tmp_path: Path) -> None:
    data = winmail({"Gebührenliste.txt": b"Widerspruchsfrist"}, "Sehr geehrte Frau Müller")
    lines = FileText().of(attached(data)).splitlines()
    assert {"Anlage: Gebührenliste.txt", "Widerspruchsfrist", "Sehr geehrte Frau Müller"} <= set(
        lines
    )


def test_an_enclosed_message_is_read_too() -> None:
    inner = winmail({"innen.txt": b"Widerspruchsfrist"})
    about = properties(variable(0x000D, 0x3701, b"i" * 16 + inner))
    outer = MAGIC + b"\1\0" + attribute(2, 0x00069002, b"") + attribute(2, 0x00069005, about)
    assert {"Anlage: innen.txt", "Widerspruchsfrist"} <= set(FileText().of(outer).splitlines())


def test_a_signed_file_in_it_is_checked(tmp_path: Path) -> None:
    signed = sign(pdf(), signer())
    for content, found in (
        (signed, Conclusion.INTACT),
        (signed.replace(b"Bescheid 1", b"Bescheid 7"), Conclusion.BROKEN),
        (pdf(), Conclusion.UNSIGNED),
    ):
        path = write(tmp_path, "m.eml", attached(winmail({"brief.pdf": content})))
        assert validate_file(path, (), AT, None, "m.eml").conclusion is found


def test_a_damaged_one_is_not_called_unsigned(tmp_path: Path) -> None:
    data = winmail({"brief.pdf": pdf()})[:-40]
    path = write(tmp_path, "m.eml", attached(data))
    assert validate_file(path, (), AT, None, "m.eml").conclusion is Conclusion.INDETERMINATE
    reader = FileText()
    reader.of(attached(data))
    assert reader.cut


@given(st.binary(max_size=200))
def test_any_bytes_give_an_answer(data: bytes) -> None:
    unwrapped(MAGIC + data)
    unwrapped(MAGIC + b"\1\0" + attribute(1, 0x00069003, data))
    unwrapped(MAGIC + b"\1\0" + attribute(2, 0x00069005, data))
