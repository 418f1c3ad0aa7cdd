"""The project's own sample of encounters with notes; `make.py` makes it (see README.md)."""

from pathlib import Path

FOLDER = Path(__file__).parent / "fhir"
