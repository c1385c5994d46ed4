"""The functions of this room that children run; what each does stands where it is defined."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from config.filekind import FileKind
from config.jobs import ChildFunction
from ocr.compare.orders import Order, PageCompared, Whole
from ocr.preflight.incoming import Limits, Preflight
from ocr.recognition.result import PageText, Recognition
from ocr.scan_profile import ScanProfile

if TYPE_CHECKING:  # their modules load engines
    from ocr.pdfa.binding import Binding
    from ocr.pdfa.embedding import Metadata
    from ocr.pdfa.writing import Task
    from ocr.text.unpaged_files import MailFields

NOTHING = type(None)

# what a file is
INSPECT: ChildFunction[[Path, Limits], Preflight]
INSPECT = ChildFunction("ocr.preflight.inspection:inspect", (Preflight,))
DECRYPT: ChildFunction[[Path, str, Path], None]
DECRYPT = ChildFunction("ocr.preflight.inspection:decrypt", (NOTHING,))
PAGE_COUNT: ChildFunction[[Path], int]
PAGE_COUNT = ChildFunction("ocr.preflight.inspection:page_count", (int,))
SEPARATOR_CODES: ChildFunction[[Path, int, int], list[tuple[int, str, str]]]
SEPARATOR_CODES = ChildFunction("ocr.preflight.separator_sheets:codes", (list,))
ATTACHMENTS: ChildFunction[[Path], tuple[tuple[str, bytes], ...]]
ATTACHMENTS = ChildFunction("ocr.pdfa.attachments:extract", (tuple,))

# what stands in it
ENGINE_AND_PAGES: ChildFunction[[Path], tuple[str, str, int]]
ENGINE_AND_PAGES = ChildFunction("ocr.recognition.recogniser:opened", (tuple,))
READ_PAGE: ChildFunction[[Path, int, int, ScanProfile], PageText]
READ_PAGE = ChildFunction("ocr.recognition.page_reading:read_page", (PageText,))
READ_UNPAGED: ChildFunction[[Path, FileKind, bool], Recognition]
READ_UNPAGED = ChildFunction("ocr.text.unpaged_files:read_unpaged", (Recognition,))
MAIL_FIELDS: ChildFunction[[Path], MailFields]
MAIL_FIELDS = ChildFunction("ocr.text.unpaged_files:mail_fields")
PAGE_PICTURE: ChildFunction[[Path, int, int, int], bytes]
PAGE_PICTURE = ChildFunction("ocr.page_sources.page_pictures:render", (bytes,))

# what is written
OVERLAY: ChildFunction[[Task], tuple[str, ...]]
OVERLAY = ChildFunction("ocr.pdfa.writing:overlay", (tuple,))
ENCLOSE: ChildFunction[[Task], tuple[str, ...]]
ENCLOSE = ChildFunction("ocr.pdfa.writing:enclose", (tuple,))
REBUILD: ChildFunction[[Task], tuple[str, ...]]
REBUILD = ChildFunction("ocr.pdfa.writing:rebuild", (tuple,))
EMBED: ChildFunction[[Path, Path, str, bytes, str, str, str, Metadata], None]
EMBED = ChildFunction("ocr.pdfa.embedding:embed_in_child", (NOTHING,))
BIND: ChildFunction[[Binding], int]
BIND = ChildFunction("ocr.pdfa.binding:bind", (int,))
COMPARE_PAGES: ChildFunction[[Order], tuple[PageCompared, ...]]
COMPARE_PAGES = ChildFunction("ocr.compare.pages:compare_pages", (tuple,))
COMPARE_WHOLE: ChildFunction[[Order], Whole]
COMPARE_WHOLE = ChildFunction("ocr.compare.whole_files:whole_files", (Whole,))
