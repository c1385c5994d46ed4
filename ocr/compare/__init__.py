"""Every page of a rendition against its source as rendered (docs/explanation/ocr.md)."""
