"""A valid value of every kind that each free option takes: the least and the largest, and every way to write it.

Options with choices need none, for the catalog has them, unless they say nothing without another option. What stands
in braces is filled in for each platform (see `Names` in test_every_option): {item} is the reference of an alert,
{message} the link to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.model import Authority, Tier
from bot.routing.digests import DAYS
from bot.routing.guide import EXAMPLES

Values = Mapping[tuple[str, str], tuple["Given", ...]]


@dataclass(frozen=True)
class Invocation:
    command: str
    arguments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Given:
    """A value, what the reply says of it, the options that go with it, and what has to be done `first`."""

    value: str
    says: str
    beside: Mapping[str, str] = field(default_factory=dict)
    first: Invocation | None = None


def after(command: str, **arguments: str) -> Invocation:
    return Invocation(command, arguments)


# One of each sign and field of the language.
QUERIES = (
    *(query for query, _ in EXAMPLES),
    "(tariff OR quota) AND NOT steel",
    "stahl ＴＡＲＩＦＦ Zölle",
    "topic:market",
    "source:wire",
    "lang:de",
    "person:Lagarde",
    "rate<=2.5",
    "tier:flash",
    'outlet:"Example Wire"',
    'title:"trade war"',
)
TRADE = "Brazil and Japan agree"


def items(says: str, first: Invocation | None = None, **beside: str) -> tuple[Given, ...]:
    """Every way to name an item."""
    ways = ("{item}", "{key}", "{suggested}", "{link}", "{message}", "{story}")
    return tuple(Given(way, says, beside, first) for way in ways)


def queries(first: Invocation | None = None) -> tuple[Given, ...]:
    """Every kind of query; the reply repeats it."""
    return tuple(Given(query, query, first=first) for query in QUERIES)


def setting(name: str, **values: str) -> tuple[Given, ...]:
    return tuple(Given(value, f"of this channel: {says}", {"setting": name}) for value, says in values.items())


def muted(kind: str, *names: str) -> tuple[Given, ...]:
    return tuple(Given(name, f"the {kind} “{name.strip(chr(34))[:60]}", {"kind": kind}) for name in names)


def unmuted(kind: str, name: str, as_muted: str = "") -> Given:
    first = after("mute", kind=kind, value=as_muted or name)
    return Given(name, f"No longer muted in this channel: the {kind}", {"kind": kind}, first)


def found(*values: str) -> tuple[Given, ...]:
    """Of a source that is looked for."""
    return tuple(Given(value, "Nothing is saved yet", {"action": "add", "source": "{site}"}) for value in values)


VALUES: Values = {
    ("latest", "since"): (
        Given("1s", "were flagged since then"),
        *(Given(length, TRADE) for length in ("90m", "24h", "7d", "2w", "3660d")),
    ),
    ("latest", "page"): (Given("1", TRADE), Given("50", "There is no page 50")),
    ("search", "query"): (Given("tariffs", TRADE), *queries()),
    ("search", "since"): (
        Given("1s", "Nothing stored matches “tariffs” in the last 1s"),
        Given("3660d", TRADE),
    ),
    ("search", "page"): (Given("1", TRADE), Given("50", "There is no page 50")),
    ("why", "item"): items("Why {item}"),
    ("story", "story"): items(TRADE),
    ("story", "start"): (Given("1", TRADE, {"story": "{item}"}),),
    ("follow", "story"): items("You follow this story"),
    ("unfollow", "story"): items("You no longer follow this story", after("follow", story="{item}")),
    ("subscribe", "query"): queries(),
    ("unsubscribe", "which"): (
        Given("{subscription}", "no longer subscribed: “zebra”", first=after("subscribe", query="zebra")),
        Given("#{subscription}", "no longer subscribed: “zebra”", first=after("subscribe", query="zebra")),
        Given('"a zebra" OR lion', "no longer subscribed", first=after("subscribe", query='"a zebra" OR lion')),
    ),
    ("subscriptions", "which"): (
        Given("{subscription}", "You are subscribed: “zebra”", {"do": "resume"}, after("subscribe", query="zebra")),
        Given("all", "None of your subscriptions is paused", {"do": "resume"}),
        Given("{subscription}", "“zebra”"),
    ),
    ("mute", "value"): (
        *items(f"the story “{TRADE}", kind="story"),
        *muted("source", "Example Wire"),
        *muted("topic", "trade", "market", "urgent"),
        *muted("term", "zebra", "zebra crossing", '"higher for longer"', "稀土", "z" * 80),
    ),
    ("mute", "for"): (
        Given("1m", "08:11", {"kind": "term", "value": "zebra"}),
        Given("3660d", "2035-05-15", {"kind": "term", "value": "zebra"}),
    ),
    ("mute", "reason"): tuple(
        Given(reason, reason, {"kind": "term", "value": "zebra"})
        for reason in ("x", "too much & <more> of it", ("long " * 40).strip())
    ),
    ("unmute", "value"): (
        unmuted("story", "{story}", "{item}"),
        unmuted("story", "{item}"),
        unmuted("source", "Example Wire"),
        unmuted("topic", "market"),
        unmuted("term", "zebra crossing"),
    ),
    ("mutes", "start"): (
        Given("1", "Muted in this channel", first=after("mute", kind="term", value="lion")),
        Given("2", "Muted in this channel", first=after("mute", kind="term", value="zebra")),
    ),
    ("irrelevant", "item"): items("Kept: not relevant here"),
    ("relevant", "item"): items("Kept: relevant here"),
    ("undo", "item"): items("Taken back: your mark “Relevant”", after("relevant", item="{item}", topic="trade")),
    ("calendar", "country"): (
        Given("China", "for China"),
        Given("cn", "for China"),
        Given("South Korea", "for South Korea"),
        Given('"European Union"', "for EU"),
    ),
    ("calendar", "start"): (Given("1", "Nothing is known"), Given("999999", "Nothing is known")),
    ("remind", "what"): (
        Given("all", "every event"),
        Given("China", "country:CN"),
        Given("South Korea", "country:KR"),
        Given("off", "No more reminders", first=after("remind", what="China")),
        Given("off China", "No more reminders", first=after("remind", what="China")),
        Given("off #{reminder}", "No more reminders", first=after("remind", what="China")),
        *queries(after("remind", what="off")),
    ),
    ("remind", "before"): (
        Given("1h", "1 hour before", {"what": "China"}),
        Given("720h", "720 hours before", {"what": "China"}),
        Given("1d", "1 day before", {"what": "China"}),
        Given("30d", "30 days before", {"what": "China"}),
        Given("4w", "28 days before", {"what": "China"}),
    ),
    ("summary", "since"): (
        Given("1s", "No stories in the last 1 second"),
        Given("6h", "Summary of the last 6 hours"),
        Given("3660d", "Summary of the last 90 days"),
        Given("yesterday", "Summary since yesterday"),
        *(Given(day, f"Summary since {day.title()}") for day in DAYS),
        Given("2025-05-01", "Summary since 1 May 2025"),
    ),
    ("summary", "page"): (
        Given("1", "Summary of the last 24 hours"),
        Given("{summary}/1", "Summary of the last 24 hours", first=after("summary")),
    ),
    ("summary", "about"): (
        Given("trade", "hours: trade"),
        Given("Brazil", "hours: Brazil"),
        Given("trade Brazil", "hours: trade, Brazil"),
        *queries(),
    ),
    ("settings", "value"): (
        *setting(
            "zone",
            **{
                "Europe/Berlin": "Europe/Berlin",
                "america/new york": "America/New_York",
                "UTC": "UTC",
                "off": "UTC, the bot's",
            },
        ),
        *setting(
            "language",
            en="English only",
            **{"en de": "English, German only", "Chinese, French": "Chinese, French only"},
            none="every one",
        ),
        *setting("tier", **{tier: f"{tier} and louder" for tier in Tier}, default="alert and louder (route desk)"),
        *setting(
            "threshold",
            **{
                "trade 0.0001": "trade 0.0001",
                "market 1": "trade 0.0001, market 1",
                "urgent=0,5": "trade 0.0001, market 1, urgent 0.5",
                "trade default": "market 1, urgent 0.5",
                "default": "as judged",
            },
        ),
        *setting(
            "quiet",
            **{
                "22:00-06:00": "22:00-06:00 UTC",
                "9:00 - 17:30": "09:00-17:30 UTC",
                "22:00-06:00 asia/tokyo": "22:00-06:00 Asia/Tokyo",
                "none": "none",
            },
        ),
        *setting("loud", **{tier: f"{tier} and louder" for tier in ("flash", "urgent")}, off="nothing passes"),
        *setting(
            "digest",
            **{
                "hourly": "hourly",
                "daily": "daily 08:00",
                "daily 08:00 17:30": "daily 08:00 17:30",
                (most := "daily " + " ".join(f"{hour}:59" for hour in range(12, 24))): most,
                "weekdays 0:00": "weekdays 00:00",
                "weekly mon": "weekly monday 08:00",
                "weekly sunday at 23:59": "weekly sunday 23:59",
                "off": "none",
            },
        ),
        *setting("cap", **{"1": "1 message a day", "1000": "1000 messages a day", "default": "none"}),
        *setting(
            "hourly",
            **{"1": "1 message an hour", "1000": "60 messages an hour", "default": "60 messages an hour"},
        ),
    ),
    ("sources", "source"): (
        Given("1", "Sources", {"action": "list"}),
        Given("wire", "“Example Wire” (wire): ok", {"action": "list"}),
        Given("Example Wire", "“Example Wire” (wire): ok", {"action": "list"}),
        Given("{site}", "Found “The Site”", {"action": "add"}),
        Given("{news}", "Found “The Site”", {"action": "add"}),
        Given("wire", "“Example Wire” (wire) answers", {"action": "check"}),
        Given("{news}", "Found “The Site”", {"action": "check"}),
        Given("{list}", "1 added", {"action": "import"}),
        Given("{added}", "Removed", {"action": "remove"}, after("sources", action="import", source="{list}")),
        Given("wire", "Paused", {"action": "pause"}, after("sources", action="resume", source="wire")),
        Given("wire", "Resumed", {"action": "resume"}, after("sources", action="pause", source="wire")),
        Given("wire", "Nothing of wire is held back", {"action": "release"}),
        Given("wire", "Nothing of wire is held back", {"action": "drop"}),
    ),
    ("sources", "name"): found("N", "Büro & Söhne", "N" * 80),
    ("sources", "every"): found("1m", "7d"),
    ("sources", "authority"): found(*Authority),
    ("sources", "lang"): found("de", "ZH"),
    ("sources", "max_age"): found("1h", "365d"),
    ("sources", "file"): (Given("{list}", "1 added", {"action": "import"}),),
    ("sources", "reason"): (
        Given(
            "too noisy this week",
            "too noisy this week",
            {"action": "pause", "source": "wire"},
            after("sources", action="resume", source="wire"),
        ),
    ),
    ("help", "command"): (Given("query", "How queries are written"),),
}
