"""What the audit trail promises of the record, and whether each promise is kept (``verify``)."""
