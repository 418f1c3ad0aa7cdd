"""Rules and code tables by people, and the recall they bring."""
