"""Tests named after the numbered requirements of the IIIF documents."""
