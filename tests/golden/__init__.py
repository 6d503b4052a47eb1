"""The golden set: small OCR files, one or more a trap, and what a second reader says that they hold."""
