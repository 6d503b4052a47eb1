"""From pictures and OCR of any kind to an object: the word model, pyramids, packs (DESIGN section 1)."""
