"""The migrations make exactly the tables the code knows, and carry old data along."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.db.engine import connect
from services.db.tables import META


def test_the_migrations_make_exactly_the_tables(database):
    engine = connect(database.database_url.get_secret_value())
    with engine.connect() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True})
        differences = compare_metadata(context, META)
    engine.dispose()

    assert differences == []
