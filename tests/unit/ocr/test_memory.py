"""Memory stays bounded whatever the page count: 1,000 pages of 300 dpi through the resident children."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

import pikepdf
import psutil
import pytest
from PIL import Image, ImageDraw, ImageFont

from config.isolation import Workshop
from config.memory import peak_memory
from ocr.page_sources.source_image import load_frame
from ocr.pdfa import image_objects
from ocr.pdfa.pdfa import PdfaWriter
from ocr.recognition.recogniser import Recogniser
from ocr.scan_profile import ScanProfile
from tests.child_jobs import job

HERE = "tests.unit.ocr.test_memory"
PAGES = 1000
A4_300 = (2480, 3508)
WORKER, PARENT = 600 << 20, 300 << 20  #: bytes
PROFILE = ScanProfile(may_rotate=True, may_deskew=True)


def sheet(mode: str, number: int) -> Image.Image:
    """A short letter in the real size of a scan."""
    image = Image.new("RGB", A4_300, (250, 249, 244))
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(50)
    for line in range(4):
        text = f"Blatt {number}: Sehr geehrte Damen und Herren, Zeile {line + 1}."
        draw.text((300, 500 + 110 * line), text, fill=(20, 20, 60), font=font)
    return image.convert(mode)


def long_scan(path: Path, folder: Path) -> Path:
    """Colour, grey and bilevel pages in turns, each page a picture object of its own."""
    packed = []
    for number, mode in enumerate(("RGB", "L", "1")):
        image = sheet(mode, number)
        if mode == "1":
            packed.append(image_objects.pack(image))
        else:
            file = folder / f"{number}.jpg"
            image.save(file, quality=85, dpi=(300, 300))
            packed.append(image_objects.pack_file(file, 1, load_frame(file, 1)))
            assert packed[-1].kept
    with pikepdf.new() as pdf:
        for number in range(PAGES):
            page = pdf.add_blank_page(page_size=(595.2, 841.92))
            shown = image_objects.put(pdf, packed[number % len(packed)])
            name = page.add_resource(shown, pikepdf.Name.XObject)
            page.obj.Contents = pdf.make_stream(f"q 595.2 0 0 841.92 0 0 cm {name} Do Q".encode())
        pdf.save(path)
    return path


@dataclass
class Watch:
    """Highest resident size of this process and of any child, as the kernel counts it."""

    parent: int = 0
    worker: int = 0
    own: int = 0  #: private bytes of a worker
    done: threading.Event = field(default_factory=threading.Event)

    def look(self) -> None:
        me = psutil.Process()
        while not self.done.wait(0.5):
            self.parent = max(self.parent, me.memory_info().rss)
            for child in me.children(recursive=True):
                try:
                    name = child.name()
                    if not name.startswith("python"):
                        continue
                    self.worker = max(self.worker, peak_memory(child.pid))
                    self.own = max(self.own, child.memory_full_info().uss)
                except (psutil.Error, OSError):
                    continue


@pytest.mark.campaign
@pytest.mark.timeout(3600)
def test_a_thousand_pages(tmp_path: Path) -> None:
    source = tmp_path / "long.pdf"
    with Workshop(size=1) as shop:  # apart, so that this process stays as small as a service
        shop.run(job(f"{HERE}:long_scan", source, tmp_path), seconds=300, subject="x")
    watch = Watch()
    thread = threading.Thread(target=watch.look)
    thread.start()
    try:
        with Workshop(size=2, preload=("ocr.recognition.page_reading", "ocr.pdfa.writing")) as shop:
            before = psutil.Process().memory_info().rss
            read = Recogniser(shop).recognise(source, PROFILE, subject="x", threads=2)
            reading = watch.worker
            made = PdfaWriter(shop, None).write(
                source, read, tmp_path / "out.pdf", profile=PROFILE, title=None, subject="x"
            )
    finally:
        watch.done.set()
        thread.join()
    assert len(read.pages) == PAGES
    assert sum("geehrte" in page.text for page in read.pages) == PAGES
    assert made.flavour == "3b"
    mib = 1 << 20
    print(
        f"\n{PAGES} pages, {source.stat().st_size / mib:.0f} MiB: worker {watch.worker / mib:.0f} MiB "
        f"({reading / mib:.0f} while reading, {watch.own / mib:.0f} private), "
        f"parent {watch.parent / mib:.0f} MiB ({before / mib:.0f} before)"
    )
    assert watch.worker < WORKER and watch.parent < PARENT
