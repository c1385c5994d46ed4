"""What the database's planner knows of the tables: gathered anew now and then.

SQLite gathers nothing by itself; of two indices that fit alike it then takes either. Looking at a
bounded number of rows of each index is enough and takes milliseconds, whatever the size. PostgreSQL
does the same by itself (autovacuum).
"""

from __future__ import annotations

import sqlalchemy as sa

from archive.db.database import Database
from archive.tables import schema

#: events of the trail; what is known of less would be wrong as soon as there is more
ENOUGH = 10_000
LOOKED_AT = 1_000  #: rows of each index


def gather(database: Database) -> bool:
    """Gather statistics of the archive's tables where they say something; whether it was done.

    Raises Unavailable.
    """
    if database.read_only or database.writer.dialect.name != "sqlite":
        return False
    head = schema.audit_head
    with database.write() as session:
        if (session.scalar(sa.select(head.c.seq)) or 0) < ENOUGH:
            return False
        connection = session.connection()
        connection.exec_driver_sql(f"PRAGMA analysis_limit={LOOKED_AT}")
        for name in schema.metadata.tables:
            connection.exec_driver_sql(f"ANALYZE {name}")
    return True


def gathers_itself(database: Database) -> bool:
    """Whether the server of a PostgreSQL database keeps its statistics; True for SQLite."""
    if database.writer.dialect.name != "postgresql":
        return True
    with database.read() as session:
        shown = sa.text("SELECT current_setting('autovacuum'), current_setting('track_counts')")
        return tuple(session.execute(shown).one()) == ("on", "on")
