"""What tables are made of, on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class UtcTime(sa.TypeDecorator[datetime]):
    """Aware UTC in and out; SQLite keeps no zone, so it is put back there."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
Serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite numbers rows only in an INTEGER key

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Texts(sa.TypeDecorator[Iterable[str]]):
    """Any number of texts as one parameter: both databases limit how many a statement may have."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(sa.Text) if dialect.name == "postgresql" else sa.Text())

    def process_bind_param(self, value: Iterable[str] | None, dialect: sa.Dialect) -> list[str] | str:
        texts = [str(each) for each in value or ()]
        return texts if dialect.name == "postgresql" else json.dumps(texts)


class _Among(FunctionElement[Any]):
    type = sa.types.NULLTYPE  # what is Boolean is compared with 1 on SQLite, and goes by no index then
    inherit_cache = True


@compiles(_Among, "sqlite")
def _among_json(element: _Among, compiler: SQLCompiler, **how: Any) -> str:
    column, texts = (compiler.process(part, **how) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({texts}))"  # noqa: S608 - both parts are compiled


@compiles(_Among, "postgresql")
def _among_array(element: _Among, compiler: SQLCompiler, **how: Any) -> str:
    column, texts = (compiler.process(part, **how) for part in element.clauses)
    return f"{column} = ANY ({texts})"


def among(column: sa.ColumnElement[Any], values: Iterable[str] | str) -> sa.ColumnElement[bool]:
    """`column IN values`. A text is the name of the parameter that is given at execution, for a statement that is
    put together once."""
    name, texts = (values, None) if isinstance(values, str) else (None, list(values))
    return _Among(column, sa.bindparam(name, texts, type_=Texts, unique=name is None, required=name is not None))


def lease_columns() -> list[sa.Column[Any]]:
    return [sa.Column("due_at", UtcTime), sa.Column("lease_owner", sa.Text), sa.Column("lease_until", UtcTime)]
