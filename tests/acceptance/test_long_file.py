"""A file of 3,000 pages works, and memory does not grow with it."""

from __future__ import annotations

import io
import subprocess
import threading
import time
from pathlib import Path

import pikepdf
import psutil
import pytest
from PIL import Image, ImageDraw

from ocr.synthetic_letters import _font
from tests.acceptance.home import PROGRAM, Home

PAGES = 3000
MIB = 2**20


def long_pdf(out: Path, pages: int) -> None:
    """One small JPEG a page, each with its number."""
    font = _font(40)
    with pikepdf.new() as pdf:
        for number in range(1, pages + 1):
            image = Image.new("L", (620, 220), 255)
            ImageDraw.Draw(image).text((30, 60), f"Blatt {number} der Akte", font=font, fill=0)
            data = io.BytesIO()
            image.save(data, "JPEG", quality=70)
            page = pdf.add_blank_page(page_size=(297.6, 105.6))
            page.obj.Resources = pikepdf.Dictionary(
                XObject=pikepdf.Dictionary(
                    Im=pikepdf.Stream(
                        pdf,
                        data.getvalue(),
                        Type=pikepdf.Name.XObject,
                        Subtype=pikepdf.Name.Image,
                        Width=620,
                        Height=220,
                        ColorSpace=pikepdf.Name.DeviceGray,
                        BitsPerComponent=8,
                        Filter=pikepdf.Name.DCTDecode,
                    )
                )
            )
            page.contents_add(pikepdf.Stream(pdf, b"q 297.6 0 0 105.6 0 0 cm /Im Do Q"))
        pdf.save(out)


class Watch(threading.Thread):
    """The largest resident sets of a process and of each of its children."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self.parent = 0
        self.child = 0

    def run(self) -> None:
        while True:
            try:
                process = psutil.Process(self._pid)
                self.parent = max(self.parent, process.memory_info().rss)
                for child in process.children(recursive=True):
                    if "java" not in child.name():
                        self.child = max(self.child, child.memory_info().rss)
            except psutil.NoSuchProcess:
                if not psutil.pid_exists(self._pid):
                    return
            time.sleep(0.2)


@pytest.mark.campaign
@pytest.mark.timeout(3600)
def test_memory_is_bounded_over_3000_pages(tmp_path: Path) -> None:
    home = Home.make(tmp_path / "home")
    source = tmp_path / "altakte.pdf"
    long_pdf(source, PAGES)
    with subprocess.Popen(
        [*PROGRAM, "ingest", str(source), "--stream", "legacy", "--wait", "--json"],
        env=home.environment(),
        stdout=subprocess.PIPE,
    ) as process:
        watch = Watch(process.pid)
        watch.start()
        process.communicate(timeout=3000)
    print(f"parent {watch.parent // MIB} MiB, largest child {watch.child // MIB} MiB")
    assert process.returncode == 0
    (item,) = home.json("status")["items"]
    assert item["outcome"] == "archived"
    found = home.json("search", "2987", "--as", "bauamt")
    assert found["hits"][0]["page"] == 2987
    assert watch.parent < 600 * MIB
    assert watch.child < 900 * MIB
