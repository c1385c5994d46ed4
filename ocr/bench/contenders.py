"""Who is measured: ours in several ways, OCRmyPDF as a command, tesseract as a command.

Each reads the same pictures and gives the text of each.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pikepdf

from config.isolation import Workshop
from ocr.page_sources.source_image import load_frame, page_size
from ocr.pdfa import image_objects
from ocr.pdfa.pdfa import PdfaWriter
from ocr.pdfa.validator import Validator
from ocr.recognition.recogniser import Recogniser
from ocr.scan_profile import ScanProfile

LANGUAGE = "deu"
Texts = dict[Path, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The pictures to read: the pages of ``stack``, or each one a document of its own."""

    pictures: tuple[Path, ...]
    stack: Path | None
    turned: bool  #: rotate and deskew
    out: Path

    @property
    def documents(self) -> tuple[Path, ...]:
        return (self.stack,) if self.stack else self.pictures

    def dealt(self, pages: Sequence[str]) -> Texts:
        """The pages of the stack to the pictures they are of."""
        return dict(zip(self.pictures, pages, strict=False))


Contender = Callable[[Job], Texts]


def ours(workshop: Workshop, validator: Validator | None, *, looks: bool) -> Contender:
    """Recognition and PDF/A in resident children; ``looks``: with second looks and scripts."""
    recogniser, writer = Recogniser(workshop), PdfaWriter(workshop, validator)

    def run(job: Job) -> Texts:
        profile = ScanProfile(
            languages=(LANGUAGE,),
            may_rotate=job.turned,
            may_deskew=job.turned,
            second_look=looks,
        )
        texts: Texts = {}
        for path in job.documents:
            read = recogniser.recognise(path, profile, subject=path.name, threads=1)
            made = job.out / "ours.pdf"
            writer.write(path, read, made, profile=profile, title=None, subject=path.name)
            pages = [page.text for page in read.pages]
            texts.update(job.dealt(pages) if job.stack else {path: "\n".join(pages)})
        return texts

    return run


def ocrmypdf(job: Job) -> Texts:
    """``-O0 -j 2``, without Ghostscript, as a command a document."""
    texts: Texts = {}
    side = job.out / "side.txt"
    for path in job.documents:
        side.unlink(missing_ok=True)
        command = [
            *(sys.executable, "-m", "ocrmypdf", "-q", "-l", LANGUAGE, "-O0", "-j", "2"),
            *("--output-type", "pdfa-2", "--pdfa-backend", "internal"),
            *("--rasterizer", "pypdfium", "--sidecar", str(side)),
            *(["--rotate-pages", "--deskew"] if job.turned else []),
            *([] if job.stack else ["--image-dpi", "300"]),
            *(str(path), str(job.out / "theirs.pdf")),
        ]
        subprocess.run(command, check=False, capture_output=True)
        said = side.read_text("utf-8") if side.exists() else ""
        texts.update(job.dealt(said.split("\f")) if job.stack else {path: said})
    return texts


def tesseract(job: Job) -> Texts:
    """Text alone, a process a picture; turns nothing and writes no PDF."""
    texts: Texts = {}
    for path in job.pictures:
        said = subprocess.run(
            ["tesseract", str(path), "stdout", "-l", LANGUAGE], check=False, capture_output=True
        )
        texts[path] = said.stdout.decode("utf-8", "replace")
    return texts


def stacked(pictures: Sequence[Path], out: Path) -> Path:
    """The pictures as pages of one PDF, as they are stored, without text."""
    with pikepdf.new() as pdf:
        for path in pictures:
            frame = load_frame(path, 1)
            width, height = page_size(frame)
            page = pdf.add_blank_page(page_size=(width, height))
            shown = image_objects.put(pdf, image_objects.pack_frame(frame))
            name = page.add_resource(shown, pikepdf.Name.XObject)
            content = f"q {width} 0 0 {height} 0 0 cm {name} Do Q"
            page.obj.Contents = pdf.make_stream(content.encode("ascii"))
        pdf.save(out)
    return out
