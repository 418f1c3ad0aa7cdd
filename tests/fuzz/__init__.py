"""Fuzz targets, run on demand."""
