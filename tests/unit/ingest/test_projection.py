"""What the index is told of a document's pages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from config.filekind import FileKind
from ingest.index.projection import page_entries
from ocr.text.unpaged_files import read_unpaged


@pytest.mark.parametrize(("source", "recognised"), [("text", False), ("ocr", True)])
def test_only_what_was_read_from_a_picture_may_be_misread(
    tmp_path: Path, source: str, recognised: bool
) -> None:
    mail = tmp_path / "mail.eml"
    mail.write_bytes(b"From: a@example.org\r\nSubject: x\r\n\r\nS 12 BauGB")
    read = read_unpaged(mail, FileKind.EML)
    text = replace(read, pages=(replace(read.pages[0], source=source),))
    (entry,) = page_entries(text)
    assert (entry.recognised, entry.number) == (recognised, 1)
    assert entry.text.endswith("S 12 BauGB")
    assert page_entries(read)[0].recognised is False
