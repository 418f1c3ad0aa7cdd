"""The accuracy figures as the page shows them, read from the table the accuracy stage keeps."""

from sqlalchemy import Connection


def groups(conn: Connection) -> list[dict[str, object]]:
    """Return the figures by metric and dimension."""
    return []
