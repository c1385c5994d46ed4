"""``registratur bench intake`` measures a real service, and its files are what it says they are."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from api.commands.bench.intake import Times, measure
from api.commands.bench.intake_scans import small_scans


def test_the_small_scans_differ_in_their_bytes_alone(tmp_path: Path) -> None:
    paths = list(small_scans(tmp_path, 12))
    contents = [path.read_bytes() for path in paths]
    assert len(set(contents)) == len({path.name for path in paths}) == 12
    pictures = {
        Image.open(io.BytesIO(data)).tobytes()
        for path, data in zip(paths, contents, strict=True)
        if path.suffix == ".jpg"
    }
    assert len(pictures) == 1
    for path in paths[1::2]:
        assert path.suffix == ".jpg"
    for path in paths[0::2]:
        with pikepdf.open(path) as pdf:
            assert len(pdf.pages) == 1 and not pdf.check_pdf_syntax()


def test_the_middle_and_the_end_of_many_times() -> None:
    times = Times.of([float(number) for number in range(101)])
    assert (times.count, times.p50, times.p95, times.most) == (101, 50.0, 95.0, 100.0)
    assert Times.of([]).p95 is None


@pytest.mark.campaign
@pytest.mark.timeout(900)
def test_a_small_run_over_a_real_service(tmp_path: Path) -> None:
    told: list[str] = []
    result = measure(tmp_path, files=60, letters_wanted=1, patience=300, told=told.append)
    assert result.legacy_in_custody == 60
    assert result.legacy_custody_seconds is not None and result.legacy_files_per_second
    assert result.legacy_archived_first_seconds is not None
    assert result.letter_custody_seconds.count == result.letter_archived_seconds.count == 1
    assert result.inbox_milliseconds.count and not result.inbox_refused
    assert result.together_mib > result.service_mib / 2 > 0
    assert told
