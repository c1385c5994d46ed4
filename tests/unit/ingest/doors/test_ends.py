"""A file whose end is missing looks unfinished; a whole one never does."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from PIL.TiffImagePlugin import AppendingTiffWriter

from ingest.doors.hot_folder.file_endings import looks_finished


def finished(path: Path, content: bytes) -> bool:
    path.write_bytes(content)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return looks_finished(descriptor, os.fstat(descriptor).st_size)
    finally:
        os.close(descriptor)


def _image() -> Image.Image:
    image = Image.effect_noise((300, 200), 60).convert("RGB")
    ImageDraw.Draw(image).text((20, 20), "Bescheid", fill="black")
    return image


def _saved(kind: str, **words: object) -> bytes:
    data = io.BytesIO()
    _image().save(data, kind, **words)
    return data.getvalue()


def _pdf() -> bytes:
    data = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(data)
    return data.getvalue()


def _zip() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("word/document.xml", os.urandom(4000))
    return data.getvalue()


def _pages(number: int) -> bytes:
    data = io.BytesIO()
    with AppendingTiffWriter(data, new=True) as writer:
        for _ in range(number):
            _image().convert("L").save(writer, "TIFF")
            writer.newFrame()
    return data.getvalue()


def _jp2() -> bytes:
    box = b"\0\0\0\x0cjP  \r\n\x87\n" + b"\0\0\0\x14ftypjp2 \0\0\0\0jp2 "
    return box + (8 + 500).to_bytes(4, "big") + b"jp2c" + os.urandom(500)


WHOLE = {
    "pdf": _pdf(),
    "tiff": _saved("TIFF"),
    "tiff with lzw": _saved("TIFF", compression="tiff_lzw"),
    "big tiff": _saved("TIFF", big_tiff=True),
    "tiff of three pages": _pages(3),
    "jpeg": _saved("JPEG"),
    "png": _saved("PNG"),
    "gif": _saved("GIF"),
    "webp": _saved("WEBP"),
    "bmp": _saved("BMP"),
    "jpeg 2000": _jp2(),
    "office file": _zip(),
    "p7m": b"\x30\x82\x03\xe8" + os.urandom(1000),
    "xml": b'<?xml version="1.0"?><a>' + b"b" * 500 + b"</a>\n",
    "rtf": rb"{\rtf1 " + b"a" * 500 + b"}",
}


@pytest.mark.parametrize("kind", WHOLE)
def test_a_whole_file_looks_finished(tmp_path: Path, kind: str) -> None:
    assert finished(tmp_path / "file", WHOLE[kind])


@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize("part", [0.3, 0.6, 0.9, 0.995])
def test_a_file_that_is_cut_off_looks_unfinished(tmp_path: Path, kind: str, part: float) -> None:
    whole = WHOLE[kind]
    assert not finished(tmp_path / "file", whole[: int(len(whole) * part)])


@pytest.mark.parametrize("kind", WHOLE)
def test_a_file_with_room_set_aside_looks_unfinished(tmp_path: Path, kind: str) -> None:
    """As Explorer writes over SMB: the final size first, then the content."""
    whole = WHOLE[kind]
    half = whole[: len(whole) // 2]
    assert not finished(tmp_path / "file", half + bytes(100_000))


def test_a_linearised_pdf_is_finished_at_its_stated_length(tmp_path: Path) -> None:
    data = io.BytesIO()
    with pikepdf.new() as pdf:
        for _ in range(40):
            pdf.add_blank_page()
            pdf.pages[-1].Contents = pdf.make_stream(os.urandom(500))
        pdf.save(data, linearize=True)
    whole = data.getvalue()
    first_end = whole.index(b"%%EOF") + 6  # of the table of the first page, near the beginning
    assert finished(tmp_path / "a.pdf", whole)
    assert not finished(tmp_path / "a.pdf", whole[:first_end])
    assert not finished(tmp_path / "a.pdf", whole[: first_end + 2000])
    assert finished(tmp_path / "a.pdf", whole + b"% later\nstartxref\n9\n%%EOF\n")


def test_an_empty_file_and_one_of_zeros_look_unfinished(tmp_path: Path) -> None:
    assert not finished(tmp_path / "file", b"")
    assert not finished(tmp_path / "file", bytes(5000))


def test_a_file_with_a_hole_looks_unfinished(tmp_path: Path) -> None:
    """Parts are written out of order: the end is there before the middle."""
    path = tmp_path / "file.pdf"
    with path.open("wb") as file:
        file.write(b"%PDF-1.7\n" + bytes(range(256)) * 20)
        file.seek(4 << 20)
        file.write(b"startxref\n9\n%%EOF\n")
    if path.stat().st_blocks * 512 > 2 << 20:
        pytest.skip("this file system keeps no holes")
    descriptor = os.open(path, os.O_RDONLY)
    assert not looks_finished(descriptor, path.stat().st_size)
    os.close(descriptor)


def test_a_tiff_whose_directory_is_not_written_yet_looks_unfinished(tmp_path: Path) -> None:
    assert not finished(tmp_path / "file", b"II*\0\0\0\0\0" + os.urandom(500))


def test_a_tiff_in_a_circle_ends(tmp_path: Path) -> None:
    assert finished(tmp_path / "file", b"II*\0\x08\0\0\0\0\0\x08\0\0\0")


@given(
    st.sampled_from([b"", b"%PDF-1.7", b"II*\0", b"MM\0+", b"\xff\xd8\xff", b"\x30\x82", b"PK\x03\x04",
                     b"\0\0\0\x0cftyp", b"RIFF", b"BM", b"{\\rtf"]),
    st.binary(max_size=200),
)  # fmt: skip
def test_no_bytes_make_the_question_fail(start: bytes, rest: bytes) -> None:
    descriptor = os.memfd_create("file")
    os.write(descriptor, start + rest)
    assert looks_finished(descriptor, len(start + rest)) in (True, False)
    os.close(descriptor)
