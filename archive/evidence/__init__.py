"""Whether the record is still what the audit trail promises of it (``verify``)."""
