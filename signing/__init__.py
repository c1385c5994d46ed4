"""Signatures, seals, time-stamps: detection, validation, sealing. Knows config alone."""
