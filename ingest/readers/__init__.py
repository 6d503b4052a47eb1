"""Readers: one OCR format each, from bytes to pages of the word model in the file's own units."""
