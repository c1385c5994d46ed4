"""People, rights, closed compartments, the audit trail."""
