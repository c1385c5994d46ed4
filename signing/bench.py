"""What validation costs: warm, against pyHanko's own call in the same process, in turns.

pyHanko's side does what its users write: open the file, take each signature and time-stamp,
``validate_pdf_signature`` with the difference analysis, certificates and revocation data from the
file's security store, the same anchors, no network. Ours makes the whole report from the path on.
"""

from __future__ import annotations

import gc
import os
import statistics
import tempfile
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pikepdf
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext

from config.isolation import Workshop
from config.memory import PEAK_MEMORY
from signing.conclusions.model import Conclusion
from signing.formats.pdf.reader import ENGINE_ERRORS
from signing.sealing.seal_pkcs12 import create_trial_key, open_sealer
from signing.trust.trust_folder import Trust
from signing.trust.trust_store import load_store
from signing.validate import validate_file
from signing.verify import PRELOAD, Verifier

LARGE = 100 * 10**6  #: bytes of the large file
PAGE = (1000, 700)  #: pixels of a page of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """One file: medians in CPU seconds, theirs None where the engine refuses the file."""

    file: str
    size: int
    signatures: int
    ours: float
    theirs: float | None

    @property
    def ratio(self) -> float | None:
        return None if self.theirs is None else self.ours / self.theirs


@dataclass(frozen=True, slots=True, kw_only=True)
class Large:
    """The large file: seconds, and the most memory the child ever had (shared pages counted)."""

    size: int
    conclusion: Conclusion
    seconds: float
    peak: int  #: bytes


def compare(path: Path, trust: Trust | None, *, at: datetime, rounds: int) -> Cost:
    """Both in turns, after one round each that is not counted."""
    report = validate_file(path, (), at, trust, path.name)
    refused = False
    try:
        engine_alone(path, trust, at)
    except (*ENGINE_ERRORS, zlib.error):
        refused = True
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(rounds):
        ours.append(_timed(lambda: validate_file(path, (), at, trust, path.name)))
        if not refused:
            theirs.append(_timed(lambda: engine_alone(path, trust, at)))
    return Cost(
        file=path.name,
        size=report.size,
        signatures=len(report.signatures),
        ours=statistics.median(ours),
        theirs=statistics.median(theirs) if theirs else None,
    )


def engine_alone(path: Path, trust: Trust | None, at: datetime) -> int:
    """pyHanko's own validation of every signature; gives back how many there were."""
    manager = load_store(trust).manager
    with path.open("rb") as file:
        reader = PdfFileReader(file, strict=False)
        options = {"trust_manager": manager, "allow_fetching": False, "moment": at}
        try:
            store = DocumentSecurityStore.read_dss(reader)
            context = store.as_validation_context(options)
        except NoDSSFoundError:
            context = ValidationContext(**options)  # type: ignore[arg-type]
        usage = KeyUsageConstraints(key_usage=None)
        found = 0
        for signature in reader.embedded_regular_signatures:
            validate_pdf_signature(signature, context, key_usage_settings=usage)
            found += 1
        for stamp in reader.embedded_timestamp_signatures:
            validate_pdf_timestamp(stamp, context)
            found += 1
        return found


def large_file(*, at: datetime, memory: int = 2 * 2**30) -> Large:
    """Make a signed PDF of ``LARGE`` bytes with a trial key and validate it in a child."""
    with tempfile.TemporaryDirectory(prefix="registratur-bench-") as name:
        folder = Path(name)
        signed = _signed(folder, at)
        with Workshop(size=1, memory=memory, preload=PRELOAD) as workshop:
            verifier = Verifier(workshop, clock=lambda: at)
            start = time.perf_counter()
            report = verifier.verify(signed, subject=signed.name)
            seconds = time.perf_counter() - start
            peak = workshop.run(PEAK_MEMORY(), seconds=10.0, subject="bench")
        return Large(
            size=report.size, conclusion=report.conclusion, seconds=seconds, peak=int(peak)
        )


def cpu_seconds() -> float:
    """What this process has computed so far; a machine busy with others does not count."""
    return time.process_time()


def _signed(folder: Path, at: datetime) -> Path:
    plain, signed, key = folder / "plain.pdf", folder / "signed.pdf", folder / "key.p12"
    width, height = PAGE
    with pikepdf.new() as pdf:
        for _ in range(LARGE // (width * height * 3) + 1):
            image = pdf.make_stream(os.urandom(width * height * 3))
            image.update(
                pikepdf.Dictionary(
                    Type=pikepdf.Name.XObject,
                    Subtype=pikepdf.Name.Image,
                    Width=width,
                    Height=height,
                    ColorSpace=pikepdf.Name.DeviceRGB,
                    BitsPerComponent=8,
                )
            )
            page = pdf.add_blank_page(page_size=(600, 420))
            page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Scan=image))
            page.obj.Contents = pdf.make_stream(b"600 0 0 420 0 0 cm /Scan Do")
        pdf.save(plain, compress_streams=False)
    create_trial_key(key, "bench", county="Messung", at=at)
    open_sealer(key, "bench").seal(plain, signed, reason="Messung", at=at, subject="bench")
    return signed


def _timed(work: Callable[[], object]) -> float:
    gc.collect()
    start = time.process_time()  # both compute in this one thread; the clock counts others' work
    work()
    return time.process_time() - start
