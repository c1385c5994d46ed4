"""The database behind the record: connections, migrations, rows read, work after a commit."""
