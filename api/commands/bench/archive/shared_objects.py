"""Small stored files that the documents of a measured archive share: true ones, so that each page
has something to show."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from io import BytesIO

from archive.store.objects import ObjectStore
from ocr.recognition.result import Line, PageText, Recognition, Word, pack
from signing.report.interface import Conclusion, Engine, Reading, SignatureReport, to_json

TEXT = "Sehr geehrte Damen und Herren, hiermit beantrage ich die Erteilung einer Genehmigung."


def store(objects: ObjectStore, now: datetime) -> Mapping[str, str]:
    """The address of each file under its name in the samples (archive/bench/samples.py)."""
    made = {
        "@original@": b"%PDF-1.7\n% an original of bench archive\n",
        "@signatures@": to_json(_report(now)),
        "@text@": _text().to_json(),
        "@report@": _json({"format": 1, "flavour": "3b", "verdict": "compliant", "steps": []}),
        "@note@": _json({"format": 1, "anomalies": []}),
        "@product@": b"%PDF-1.7\n% a sealed copy of bench archive\n",
    }
    return {name: objects.put(BytesIO(data)).sha256 for name, data in made.items()}


def _json(value: Mapping[str, object]) -> bytes:
    return json.dumps(value).encode()


def _report(now: datetime) -> SignatureReport:
    return SignatureReport(
        file="scan.pdf",
        sha256="ab" * 32,
        size=1,
        conclusion=Conclusion.UNSIGNED,
        reading=Reading.STRICT,
        signatures=(),
        warnings=(),
        notes=(),
        validation_time=now,
        engine=Engine(name="bench", version="1"),
    )


def _text() -> Recognition:
    line = Line(baseline=(50, 100, 400, 100), ascent=10, descent=3, begins_paragraph=True)
    words = [
        Word(text=word, box=(50, 90, 90, 103), confidence=92.0, line=0) for word in TEXT.split()
    ]
    page = PageText(
        number=1,
        width=595,
        height=842,
        source="ocr",
        language="deu",
        confidence=92.0,
        turn=0,
        turned=False,
        skew=0.0,
        straightened=False,
        blank="content",
        dpi=300.0,
        findings=(),
        packed=pack([line], words),
    )
    return Recognition(pages=(page,), engine="bench", engine_version="1", languages=("deu",))
