"""The record: database, object store, audit chain, e-files, access. Knows config alone."""
