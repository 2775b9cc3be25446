"""Untrusted text as Discord markdown that shows exactly that text: no markup, no mention, no link of its own.

Pure. Syntax: https://docs.discord.com/developers/reference#message-formatting and
https://support.discord.com/hc/en-us/articles/210298617-Markdown-Text-101
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, urlsplit

from bot.deliver.card import Line, Run

MAX_URL = 2_048  # of an embed: https://docs.discord.com/developers/resources/message#embed-object
MAX_RUN = 1_000  # our own: one run with the longest link still fits a description

_STRIKE = "~~"
_ZERO_WIDTH_SPACE = "\u200b"
# Joiners make up emoji and the scripts of Persia and India; all other format characters can only deceive.
_KEPT_FORMAT_CHARACTERS = "\u200c\u200d"

# Characters that open a construct anywhere, and those that do so only where a line begins (lists, headings, quotes).
_ANYWHERE = str.maketrans({character: f"\\{character}" for character in r"\*_~|`[]<>"})
_LINE_START = re.compile(r"^(\s*)([#+-]|\d+(?=[.)]))")
_SCHEME = re.compile(r":(?=//)")
_INVITE = re.compile(r"(?i)(discord(?:app)?\.[a-z]{2,3})/")  # shown as an invitation even without https://
_BROKEN_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_URL_SAFE = "%/:=&?~+!$,;@"


def clean(text: str) -> str:
    """One line without control, direction-changing or invisible characters; for places that know no markdown."""
    if not text.isprintable():
        text = "".join(character for character in text if not _is_hidden(character))
    return re.sub(r"\s+", " ", text)


def _is_hidden(character: str) -> bool:
    if character.isspace() or character in _KEPT_FORMAT_CHARACTERS:
        return False
    return unicodedata.category(character) in {"Cc", "Cf", "Cs"}


def escape(text: str) -> str:
    """`text` as one line of markdown that renders as `text`."""
    escaped = clean(text).translate(_ANYWHERE)
    escaped = _LINE_START.sub(_escape_line_start, escaped)
    escaped = _INVITE.sub(r"\1\\/", _SCHEME.sub(r"\\:", escaped))
    # The server looks for mentions in the raw text, where a backslash does not help.
    return escaped.replace("@", "@" + _ZERO_WIDTH_SPACE)


def _escape_line_start(match: re.Match[str]) -> str:
    space, opener = match.groups()
    # "1." opens a list at its full stop: a backslash before a digit would be shown.
    return f"{space}{opener}\\" if opener.isdigit() else f"{space}\\{opener}"


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, ending in "…" where something was cut; never a lone backslash before it."""
    if len(text) <= limit:
        return text
    if limit < 1:
        return ""
    cut = text[: limit - 1]
    if (len(cut) - len(cut.rstrip("\\"))) % 2:
        cut = cut[:-1]
    return cut.rstrip(" ") + "…"


def strike(markdown: str, limit: int) -> str:
    """`markdown`, escaped as it is, struck through: at most `limit` characters, never without its closing mark."""
    kept = shorten(markdown, limit - 2 * len(_STRIKE) - 1)
    # Discord takes the first two tildes for the end, and does not see that one of them is escaped.
    apart = _ZERO_WIDTH_SPACE if kept.endswith("~") else ""
    return f"{_STRIKE}{kept}{apart}{_STRIKE}" if kept else ""


def safe_url(url: str | None) -> str | None:
    """`url` as Discord takes it: http or https with a host, percent-encoded, at most 2048 characters; else None.

    An address with a user name in it is refused: `https://bank.example@evil.example` only serves to deceive.
    """
    if not url:
        return None
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").encode("idna").decode("ascii")
        port = f":{parts.port}" if parts.port is not None else ""
    except (ValueError, UnicodeError):
        return None
    if parts.scheme not in {"http", "https"} or not re.fullmatch(r"[\w.-]+", host) or "@" in parts.netloc:
        return None
    try:
        address = f"{parts.scheme}://{host}{port}{_encoded(parts.path)}"
        address += f"?{_encoded(parts.query)}" if parts.query else ""
        address += f"#{_encoded(parts.fragment)}" if parts.fragment else ""
    except UnicodeEncodeError:  # half a surrogate pair
        return None
    return address if len(address) <= MAX_URL else None


def _encoded(part: str) -> str:
    return _BROKEN_PERCENT.sub("%25", quote(part, safe=_URL_SAFE))


def render_line(line: Line) -> str:
    """A line of runs as markdown."""
    return "".join(_render_run(run) for run in line)


def _render_run(run: Run) -> str:
    if run.when is not None:
        return f"<t:{int(run.when.timestamp())}:f>"  # each reader sees it in their own zone
    text = escape(run.text)
    core = text.strip(" ")
    if not core:
        return text
    # Markdown wants no space inside its marks.
    before, after = text[: len(text) - len(text.lstrip(" "))], text[len(text.rstrip(" ")) :]
    core = shorten(core, MAX_RUN)
    url = safe_url(run.url)
    core = f"[{core}]({url})" if url else core
    core = f"{_STRIKE}{core}{_STRIKE}" if run.strike else core
    return f"{before}**{core}**{after}" if run.bold else f"{before}{core}{after}"
