"""Statements that every item or every poll asks for: compiled once, and then given to the driver itself.

To run a statement costs SQLAlchemy several times what it costs SQLite. What a statement says, and what the types of
its columns make of values on their way in and out, stays SQLAlchemy's; only the way through it is left out.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from bot.store.engine import HIDE_VALUES

Statement = sa.Select[Any] | sa.Insert | sa.Update | sa.Delete
Values = Mapping[str, Any]
Processor = Callable[[Any], Any] | None
_ROW: Callable[..., Any] = namedtuple  # so called because the columns are known only when a statement is


class Prepared:
    """One statement, for databases of either kind. Its methods raise DBAPIError as SQLAlchemy's own do.

    The values are its parameters by name, and what an INSERT or UPDATE sets by column: the same names every time.
    """

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}  # by dialect

    def rows(self, connection: sa.Connection, values: Values) -> list[Any]:
        """What it finds or returns, by the names of the columns."""
        compiled = self._for(connection, values)
        with _cursor(connection, compiled.text) as cursor:
            cursor.execute(compiled.text, compiled.bound(values))
            return compiled.found(cursor)

    def row(self, connection: sa.Connection, values: Values) -> Any | None:
        """The first row, None where there is none."""
        return next(iter(self.rows(connection, values)), None)

    def run(self, connection: sa.Connection, values: Values) -> int:
        """Returns how many rows were written."""
        compiled = self._for(connection, values)
        with _cursor(connection, compiled.text) as cursor:
            cursor.execute(compiled.text, compiled.bound(values))
            return int(cursor.rowcount)

    def run_all(self, connection: sa.Connection, several: Sequence[Values]) -> None:
        """Once for each of `several`, of which there is one at least."""
        compiled = self._for(connection, several[0])
        with _cursor(connection, compiled.text) as cursor:
            cursor.executemany(compiled.text, [compiled.bound(values) for values in several])

    def _for(self, connection: sa.Connection, values: Values) -> _Compiled:
        dialect = connection.dialect
        if (known := self._compiled.get(dialect.name)) is not None:
            return known
        compiled = self._compiled[dialect.name] = _Compiled(self._statement, dialect, values)
        return compiled


class _Compiled:
    """A statement as one dialect writes it."""

    def __init__(self, statement: Statement, dialect: sa.Dialect, values: Values) -> None:
        compiler: Any = statement.compile(dialect=dialect, column_keys=list(values))
        if compiler.literal_execute_params or compiler.post_compile_params:
            raise ValueError(f"only what is compiled before it is run can be prepared: {statement}")
        self.text = str(compiler)
        self._dialect = dialect
        self._positional = compiler.positional
        binds = compiler.binds
        self._names = list(binds) if compiler.positiontup is None else compiler.positiontup
        self._given = len(values)
        self._fixed = {name: bind.value for name, bind in binds.items() if name not in values and not bind.required}
        ways = (_of(binds[name], dialect).bind_processor(dialect) for name in self._names)
        self._ways_in: list[tuple[str, Processor]] = list(zip(self._names, ways, strict=True))
        self._columns = list(statement.exported_columns)
        self._row = _ROW("Row", [column.key for column in self._columns])._make
        self._ways_out: list[Processor] | None = None

    def bound(self, values: Values) -> Sequence[Any] | Values:
        """The values as the driver takes them. Raises KeyError or ValueError where their names are not the same."""
        if len(values) != self._given:
            raise ValueError(f"prepared for {self._given} values, given {', '.join(values)}: {self.text}")
        if self._fixed:
            values = {**self._fixed, **values}
        bound = [way(values[name]) if way else values[name] for name, way in self._ways_in]
        return bound if self._positional else dict(zip(self._names, bound, strict=True))

    def found(self, cursor: Any) -> list[Any]:
        if self._ways_out is None:  # some types ask what the driver brings
            self._ways_out = [
                _of(column, self._dialect).result_processor(self._dialect, described[1])
                for column, described in zip(self._columns, cursor.description, strict=True)
            ]
        row, ways, rows = self._row, self._ways_out, cursor.fetchall()
        if not any(ways):
            return [row(each) for each in rows]
        return [row([way(value) if way else value for way, value in zip(ways, each, strict=True)]) for each in rows]


def _of(typed: sa.ColumnElement[Any], dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
    return typed.type.dialect_impl(dialect)


@contextmanager
def _cursor(connection: sa.Connection, statement: str) -> Iterator[Any]:
    """The driver's, in the transaction of `connection`; what the driver raises is raised as SQLAlchemy does."""
    if not connection.in_transaction():
        connection.begin()
    driver = connection.dialect.loaded_dbapi
    cursor = connection.connection.cursor()
    try:
        yield cursor
    except driver.Error as error:
        lost = connection.dialect.is_disconnect(error, cursor.connection, cursor)
        if lost:  # else it is rolled back, and that this fails too hides why
            connection.invalidate(error)
        raise DBAPIError.instance(
            statement, None, error, driver.Error, hide_parameters=HIDE_VALUES, connection_invalidated=lost,
            dialect=connection.dialect,
        ) from error  # fmt: skip
    finally:
        cursor.close()
