"""The domain below, the adapters, and the processes around the streams."""
