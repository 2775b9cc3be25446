"""Every contract and flow test that uses a database runs on both, but for those below, each with its reason.

A test takes the fixture `database_url` (or `database`, `desk`, …), which is SQLite and PostgreSQL in turn. This looks
in the source for what keeps one from that: a mark for one of them, a fixture of one, an address written by hand.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SUITES = ("tests/contract", "tests/flow")

_OWN_KIND = "what SQLite, or PostgreSQL, does by itself"
_NONE_ASKED = "the database is opened, and nothing of it is looked at"
_COPIES = "hundreds of databases in one test; the suites beside it hold the same rules on both"
_A_PROCESS = "the command line in a process of its own; its parts are tested on both"
_REPLAY = "a replay has a database of its own, an SQLite file that lasts as long as it does"

# A file, or one test of it.
ALLOWED = {
    "tests/contract/test_backup.py": "a backup is a file of SQLite or a dump of PostgreSQL: each has its own tests",
    "tests/contract/test_brake_properties.py": _COPIES,
    "tests/contract/test_cures.py": _OWN_KIND,
    "tests/contract/test_listening_properties.py": _COPIES,
    "tests/contract/test_power_cut.py": _OWN_KIND,
    "tests/contract/test_prepared.py::test_a_connection_that_breaks_is_given_up_and_why_it_broke_is_said": _OWN_KIND,
    "tests/contract/test_search_store.py": _OWN_KIND,
    "tests/contract/test_storage_check.py": _OWN_KIND,
    "tests/contract/test_telling_properties.py": _COPIES,
    "tests/contract/test_wakeups.py": "LISTEN and NOTIFY are PostgreSQL's; that SQLite does without is tested too",
    "tests/flow/test_calendar.py": _A_PROCESS,
    "tests/flow/test_check_online.py": _NONE_ASKED,
    "tests/flow/test_command_line.py": _A_PROCESS,
    "tests/flow/test_database_restart.py": "a server is stopped and started",
    "tests/flow/test_feeds_check.py": _A_PROCESS,
    "tests/flow/test_hostile_web.py": "411 feeds in one run, and what is held against them is on the network's side",
    "tests/flow/test_replay_command.py": _REPLAY,
    "tests/flow/test_replay_thresholds.py": _REPLAY,
}

_FIXTURES = {"sqlite_template", "postgres"}
_SERVER = "server_in"  # starts one

_Named = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def test_only_those_with_a_reason_run_on_one_database() -> None:
    found = {test for path in _files() for test in _single(path)}
    assert {test for test in found if not {test, test.partition("::")[0]} & ALLOWED.keys()} == set()


def test_every_reason_is_still_needed() -> None:
    found = {test for path in _files() for test in _single(path)}
    needed = found | {test.partition("::")[0] for test in found}
    assert ALLOWED.keys() - needed == set()


def test_what_keeps_a_test_from_both_is_seen() -> None:
    seen = _single_in("tests/unit/sample.py", ast.parse(_SAMPLE))
    assert seen == {f"tests/unit/sample.py::test_{name}" for name in ("marked", "by_hand", "with_helper", "fixture")}


def _files() -> list[Path]:
    return [path for suite in SUITES for path in sorted((ROOT / suite).glob("test_*.py"))]


@cache
def _single(path: Path) -> frozenset[str]:
    name, module = path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(_single_in(name, module, _helpers(path.parent)))


@cache
def _helpers(folder: Path) -> frozenset[str]:
    """The helpers of a suite that make a database of one kind."""
    modules = [path for path in folder.glob("*.py") if not path.name.startswith("test_")]
    return frozenset(
        name for path in modules for name in _one_kind(ast.parse(path.read_text(encoding="utf-8")), frozenset())
    )


def _single_in(name: str, module: ast.Module, helpers: frozenset[str] = frozenset()) -> set[str]:
    """The tests of a module that run on one database."""
    return {f"{name}::{test}" for test in _one_kind(module, helpers) if test.startswith("test_")}


def _one_kind(module: ast.Module, helpers: frozenset[str]) -> set[str]:
    """The functions that use a database of one kind, or another function that does."""
    functions = {each.name: each for each in ast.walk(module) if isinstance(each, _Named)}
    values = {
        target.id: each.value
        for each in module.body
        if isinstance(each, ast.Assign)
        for target in each.targets
        if isinstance(target, ast.Name)
    }
    marks = {mark for mark, value in values.items() if _is_for_one(value)} | {"sqlite_only"}
    whole = "pytestmark" in marks or (isinstance(mark := values.get("pytestmark"), ast.Name) and mark.id in marks)
    single = {function for function, node in functions.items() if whole or _is_single(node, marks)}
    while more := {each for each in functions.keys() - single if _uses(functions[each]) & (single | helpers)}:
        single |= more
    return single


def _is_single(function: _Named, marks: set[str]) -> bool:
    marked = any(
        (isinstance(mark, ast.Name) and mark.id in marks) or _is_for_one(mark) for mark in function.decorator_list
    )
    by_hand = any(isinstance(each, ast.Constant) and "sqlite:///" in str(each.value) for each in ast.walk(function))
    choosing = any(isinstance(each, ast.Constant) and each.value == "sqlite" for each in ast.walk(function))
    return (
        marked or (by_hand and not choosing) or bool(_parameters(function) & _FIXTURES) or _SERVER in _names(function)
    )


def _is_for_one(mark: ast.expr) -> bool:
    """parametrize("database_url", [one of them])"""
    if not isinstance(mark, ast.Call) or not mark.args:
        return False
    name, *given = mark.args
    is_ours = isinstance(name, ast.Constant) and name.value == "database_url"
    return is_ours and isinstance(given[0], ast.List) and len(given[0].elts) == 1


def _parameters(function: _Named) -> set[str]:
    return set() if isinstance(function, ast.ClassDef) else {each.arg for each in function.args.args}


def _uses(function: _Named) -> set[str]:
    """The names of fixtures and helpers."""
    return _parameters(function) | set(_names(function))


def _names(function: ast.AST) -> Iterator[str]:
    for each in ast.walk(function):
        if isinstance(each, ast.Name):
            yield each.id


_SAMPLE = """
ONE = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)

def helper(path): return Database(f"sqlite:///{path}")

@pytest.fixture
def own(postgres): ...

@ONE
def test_marked(database): ...

def test_by_hand(tmp_path): Database("sqlite:///a.db")

def test_with_helper(tmp_path): helper(tmp_path)

async def test_fixture(own): ...

def test_both(database): ...

def test_both_by_name(database_url): assert database_url == "sqlite" or "sqlite:///" in database_url
"""
