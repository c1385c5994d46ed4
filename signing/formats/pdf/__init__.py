"""Signatures in PDF: fields, byte ranges, material, signed files within."""
