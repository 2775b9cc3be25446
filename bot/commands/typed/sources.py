"""What somebody wants done with sources, from what they typed. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlsplit

from bot.commands.spec import Mistake, one_line
from bot.deliver.card import Reply, Run
from bot.model import Authority, Source, SourceId
from bot.settings import parse_duration
from bot.sources.sourcing import plain_scheme

ACTIONS = ("list", "add", "remove", "check", "pause", "resume", "release", "drop", "export", "import")
SHORTEST = timedelta(minutes=1)  # between two polls of a source from chat: sites ban who asks more often
LONGEST = timedelta(days=7)
MAX_NAME = 80  # characters

LANGUAGE = re.compile(r"[a-z]{2}")
DURATION = re.compile(r"\d\S*")
AUTHORITY = re.compile("|".join(Authority), re.IGNORECASE)
ANY_NAME = re.compile(r".+")
ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)

_REFERENCE = re.compile(r"#[0-9a-f]{10}")
_SLACK_LINK = re.compile(r"<([^|>]+)(?:\|[^>]*)?>")  # what Slack makes of a typed address


def is_reference(wanted: str) -> bool:
    """Whether that is what a button says to mean a feed: "#3f9a6c0142"."""
    return _REFERENCE.fullmatch(wanted) is not None


def address_of(wanted: str) -> str | None:
    """The web address that was typed, "example.org" included; None where it cannot be one."""
    linked = _SLACK_LINK.fullmatch(wanted)
    text = linked[1] if linked else wanted
    url = plain_scheme(text if "://" in text else f"https://{text}")
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return None
    is_web = parts.scheme in ("http", "https") and ("." in host or ":" in host or "://" in text)
    return url if is_web and host and url.isprintable() and not re.search(r"\s", url) else None


def wished(arguments: Mapping[str, str]) -> Source:
    """How the source shall be polled, without its place yet. Raises Mistake where that makes no sense."""
    lang = arguments.get("lang", "").lower()
    if lang and not LANGUAGE.fullmatch(lang):
        raise _mistake(f"“{lang[:40]}” is no language: write its two letters, as in lang=de.")
    return Source(
        id=SourceId(""),
        name=one_line(arguments.get("name", ""), MAX_NAME),
        every=_duration("every", arguments, "5m", SHORTEST, LONGEST),
        authority=Authority(arguments.get("authority", Authority.OUTLET)),
        max_age=_duration("max_age", arguments, "2d", timedelta(hours=1), timedelta(days=365))
        if "max_age" in arguments
        else None,
        lang=lang or None,
    )


def refuse_the_rest(arguments: Mapping[str, str]) -> None:
    """Raises Mistake for words behind the address: they look like wishes, and would be lost."""
    if rest := arguments.get("reason"):
        raise _mistake(
            f"“{rest[:40]}” is more than add takes.",
            "Wishes are written with =, as in every=10m authority=official name=“Trade Office”",
        )


def _duration(
    name: str, arguments: Mapping[str, str], usual: str, shortest: timedelta, longest: timedelta
) -> timedelta:
    text = arguments.get(name, usual)
    try:
        duration = parse_duration(text)
    except ValueError:
        duration = timedelta()
    if not shortest <= duration <= longest:
        raise _mistake(f"“{text[:40]}” cannot be: {name} is {_said(shortest)} to {_said(longest)}, as in {name}=10m.")
    return duration


def _said(duration: timedelta) -> str:
    return f"{duration.days}d" if duration.days else f"{round(duration.total_seconds() / 60)}m"


def _mistake(problem: str, *hints: str) -> Mistake:
    lines = (*hints, "/wire help sources shows how it is written.")
    return Mistake(Reply(title=problem, lines=tuple((Run(text=hint),) for hint in lines)))
