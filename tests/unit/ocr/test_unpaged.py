"""The text of files without pages: whatever a mail holds, an answer and never an exception."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ocr.kinds import FileKind
from ocr.unpaged import read_unpaged


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(
    data=st.one_of(
        st.binary(max_size=400),
        st.text(max_size=300).map(lambda text: f"Subject: {text}\r\n\r\n{text}".encode()),
        st.text(max_size=60).map(
            lambda text: f"Content-Type: text/plain; charset={text}\n\nhallo".encode()
        ),
    )
)
def test_any_bytes_give_a_page(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.eml"
    path.write_bytes(data)
    for kind in (FileKind.EML, FileKind.XML, FileKind.P7M):
        assert len(read_unpaged(path, kind).pages) == 1


def test_the_mails_of_the_collection_give_their_words(shared_data: Path) -> None:
    read = {
        path.name: read_unpaged(path, FileKind.EML).text()
        for path in sorted((shared_data / "mail").glob("*.eml"))
    }
    assert "Anlage:" in read["rmail_attachment_pdf.eml"]
    assert all("<html" not in text.lower() for text in read.values())
