"""A simulated trading partner: payers behind drop folders, with rules and books of their own."""
