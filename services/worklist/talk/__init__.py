"""What people say of an item: queries, notes, lessons."""
