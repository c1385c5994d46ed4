"""The composition root's part for those who only read: what is kept, and how it is found.

``api/wiring.py`` builds the whole house on it. It stands alone because a command that only asks must
not import recognition, signatures and the durable engine; for the same reason an engine is imported
where the settings have chosen it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archive.db.database import Database
from archive.store.objects import ObjectStore
from archive.store.objects_folder import FolderStore
from config.clock import Clock, now
from config.errors import ConfigError
from config.program_files import program_files
from config.settings import Settings
from ingest.index.searching import Searching
from ingest.ports.rebuild_progress import Renewal
from search.german.analysis import Analyser, load_analyser
from search.index import Index


@contextmanager
def searching(settings: Settings, *, clock: Clock = now) -> Iterator[Searching]:
    """Search for the time of one command.

    Raises:
        ConfigError: a setting names something that is not there.
    """
    database = Database(settings.database_url)
    analyser = load_analyser(kept_in=settings.home / "cache")
    index = index_of(settings, analyser)
    try:
        yield Searching(
            database=database,
            objects=objects_of(settings),
            index=index,
            analyser=analyser,
            clock=clock,
            renewal=Renewal(),
        )
    finally:
        index.close()
        database.close()


def objects_of(settings: Settings) -> ObjectStore:
    """The object store that the settings choose. Raises ConfigError."""
    if "://" in settings.objects.url:
        raise ConfigError(
            f"objects.url „{settings.objects.url}“: diese Fassung kennt nur Ordner als Objektspeicher."
        )
    return FolderStore(settings.at_home(settings.objects.url, "objects"))


def index_of(settings: Settings, analyser: Analyser) -> Index:
    """The search index that the settings choose. Raises ConfigError."""
    if settings.search.engine == "tantivy":
        from search.engines.tantivy.index_tantivy import TantivyIndex

        return TantivyIndex(settings.home / "index", analyser)
    if not settings.search.url:
        raise ConfigError("search.engine ist „elasticsearch“, aber search.url ist leer.")
    from search.engines.elasticsearch.index_elasticsearch import ElasticsearchIndex

    return ElasticsearchIndex(settings.search.url, analyser, prefix=settings.search.prefix)


def verapdf_of(settings: Settings) -> Path:
    """The folder of the PDF/A validator's library."""
    return Path(settings.ocr.verapdf) if settings.ocr.verapdf else program_verapdf()


def program_verapdf() -> Path:
    """Where the set-up puts the validator's library."""
    return program_files().verapdf
