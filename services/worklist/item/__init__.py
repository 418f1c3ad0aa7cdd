"""An item: the table of its moves, who may see it, who has it, where it lies."""
