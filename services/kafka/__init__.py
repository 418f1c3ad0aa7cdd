"""Kafka: the clients' settings, and the topics as they must be."""
