"""PostgreSQL: engine, tables, migrations, and bulk statements."""
