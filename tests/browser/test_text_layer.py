"""Words can be selected where they stand: the text layer in PDF.js, in the system's Chromium."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Route

from ocr.pdfa.writing import FAILED, Task, enclose
from ocr.recognition.page_reading import read_page
from ocr.recognition.result import PageText, Recognition, Word
from ocr.scan_profile import ScanProfile

ROOT = Path(__file__).resolve().parents[2]
PDFJS = ROOT / "node_modules/pdfjs-dist"
FILES = ("build/pdf.min.mjs", "build/pdf.worker.min.mjs", "web/pdf_viewer.css")
ORIGIN = "http://pdfjs.test"
KINDS = {".mjs": "text/javascript", ".pdf": "application/pdf", ".css": "text/css"}
LETTER = "scans/letters_rendered/letter06_300dpi_modern_stamp.jpg"
TURNED = "scans/letters_rendered/letter10_300dpi_serif_rot-1bit-skew.tif"

SHOW = """
async () => {
  const pdfjs = await import("/pdf.min.mjs");
  pdfjs.GlobalWorkerOptions.workerSrc = "/pdf.worker.min.mjs";
  const pdf = await pdfjs.getDocument({url: "/page.pdf", isEvalSupported: false}).promise;
  const page = await pdf.getPage(1);
  const viewport = page.getViewport({scale: 1});
  const layer = document.getElementById("layer");
  layer.style.setProperty("--scale-round-x", "0.001px");
  layer.style.setProperty("--scale-round-y", "0.001px");
  layer.style.setProperty("--total-scale-factor", 1);
  await new pdfjs.TextLayer({
    textContentSource: page.streamTextContent(), container: layer, viewport,
  }).render();
  const found = [];
  const walk = document.createTreeWalker(layer, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode;
    for (const word of node.data.matchAll(/\\S+/g)) {
      const range = document.createRange();
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      const box = range.getBoundingClientRect();
      found.push([word[0], box.left, box.top, box.right, box.bottom]);
    }
  }
  return {width: viewport.width, height: viewport.height, words: found};
}
"""
PAGE = """<!doctype html><meta charset="utf-8"><style>body { margin: 0 }</style>
<link rel="stylesheet" href="/pdf_viewer.css"><div id="layer" class="textLayer"></div>"""


@pytest.fixture(scope="module")
def pdfjs() -> dict[str, Path]:
    """PDF.js's own files, by the names under which they are served."""
    if not PDFJS.exists():
        pytest.skip("no PDF.js: scripts/build-assets")
    return {Path(name).name: PDFJS / name for name in FILES}


@pytest.fixture
def shown(browser: Browser, pdfjs: dict[str, Path], tmp_path: Path) -> Iterator[Page]:
    """A page whose files come from PDF.js's folder, and ``/page.pdf`` from the test's."""

    def serve(route: Route) -> None:
        name = route.request.url.removeprefix(ORIGIN + "/")
        if not name:
            route.fulfill(body=PAGE, content_type="text/html")
            return
        path = tmp_path / name if name == "page.pdf" else pdfjs.get(name)
        if path is None:  # pictures of the style sheet
            route.fulfill(status=404)
        else:
            route.fulfill(path=path, content_type=KINDS[path.suffix])

    context = browser.new_context()
    context.route("**/*", serve)
    page = context.new_page()
    page.goto(ORIGIN + "/")
    yield page
    context.close()


def product(source: Path, out: Path, profile: ScanProfile) -> PageText:
    """Read the picture and write its PDF, in this process."""
    read = read_page(source, 1, 0, profile)
    told = Recognition(pages=(read,), engine="t", engine_version="5", languages=("deu",))
    task = Task(
        source=source,
        out=out,
        recognition=told,
        flavour="3b",
        title=None,
        pages=None,
        keep_attachments=False,
    )
    assert FAILED not in enclose(task)
    return read


def picture(shared_data: Path, tmp_path: Path, name: str, turn: float) -> Path:
    """The scan, turned counter-clockwise by so many degrees."""
    path = tmp_path / "in.png"
    with Image.open(shared_data / name) as image:
        grey = image.convert("L").rotate(
            turn, Image.Resampling.BICUBIC, expand=turn % 90 == 0, fillcolor=255
        )
        grey.save(path, dpi=(300, 300))
    return path


@pytest.mark.parametrize(
    ("name", "turn", "may_turn"),
    [
        (LETTER, 0, True),
        (LETTER, 90, True),
        (LETTER, 90, False),
        (LETTER, 180, False),
        (LETTER, -2, True),
        (LETTER, -2, False),
        (TURNED, 0, True),
    ],
)
def test_words_can_be_selected_where_they_stand(
    shown: Page, shared_data: Path, tmp_path: Path, name: str, turn: float, may_turn: bool
) -> None:
    profile = ScanProfile(may_rotate=may_turn, may_deskew=may_turn)
    source = picture(shared_data, tmp_path, name, turn)
    read = product(source, tmp_path / "page.pdf", profile)
    found: dict[str, Any] = shown.evaluate(SHOW)
    assert found["width"] == pytest.approx(read.width, abs=0.5)
    assert found["height"] == pytest.approx(read.height, abs=0.5)
    assert [word[0] for word in found["words"]] == [word.text for word in read.words]
    lying = read.turn in (90, 270) and not read.turned
    first, last = (1, 3) if lying else (0, 2)  # along the line
    words = read.words
    off = [
        abs(box[edge] - word.box[edge])
        for (_, *box), word in zip(found["words"], words, strict=True)
        for edge in (first, last)
        # PDF.js does not stretch one letter; boxes that overlap are cut where the next begins.
        if len(word.text) > 1 and not overlapped(word, words)
    ]
    assert len(off) > len(words)
    assert statistics.median(off) < 0.3
    assert max(off) < 1


def overlapped(word: Word, words: tuple[Word, ...]) -> bool:
    """Whether another word of its line lies in the same place."""
    return any(
        other != word
        and other.line == word.line
        and min(other.box[2], word.box[2]) > max(other.box[0], word.box[0])
        and min(other.box[3], word.box[3]) > max(other.box[1], word.box[1])
        for other in words
    )
