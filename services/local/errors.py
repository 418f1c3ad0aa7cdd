"""What keeps the local run from starting, each said in one line."""


class StartError(Exception):
    """The local run cannot start; the message says what is missing and what to do."""
