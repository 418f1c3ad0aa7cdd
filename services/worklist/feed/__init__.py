"""The encoder feed: the departments' coders and the seeded errors of the demonstration."""
