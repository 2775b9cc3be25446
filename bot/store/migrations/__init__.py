"""Alembic's folder: one numbered step a change, the same steps on SQLite and PostgreSQL."""
