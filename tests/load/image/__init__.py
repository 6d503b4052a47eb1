"""Measures of images: beside iipsrv, memory under load, a viewer's zoom, large plain pictures, the gate."""
