"""HEIF: every picture is a page, and what is not accepted is called by name."""

from __future__ import annotations

import base64
import zlib
from pathlib import Path

import pytest

from config.errors import HoldReason, InputError
from tests.unit.ocr.picture_kit import box, written
from tests.unit.ocr.showing import drawn, looked_at
from tests.unit.ocr.tiff_kit import held

#: 64 x 48 pixels each, made with libheif: two pictures, the second (a blue corner) is the primary
#: one, the first has a red corner; and one that is turned by 270 degrees (irot).
HEIC_OF_TWO = (
    "eNpjYGCQSSupLMhIzUxmAILczDRDEDs3MzGNgYFxTW5qSSIDBChmpOQUQdkMBZnJJQxowCQzJx9siIsDAxMDI4jF"
    "eAFCA4EPUAwImGTgIu5AbJGZmZcG5oFkRYGcVLAyoJqMsmRDBhRBJoQgX0FmSS5MHyNrZkFRAZB9N7MgOR9IlwGV"
    "OTMyg4QmgBXJfWD48/fHDwYGfuYEoNkSDow8jP//gxQwg1Qwg5DcLiaHRKCklhMjI5rMAoVG1mmvnizbuYMjw0AB"
    "KMQMIhgUk4DK2VwYDxYf6ARaIpycn1OUl5xTARTlZWBrAAqJZBYXpEK96wDFGsk5iQVQNigoDKA02DP/////AA0M"
    "gYLMikyQIDMHBweQUsgsyIXFBTB4WRuZmFlbGJigNAPD7NyURFCceGgwrhduKOdKr1hd/P9ESP0bvorSb5OS+Ve+"
    "eJfc/mAu5z3312I5koUPHJtWdibGXFetyvz1iZtjI3P0G9GLf0Xzf2+adnz6BvXCNpA7nMFmhex5uHv+vw0zEt7s"
    "bb88OeFH98dv04/c2Nfy4U2Z9dyNqdFHU2dcXrxNbn7g0u4LVzXrZ03h/2med+nw4jUqNW6C4QBLTpkU"
)


HEIC_TURNED = (
    "eNpjYGCQSSupLMhIzUxmAILczDRDEDs3MzGNgYHxRG5qSSIDBChmpOQUQdkMBZnJJQxowCQzJx9siIsDAxMDI4jF"
    "+AZCA0EwUAwImOzhIipAbJGZmZcG5oFkRYGcVLAyoJqMsmRDBiRBRpAS14pMsHK+gsySXAaoSkb2zIKiAiD7WWZB"
    "cj6QLgPqdWZkBglNACuS+8Dw5++PHwwM/MwJQB0SDow8jP//gxQwg1Qwg5DcLiaHRKCklhMjI5rMAoVG1mmvnizb"
    "uYMjw0ABKMQMIhgUk4DK2VwYDxYf6ARaIpycn1OUl5xTARTlZWBrAAqJZBYXpEK96wDFGsk5iSCXGUAcDxYDOub/"
    "B2ggwAJDoCCzIhPEYebg4ABSnJlF+SVA9zBIZhbkwiKFkYGRrZGJmbWlDciRyixKTYNK8CWnFCeDowFkR31uSiIo"
    "vvw1GNcLN/wIuLD8in3J0WS/4CpGlvOLd/bJtZYW7+m/pnPDyGVf5Q7J3N9LS/JudeelaP3+e/z/qvXRnLda3HL2"
    "sxhuKu/wMylYw9a07PuOaQZPQV5kg0SJry+DFpDHwcDIKAQKNVDIQFwCAAPvfVI="
)


def test_a_heif_that_is_a_film_alone_is_no_damaged_one(tmp_path: Path) -> None:
    data = box(b"ftyp", b"hevc\0\0\0\0msf1hevc") + box(b"moov", bytes(100))
    assert "Bildfolge" in held(written(tmp_path / "a.heic", data))


def heic(data: str) -> bytes:
    return zlib.decompress(base64.b64decode(data))


def test_every_picture_of_a_heic_is_a_page_the_primary_one_first(tmp_path: Path) -> None:
    path = written(tmp_path / "a.heic", heic(HEIC_OF_TWO))
    assert looked_at(path).pages == 2
    corners = [image.getpixel((3, 3)) for image in drawn(path, (64, 48))]
    assert corners[0] == pytest.approx((0, 0, 255), abs=6)
    assert corners[1] == pytest.approx((255, 0, 0), abs=6)


@pytest.mark.parametrize(
    ("turn", "size", "corner"),
    [
        (0, (48, 64), (44, 3)),
        (1, (64, 48), (3, 3)),
        (2, (48, 64), (3, 60)),
        (3, (64, 48), (60, 44)),
    ],
)
def test_a_heic_is_turned_by_its_property_alone(
    tmp_path: Path, turn: int, size: tuple[int, int], corner: tuple[int, int]
) -> None:
    """Its EXIF mark (6 here) is a copy that must not turn it again (ISO/IEC 23008-12, A.2.1)."""
    data = bytearray(heic(HEIC_TURNED))
    data[data.index(b"irot") + 4] = turn
    [shown] = drawn(written(tmp_path / "a.heic", data), size)
    assert shown.getpixel(corner) == pytest.approx((255, 0, 0), abs=6)


def brands(major: bytes, *others: bytes) -> bytes:
    return box(b"ftyp", major + bytes(4) + b"".join(others)) + bytes(64)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (brands(b"avif", b"mif1", b"miaf"), "AVIF"),
        (brands(b"mif1", b"avif", b"miaf"), "AVIF"),
        (brands(b"avis", b"msf1"), "AVIF"),
        (b"\xff\x0a" + bytes(30), "JPEG XL"),
        (b"8BPS\0\1" + bytes(30), "Photoshop"),
        (b"AT&TFORM" + bytes(30), "DjVu"),
    ],
)
def test_kinds_that_are_not_accepted_are_called_by_name(
    tmp_path: Path, data: bytes, name: str
) -> None:
    with pytest.raises(InputError, match="Dateiart nicht angenommen") as caught:
        looked_at(written(tmp_path / "a.bin", data))
    assert caught.value.reason is HoldReason.TYPE_NOT_ACCEPTED
    assert name in caught.value.text


def test_a_heif_in_another_coding_is_no_damaged_one(tmp_path: Path) -> None:
    data = heic(HEIC_OF_TWO).replace(b"hvc1", b"vvc1")
    assert "VVC" in held(written(tmp_path / "a.heic", data))
