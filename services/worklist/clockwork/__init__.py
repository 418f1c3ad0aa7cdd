"""What time alone does: what arrives, who gets it, clocks, scores, word of deadlines."""
