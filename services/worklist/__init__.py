"""The work: items that came back, the coding module, and what became of each correction."""
