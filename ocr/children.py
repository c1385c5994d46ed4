"""The functions of this room that children run; what each does stands where it is defined."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from config.filekind import FileKind
from config.jobs import ChildFunction
from ocr.compare.words import Order, PageCompared, Whole
from ocr.incoming import Limits, Preflight
from ocr.profile import ScanProfile
from ocr.recognition import PageText, Recognition

if TYPE_CHECKING:  # their modules load engines
    from ocr.binding import Binding
    from ocr.embedding import Metadata
    from ocr.unpaged import MailFields
    from ocr.writing import Task

NOTHING = type(None)

# what a file is
INSPECT: ChildFunction[[Path, Limits], Preflight]
INSPECT = ChildFunction("ocr.preflight:inspect", (Preflight,))
DECRYPT: ChildFunction[[Path, str, Path], None]
DECRYPT = ChildFunction("ocr.preflight:decrypt", (NOTHING,))
PAGE_COUNT: ChildFunction[[Path], int]
PAGE_COUNT = ChildFunction("ocr.preflight:page_count", (int,))
SEPARATOR_CODES: ChildFunction[[Path, int, int], list[tuple[int, str, str]]]
SEPARATOR_CODES = ChildFunction("ocr.separators:codes", (list,))
ATTACHMENTS: ChildFunction[[Path], tuple[tuple[str, bytes], ...]]
ATTACHMENTS = ChildFunction("ocr.attachments:extract", (tuple,))

# what stands in it
ENGINE_AND_PAGES: ChildFunction[[Path], tuple[str, str, int]]
ENGINE_AND_PAGES = ChildFunction("ocr.recognise:opened", (tuple,))
READ_PAGE: ChildFunction[[Path, int, int, ScanProfile], PageText]
READ_PAGE = ChildFunction("ocr.page:read_page", (PageText,))
READ_UNPAGED: ChildFunction[[Path, FileKind, bool], Recognition]
READ_UNPAGED = ChildFunction("ocr.unpaged:read_unpaged", (Recognition,))
MAIL_FIELDS: ChildFunction[[Path], MailFields]
MAIL_FIELDS = ChildFunction("ocr.unpaged:mail_fields")
PAGE_PICTURE: ChildFunction[[Path, int, int, int], bytes]
PAGE_PICTURE = ChildFunction("ocr.images:render", (bytes,))

# what is written
OVERLAY: ChildFunction[[Task], tuple[str, ...]]
OVERLAY = ChildFunction("ocr.writing:overlay", (tuple,))
ENCLOSE: ChildFunction[[Task], tuple[str, ...]]
ENCLOSE = ChildFunction("ocr.writing:enclose", (tuple,))
REBUILD: ChildFunction[[Task], tuple[str, ...]]
REBUILD = ChildFunction("ocr.writing:rebuild", (tuple,))
EMBED: ChildFunction[[Path, Path, str, bytes, str, str, str, Metadata], None]
EMBED = ChildFunction("ocr.embedding:embed_in_child", (NOTHING,))
BIND: ChildFunction[[Binding], int]
BIND = ChildFunction("ocr.binding:bind", (int,))
COMPARE_PAGES: ChildFunction[[Order], tuple[PageCompared, ...]]
COMPARE_PAGES = ChildFunction("ocr.compare.pages:compare_pages", (tuple,))
COMPARE_WHOLE: ChildFunction[[Order], Whole]
COMPARE_WHOLE = ChildFunction("ocr.compare.whole:whole_files", (Whole,))
