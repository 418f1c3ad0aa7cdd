"""The four stream processors, and how one runs on Kafka with Faust."""
