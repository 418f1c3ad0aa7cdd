"""Many items: the list, its views and filters, one thing done to many, the team's board."""
