"""A story as people read it in chat: what it is, and how it came about, report by report. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from bot.commands.spec import one_line
from bot.counts import how_many
from bot.deliver.card import Action, Line, Reply, Run, fact_fields
from bot.model import Direction, Fact, Item, ItemKey, Reason, Story, StoryId, Verdict, fact_key
from bot.routing.mutes import Mute

# One page: Slack shows a reply of 5,000 characters of ours, Discord one of 4,096 with the escapes it needs.
PAGE_REPORTS = 8
PAGE_ROOM = 2_000  # characters of texts and links of the reports
MAX_HEADLINE = 160
MAX_OUTLET = 60
MAX_FACTS = 400  # characters of what one report adds
TURNS = 4  # changes of direction
OUTLETS = 5  # named; the rest are counted
LISTED = 10  # followed stories

_BROUGHT = {
    Reason.FIRST: "first told",
    Reason.NEW_FACT: "new fact",
    Reason.ESCALATED: "escalation",
    Reason.CORRECTION: "correction",
    Reason.WITHDRAWN: "withdrawal",
}
_STORY_HINT = "With the reference on an alert, its link or a story's id: /wire story REFERENCE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One item of the story: what it was the first to say, and why people were told of it."""

    number: int  # 1 for the first
    item: Item
    adds: tuple[Fact, ...]
    reasons: frozenset[Reason]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A story for one reader in one place."""

    story: Story
    reports: Sequence[Report]  # the first of them, in the order in which they were seen
    turns: Sequence[tuple[Direction, datetime]]
    count: int  # of all reports
    follows: bool
    mute: Mute | None = None
    also_follows: Sequence[tuple[StoryId, str]] = ()


def timeline(items: Sequence[tuple[Item, Verdict]], told: Mapping[ItemKey, set[Reason]]) -> list[Report]:
    """The items as reports, each fact with the first that states it."""
    said: set[str] = set()
    reports = []
    for number, (item, verdict) in enumerate(items, 1):
        adds = {key: fact for fact in verdict.facts if (key := fact_key(fact)) not in said}
        said |= set(adds)
        reasons = frozenset(told.get(item.key, ()))
        reports.append(Report(number=number, item=item, adds=tuple(adds.values()), reasons=reasons))
    return reports


def turns(items: Sequence[tuple[Item, Verdict]]) -> list[tuple[Direction, datetime]]:
    """The directions that the items state, each with the time of the first item that turned there."""
    stated = [(verdict.direction, item.at) for item, verdict in items if verdict.direction]
    return [next(group) for _, group in groupby(stated, key=lambda each: each[0])]


# --- the page ---------------------------------------------------------------------------------------------


def story_page(reading: Reading, start: int = 1) -> Reply:
    """The reports from number `start` on, as many as fit; the first page begins with what the story is."""
    shown = list(_fitting(reading.reports[start - 1 :]))
    lines = list(_head(reading)) if start == 1 else []
    for report in shown:
        lines += _report(report)
    after = shown[-1].number + 1 if shown else start
    left = reading.count - len(reading.reports)
    if after > len(reading.reports) and left > 0:
        lines.append((Run(text=f"… and {how_many(left, 'more report')} not shown"),))
    if start == 1:
        lines += _followed_lines(reading.also_follows, "You also follow")
    title = reading.story.title if start == 1 else f"{reading.story.title} (from report {start})"
    return Reply(title=title, lines=tuple(lines), actions=_actions(reading, after))


def _fitting(reports: Sequence[Report]) -> Iterator[Report]:
    room = PAGE_ROOM
    for report in reports[:PAGE_REPORTS]:
        room -= sum(len(run.text) + len(run.url or "") for line in _report(report) for run in line)
        if room < 0 and report is not reports[0]:
            return
        yield report


def _head(reading: Reading) -> Iterator[Line]:
    story = reading.story
    if story.mark:
        yield (Run(text=f"{story.mark.upper()}: {story.mark_note}", bold=True),)
    yield (Run(text=f"{_reports(reading.count)} from {_outlets(story.outlets)} · {story.tier} · {story.id}"),)
    yield (Run(text="First "), _moment(story.first_at), Run(text=", last "), _moment(story.updated_at))
    yield (Run(text="Direction: ", bold=True), *_direction(reading.turns))
    if reading.follows:
        yield (Run(text="You follow it."),)
    if reading.mute:
        yield (Run(text=f"{reading.mute.detail[:1].upper()}{reading.mute.detail[1:]}"),)


def _reports(count: int) -> str:
    return f"{count} report{'' if count == 1 else 's'}"


def _outlets(outlets: Sequence[str]) -> str:
    if not outlets:
        return "an unnamed outlet"
    named = ", ".join(one_line(outlet, MAX_OUTLET) for outlet in outlets[:OUTLETS])
    more = f" and {len(outlets) - OUTLETS} more" if len(outlets) > OUTLETS else ""
    return f"{len(outlets)} outlet{'' if len(outlets) == 1 else 's'} ({named}{more})"


def _direction(turned: Sequence[tuple[Direction, datetime]]) -> Line:
    if not turned:
        return (Run(text="none stated"),)
    line: list[Run] = [Run(text="… → ")] if len(turned) > TURNS else []
    for number, (direction, at) in enumerate(turned[-TURNS:]):
        line += [Run(text=f"{' → ' if number else ''}{direction} since "), _moment(at)]
    return tuple(line)


def _report(report: Report) -> list[Line]:
    item = report.item
    brought = [word for reason, word in _BROUGHT.items() if reason in report.reasons]
    outlet = one_line(item.outlet or item.source_id, MAX_OUTLET)
    lines: list[Line] = [
        (
            _moment(item.at),
            Run(text=f" · {outlet} · "),
            Run(text=one_line(item.title, MAX_HEADLINE), url=item.url),
            *((Run(text=f" · {', '.join(brought)}", bold=True),) if brought else ()),
        )
    ]
    if report.adds:
        adds = "; ".join(f"{field.label}: {field.value}" for field in fact_fields(report.adds))
        lines.append((Run(text=f"↳ {one_line(adds, MAX_FACTS)}"),))
    return lines


def _actions(reading: Reading, after: int) -> tuple[Action, ...]:
    story = reading.story
    more = (Action(label="More", command=f"story:{story.id} {after}"),) if after <= len(reading.reports) else ()
    follow = unfollow_action(story.id) if reading.follows else follow_action(story.id)
    mute = (
        Action(label="Unmute", command=f"unmute:story {story.id}")
        if reading.mute
        else Action(label="Mute", command=f"mute:story {story.id}")
    )
    return (*more, follow, mute, Action(label="Why", command=f"why:{story.lead}"))


def follow_action(story_id: StoryId) -> Action:
    return Action(label="Follow", command=f"follow:{story_id}")


def unfollow_action(story_id: StoryId, label: str = "Unfollow") -> Action:
    return Action(label=label, command=f"unfollow:{story_id}")


def page_action(story_id: StoryId, label: str = "Story") -> Action:
    return Action(label=label, command=f"story:{story_id}")


def no_such_page(story: Story, wanted: str, count: int) -> Reply:
    return Reply(
        title=f"“{wanted[:40]}” is no report of this story: it has {_reports(count)}.",
        lines=((Run(text=f"start is a number from 1 to {count}, as in "), Run(text=f"/wire story {story.id} 1")),),
        actions=(page_action(story.id),),
    )


# --- following --------------------------------------------------------------------------------------------


def following(story: Story, *, already: bool = False, unmuted: bool = False, quiet: bool = False) -> Reply:
    """What a follow brings, and what may stand in its way."""
    lines: list[Line] = [
        (Run(text=story.title, bold=True),),
        (Run(text="New facts, escalations, corrections and withdrawals reach you by direct message from me."),),
    ]
    if unmuted:
        lines.append((Run(text="You had muted it for yourself; that is taken back."),))
    if quiet:
        rest = ": it is closed, so only corrections and withdrawals can still come."
        lines.append((Run(text="Its last report came "), _moment(story.updated_at), Run(text=rest)))
    title = "You follow this story already." if already else "You follow this story now."
    return Reply(title=title, lines=tuple(lines), actions=(unfollow_action(story.id), page_action(story.id)))


def no_longer_following(story: Story, *, before: bool) -> Reply:
    return Reply(
        title="You no longer follow this story." if before else "You did not follow this story.",
        lines=((Run(text=story.title, bold=True),),),
        actions=(follow_action(story.id),),
    )


def follows_too_many(most: int) -> Reply:
    hint = "/wire story lists them; /wire unfollow ends one."
    return Reply(title=f"You follow {most} stories already.", lines=((Run(text=hint),),))


def followed_list(stories: Sequence[tuple[StoryId, str]]) -> Reply:
    """For `/wire story` where nothing was told yet."""
    if not stories:
        return Reply(title="Nothing was told here yet, and you follow no story.", lines=((Run(text=_STORY_HINT),),))
    pages = [page_action(story_id, f"Story {number}") for number, (story_id, _) in enumerate(stories[:5], 1)]
    lines = (*_followed_lines(stories, None), (Run(text=_STORY_HINT),))
    return Reply(title="Stories you follow", lines=lines, actions=tuple(pages))


def _followed_lines(stories: Sequence[tuple[StoryId, str]], heading: str | None) -> list[Line]:
    if not stories:
        return []
    lines: list[Line] = [(Run(text=heading, bold=True),)] if heading else []
    lines += [
        (Run(text=f"{number}. {one_line(title, MAX_HEADLINE)} · "), Run(text=story_id))
        for number, (story_id, title) in enumerate(stories[:LISTED], 1)
    ]
    return [*lines, (Run(text="… and more"),)] if len(stories) > LISTED else lines


def _moment(when: datetime) -> Run:
    return Run(text=f"{when:%Y-%m-%d %H:%M} UTC", when=when)
