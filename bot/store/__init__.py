"""The database: one schema and one statement for SQLite and PostgreSQL."""
