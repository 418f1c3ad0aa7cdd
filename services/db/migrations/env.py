"""Alembic's entry: one transaction a migration, under an advisory lock against a second `up`."""

from alembic import context
from sqlalchemy import text

from services.db.engine import connect
from services.db.tables import META

LOCK = 7_301_140_001

engine = connect(context.config.attributes["url"])
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=META,
        transaction_per_migration=True,
        compare_type=True,
    )
    with context.begin_transaction():
        connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        context.run_migrations()
engine.dispose()
