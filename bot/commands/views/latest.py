"""What `/wire latest` answers, as a neutral reply. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.commands.paging import page_actions
from bot.commands.spec import one_line
from bot.deliver.card import Action, Line, Menu, Reply, Run
from bot.model import Item, Story

PAGE = 8  # stories: Slack shows a reply of some 5,000 characters, links included
MAX_HEADLINE = 160
MAX_OUTLET = 60
OUTLETS = 3  # that are named


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What was asked for; `typed` is `since` in the caller's words."""

    topic: str | None
    since: datetime
    typed: str
    page: int = 1

    @property
    def command(self) -> str:
        return f"latest:{f'topic={self.topic} ' if self.topic else ''}since={self.typed}"


def latest(stories: Sequence[tuple[Story, Item]], stretch: Stretch) -> Reply:
    """Headline, then who has it, how loud it is, which way it turns, when and its reference; newest first."""
    what = f"{stretch.topic} stories" if stretch.topic else "stories"
    if not stories:
        return _none(what, stretch)
    before = (stretch.page - 1) * PAGE
    numbered = list(enumerate(stories[:PAGE], before + 1))
    page = f", page {stretch.page}" if stretch.page > 1 else ""
    return Reply(
        title=f"Latest {what}{page}",
        lines=tuple(_entry(number, story, item) for number, (story, item) in numbered),
        actions=page_actions(stretch.command, stretch.page, more=len(stories) > PAGE),
        menu=Menu(
            label="Why was it flagged?",
            choices=tuple((f"{number}. {story.title}", f"why:{item.key}") for number, (story, item) in numbered),
        ),
    )


def _none(what: str, stretch: Stretch) -> Reply:
    if stretch.page > 1:
        first = Action(label="First page", command=stretch.command)
        return Reply(title=f"There is no page {stretch.page}: that was all.", actions=(first,))
    lines: tuple[Line, ...] = (
        (Run(text="since "), _moment(stretch.since)),
        (Run(text="Further back: /wire latest 7d. Everything that was read: /wire search"),),
    )
    return Reply(title=f"No {what} were flagged since then.", lines=lines)


def _entry(number: int, story: Story, item: Item) -> Line:
    direction = f" · {story.verdict.direction}" if story.verdict.direction else ""
    mark = f" · {story.mark}" if story.mark else ""
    return (
        Run(text=f"{number}. "),
        Run(text=one_line(story.title, MAX_HEADLINE), bold=True, url=item.url, strike=story.mark == "withdrawn"),
        Run(text=f" · {_outlets(story, item)} · {story.tier}{direction}{mark} · "),
        _moment(item.at),
        *((Run(text=", last report "), _moment(story.updated_at)) if story.version > 1 else ()),
        Run(text=f" · {item.key[:8]}"),
    )


def _outlets(story: Story, item: Item) -> str:
    names = [one_line(outlet, MAX_OUTLET) for outlet in story.outlets[:OUTLETS]] or [item.source_id]
    more = len(story.outlets) - OUTLETS
    return f"{', '.join(names)}{f' +{more}' if more > 0 else ''}"


def _moment(when: datetime) -> Run:
    return Run(text=f"{when:%Y-%m-%d %H:%M} UTC", when=when)
