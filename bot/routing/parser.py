"""From text to tree: reads `title:"trade war" OR (tarif* -crypto rate>=10)`.

A query that cannot be read raises `QueryError`, which marks the place and, where there is a likely one, proposes
the corrected query. `bot.routing.query.parse` is the public way in.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn, cast
from unicodedata import east_asian_width

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedToken

from bot.routing.syntax import Node, all_of, any_of, negated
from bot.routing.terms import FIELD_TAKES, Place, Wrong, field_leaf, place_of, read_field, text_leaf

MAX_LENGTH = 1_000  # characters
MAX_DEPTH = 20  # brackets within brackets
MAX_TERMS = 64
_MAX_EDITS = 5  # in one proposed correction
_TERMS = {"WORD", "VALUE", "PHRASE"}

_GRAMMAR = r"""
start: disjunction
?disjunction: conjunction (_OR conjunction)*
?conjunction: unary (_AND? unary)*
?unary: (_NOT | _MINUS) unary -> negation
    | "(" disjunction ")"
    | WORD -> term
    | PHRASE -> term
    | FIELD VALUE -> fielded
    | FIELD PHRASE -> fielded

_AND.4: /and(?=[\s()"]|$)/i
_OR.4: /or(?=[\s()"]|$)/i
_NOT.4: /not(?=[\s()"]|$)/i
_MINUS.4: /-(?=\S)/
FIELD.3: /[^\s()":=<>|!\/]+\s*(?::?[<>]=?|[:=])\s*/
PHRASE.2: /"[^"]*"/
WORD.2: /(?!(and|or|not)([\s()"]|$))[^\s()":=<>|!\/][^\s()":=<>|]*/i
VALUE.1: /[^\s()":=<>|!\/][^\s()":=<>|]*/  // the only word the lexer takes after a field: lang:or
%ignore /\s+/
"""

# What keyboards and chat clients put in the place of ASCII (full-width forms, typographic quotes); one character
# for one, so places stay true.
_SAME_SIGN = {0xFF01 + n: 0x21 + n for n in range(94)} | str.maketrans("“”„‟«»−", '""""""-')

_STRAY_SIGNS = {
    "|": "“|” is no sign of this language: write OR",
    "!": "“!” is no sign of this language: write -word or NOT word",
    "/": "there are no regular expressions here: write the beginning of a word as tarif*",
    '"': "this quote is not closed",
    ":": "a field must stand before “:”, as in topic:trade",
    "=": "a field must stand before “=”, as in topic:trade",
    "<": "a field must stand before “<”, as in rate<5",
    ">": "a field must stand before “>”, as in rate>10",
}


class QueryError(ValueError):
    """A query that cannot be read. Its text is for the person who wrote it: problem, query, place.

    `problem` is the first line alone; `start` and `end` are the place in the query, in characters; `correction` is
    the whole query as it was probably meant, or None.
    """

    def __init__(self, problem: str, query: str, place: Place, correction: str | None = None) -> None:
        self.problem = problem
        self.start, self.end = place
        self.correction = correction
        super().__init__("\n".join([problem, *_marked(query, *place)]) if query.strip() else problem)


_SHOWN = 40  # characters of a long query shown on either side of the place


def _marked(query: str, start: int, end: int) -> tuple[str, str]:
    """The part of the query around a place, on one line, and a line of carets under the place."""
    left, right = max(0, start - _SHOWN), end + _SHOWN
    line = "".join(char if char.isprintable() else " " for char in query[left:right])
    before = "…" * (left > 0) + line[: start - left]
    pad = "".join("\u3000" if east_asian_width(char) in "WF" else " " for char in before)
    return f"{before}{line[start - left :]}{'…' * (right < len(query))}", pad + "^" * max(1, end - start)


def parse_tree(text: str) -> Node:
    """The tree of a query. Raises QueryError, and nothing else, for text that is none."""
    try:
        return _read(text.translate(_SAME_SIGN))
    except Wrong as wrong:
        raise QueryError(wrong.problem, text, wrong.place, _corrected(text, wrong)) from None


def _corrected(text: str, wrong: Wrong) -> str | None:
    """The query with everything set right that we know how to; None unless the result can be read."""
    for _ in range(_MAX_EDITS):
        if wrong.edit is None:
            return None
        (start, end), new = wrong.edit
        text = text[:start] + new + text[end:]
        try:
            _read(text.translate(_SAME_SIGN))
        except Wrong as next_wrong:
            wrong = next_wrong
        else:
            return text
    return None


def _read(text: str) -> Node:
    if len(text) > MAX_LENGTH:
        raise Wrong(f"a query has at most {MAX_LENGTH:,} characters, not {len(text):,}", (MAX_LENGTH, MAX_LENGTH))
    if not text.strip():
        raise Wrong("the query is empty: write what to look for, such as tariff* or topic:trade", (0, 0))
    reader = _PARSER.parse_interactive(text)
    read: list[Token] = []
    try:
        for token in reader.iter_parse():
            read.append(token)
            _keep_limits(read)
        return cast("Node", reader.feed_eof())  # type: ignore[no-untyped-call]  # lark left it without annotations
    except UnexpectedCharacters as stray:
        _explain_stray_sign(text, cast("int", stray.pos_in_stream), read)  # lark declares it None
    except UnexpectedToken as unexpected:
        before = read[:-1] if read and read[-1] is unexpected.token else read
        _explain_structure(unexpected.token, before, len(text))


def _keep_limits(read: list[Token]) -> None:
    """Called for every token as it comes, so a query over a limit is never read to its end."""
    token = read[-1]
    if token.type == "LPAR" and len(_open_brackets(read)) > MAX_DEPTH:
        raise Wrong(f"brackets stand at most {MAX_DEPTH} deep", place_of(token))
    if token.type in _TERMS and sum(old.type in _TERMS for old in read) > MAX_TERMS:
        raise Wrong(f"a query has at most {MAX_TERMS} terms: split it in two", place_of(token))


# --- what is wrong ----------------------------------------------------------------------------------------


def _open_brackets(tokens: Sequence[Token]) -> list[Token]:
    opened: list[Token] = []
    for token in tokens:
        if token.type == "LPAR":
            opened.append(token)
        elif token.type == "RPAR":
            opened.pop()
    return opened


def _explain_stray_sign(text: str, at: int, before: Sequence[Token]) -> NoReturn:
    if before and before[-1].type == "FIELD":
        read_field(before[-1])  # a wrong field explains more: https://example.com
    end = len(text)
    raise Wrong(_STRAY_SIGNS[text[at]], (at, at + 1), ((end, end), '"') if text[at] == '"' else None)


def _explain_structure(bad: Token, before: Sequence[Token], length: int) -> NoReturn:
    """Say what the person did, from the token that does not fit and those before it."""
    opened = _open_brackets(before)
    last = before[-1] if before else None
    if last is not None and last.type == "FIELD":
        name, _ = read_field(last)
        if bad.type == "LPAR":
            raise Wrong(f"brackets go round whole terms: ({name}:… OR {name}:…)", place_of(bad))
        raise Wrong(f"{name} needs a value: {FIELD_TAKES[name]}", place_of(last))
    if bad.type == "RPAR" and not opened:
        raise Wrong(
            "this bracket closes nothing: take it away or open one before it", place_of(bad), (place_of(bad), "")
        )
    if last is not None and last.type.startswith("_"):
        raise Wrong(f"nothing follows {last.upper()}; {_QUOTE_IT}", place_of(last))
    if bad.type == "RPAR":
        raise Wrong("there is nothing between these brackets", (place_of(opened[-1])[0], place_of(bad)[1]))
    if bad.type == "$END":
        raise Wrong("this bracket is not closed", place_of(opened[-1]), ((length, length), ")" * len(opened)))
    raise Wrong(f"nothing stands before {bad.upper()}; {_QUOTE_IT}", place_of(bad))


_QUOTE_IT = "to look for the word itself, put it in quotes"


# --- the tree -----------------------------------------------------------------------------------------------


class _Builder(Transformer[Token, Node]):
    """Builds the tree while the parser reads; the methods carry the names of the grammar's rules."""

    def start(self, parts: list[Node]) -> Node:
        return parts[0]

    def disjunction(self, parts: list[Node]) -> Node:
        return any_of(parts)

    def conjunction(self, parts: list[Node]) -> Node:
        return all_of(parts)

    def negation(self, parts: list[Node]) -> Node:
        return negated(parts[0])

    def term(self, tokens: list[Token]) -> Node:
        return text_leaf(tokens[0], "text")

    def fielded(self, tokens: list[Token]) -> Node:
        return field_leaf(*tokens)


_PARSER = Lark(_GRAMMAR, parser="lalr", transformer=_Builder())
