"""The local run: one Kafka broker, one PostgreSQL server, and every process, supervised."""
