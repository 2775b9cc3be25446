"""What a person can do about a database that fails, in words that name nothing and may be shown to anybody."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError

_FULL = "is full: make room there; nothing is lost, and the work goes on by itself"
_SERVER = "the database server cannot be reached: start it, or see the network; it is tried again every few seconds"

# https://www.sqlite.org/rescode.html#primary_result_code_list
_SQLITE = {
    sqlite3.SQLITE_FULL: f"the disk of the database {_FULL}",
    sqlite3.SQLITE_IOERR: "the disk of the database cannot be written or read: is it full, over a quota, or failing?",
    sqlite3.SQLITE_READONLY: "the database file may not be written: give this user the right to, and to its folder",
    sqlite3.SQLITE_CANTOPEN: "the database file cannot be opened: are its folder and its disk there?",
    sqlite3.SQLITE_BUSY: "another program holds the database file: end it",
}
_PRIMARY = 0xFF  # of an extended result code

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRES = {
    "53100": f"the disk of the database server {_FULL}",
    "53300": "the database server takes no more connections: raise max_connections, or run fewer processes",
    "25006": "the database server takes no writes: TRADEWIRE_DATABASE_URL must name the primary, not a replica",
}
_NO_CONNECTION = "08000"  # the driver has no code where no server answered
_AWAY = ("08", "57P")  # also: it shuts down, it starts


def cure_of(error: BaseException) -> str | None:
    """None where the database is not to blame, or nobody can help."""
    if not isinstance(error, DBAPIError):
        return None
    if isinstance(error.orig, sqlite3.Error):
        return _SQLITE.get(getattr(error.orig, "sqlite_errorcode", 0) & _PRIMARY)
    from_server = isinstance(error, OperationalError | InternalError | InterfaceError)
    if from_server and hasattr(error.orig, "sqlstate"):  # psycopg's, which is not loaded for this
        state: str = getattr(error.orig, "sqlstate", None) or _NO_CONNECTION
        return _SERVER if state.startswith(_AWAY) else _POSTGRES.get(state)
    return None
