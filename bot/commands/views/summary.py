"""A summary as people read it in chat: pages of stories under headings, one line each. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from bot.commands.spec import one_line
from bot.counts import how_many
from bot.deliver.card import Action, File, Line, Menu, Reply, Run, fact_fields, whole_facts
from bot.model import Fact, StoryId, Tier
from bot.summary.entries import Entry
from bot.summary.figures import Figures, in_words
from bot.summary.grouping import Group
from bot.summary.written import Written

# One page: Slack shows a reply of 5,000 characters of ours, Discord one of about 5,500 with the escapes it needs.
PAGE_STORIES = 10
PAGE_ROOM = 3_000  # characters, as `_weight` counts them, of the stories with their headings
WRITTEN_ROOM = 1_300  # and of the written sentences, which take their room from the first page
MAX_HEADLINE = 140
MAX_FACTS = 160
MAX_NEWS = 120
MAX_LINK = 400  # characters; a longer one is left out, the headline stays
MAX_TOPIC = 60
MAX_ABOUT = 80
MOST_CITED = 4  # stories that are named with a sentence

NEW = "NEW "
_SHOWN = ("Meeting", "Measures", "Rates", "Moves")  # facts of a line; its heading names the party
_LOUD = {Tier.FLASH: "FLASH ", Tier.URGENT: "URGENT "}
_PLAIN = "%/:=&?~+!$,;@#()'*"

Section = tuple[str, tuple[Entry, ...]]
Page = tuple[Section, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One page of one summary: `number` names the summary, `first` is the number of the page's first story.

    `last` is when the reader asked for a summary before this one, None where never: on a first one everything is
    new, so nothing is marked. `made_at` is when a summary was made that is looked at again, with its stories as they
    are now.
    """

    number: int
    title: str
    page: int
    pages: int
    first: int
    sections: Page
    last: datetime | None
    made_at: datetime | None = None


# --- pages ------------------------------------------------------------------------------------------------


def paged(groups: Sequence[Group], *, with_writing: bool) -> list[Page]:
    """The groups on as many pages as they need; a group that goes on has its heading again."""
    pages: list[Page] = []
    sections: list[tuple[str, list[Entry]]] = []
    room, stories = PAGE_ROOM - (WRITTEN_ROOM if with_writing else 0), 0
    for group in groups:
        for entry in group.entries:
            begins = entry is group.entries[0]
            weight = _weight(_story(entry, 999, NEW)) + (_weight(_heading(group.heading)) if begins else 0)
            if stories and (weight > room or stories == PAGE_STORIES):
                pages.append(_page(sections))
                sections, room, stories = [], PAGE_ROOM, 0
            if begins or not sections:
                sections.append((group.heading if begins else f"{group.heading} (continued)", []))
            sections[-1][1].append(entry)
            room, stories = room - weight, stories + 1
    return [*pages, _page(sections)] if sections else pages


def _page(sections: Iterable[tuple[str, list[Entry]]]) -> Page:
    return tuple((heading, tuple(entries)) for heading, entries in sections)


def _weight(line: Line) -> int:
    """Characters of a line where every sign that could be markup is escaped and every link percent-encoded."""
    texts = sum(2 - (char.isalnum() or char == " ") for run in line for char in run.text)
    return texts + sum(len(_encoded(run.url)) + 4 for run in line if run.url)


def _encoded(url: str) -> str:
    return quote(url, safe=_PLAIN, errors="replace")


# --- the reply --------------------------------------------------------------------------------------------


def first_page(
    shown: Shown, counted: Figures, entries: Sequence[Entry], *, left_out: int, written: Written | None, picture: File
) -> Reply:
    """The page that begins a summary of `entries`: how many there are, what is new to the reader, what was written.

    `left_out` counts the stories that were reported earlier and are not among them.
    """
    lines: list[Line] = [(Run(text=_counts(counted)),), *_changed(entries, shown.last)]
    if written:
        lines += _written(written, entries)
    if left_out:
        earlier = how_many(left_out, "more story", "more stories")
        lines.append((Run(text=f"{earlier}, reported earlier, left out: ask for a shorter time."),))
    return _reply(shown, lines, picture)


def further_page(shown: Shown) -> Reply:
    return _reply(shown, _moved_on(shown), None)


def _moved_on(shown: Shown) -> list[Line]:
    """That what stands here of some stories is newer than their order, and than the pages before."""
    stories = [entry.story for _, entries in shown.sections for entry in entries]
    changed = sum(shown.made_at is not None and story.updated_at > shown.made_at for story in stories)
    if shown.made_at is None or not changed:
        return []
    text = f"As of now: {how_many(changed, 'story has', 'stories have')} changed since this summary was made, "
    return [(Run(text=text), _moment(shown.made_at))]


def _reply(shown: Shown, head: Iterable[Line], picture: File | None) -> Reply:
    place = f" (page {shown.page} of {shown.pages})" if shown.pages > 1 else ""
    return Reply(
        title=f"{shown.title}{place}",
        lines=(*head, *_stories(shown), *_hint(shown)),
        actions=_turning(shown),
        menu=_menu(shown),
        picture=picture,
    )


def _stories(shown: Shown) -> Iterator[Line]:
    number = shown.first
    for heading, entries in shown.sections:
        yield _heading(heading)
        for entry in entries:
            yield _story(entry, number, NEW if shown.last and entry.seen is None else "")
            number += 1


def _heading(heading: str) -> Line:
    return (Run(text=heading, bold=True),)


def _story(entry: Entry, number: int, mark: str) -> Line:
    """ "3. NEW URGENT headline · new: 25% tariff · tariff (paused) · escalation · 4 outlets"."""
    story = entry.story
    became = f"{story.mark.upper()} " if story.mark else ""
    signs = f"{mark}{became}{_LOUD.get(story.tier, '')}"
    news = f" · new: {_said(entry.new_facts, MAX_NEWS)}" if entry.new_facts else ""
    rest = [_said(story.verdict.facts, MAX_FACTS), story.verdict.direction or "", _outlets(len(story.outlets))]
    url = entry.url if entry.url and len(_encoded(entry.url)) <= MAX_LINK else None
    headline = Run(text=one_line(story.title, MAX_HEADLINE) or "(no headline)", url=url, strike=entry.withdrawn)
    return (
        Run(text=f"{number}. "),
        *((Run(text=signs, bold=True),) if signs else ()),
        headline,
        *((Run(text=news, bold=True),) if news else ()),
        Run(text="".join(f" · {part}" for part in rest if part)),
    )


def _said(facts: tuple[Fact, ...], longest: int) -> str:
    fields = [field for field in fact_fields(facts) if field.label in _SHOWN]
    return whole_facts("; ".join(field.value for field in fields or fact_fields(facts)), longest)


def _outlets(count: int) -> str:
    return f"{count} outlet{'' if count == 1 else 's'}" if count else "an unnamed outlet"


def _counts(counted: Figures) -> str:
    stories = f"{counted.stories} stor{'y' if counted.stories == 1 else 'ies'} from {_outlets(counted.outlets)}"
    topics = [f"{count} {name}" for count, name in _topics(counted) if count]
    turns = f"{counted.escalation} escalation, {counted.de_escalation} de-escalation"
    return " · ".join([f"{stories}: {', '.join(topics)}" if topics else stories, turns])


def _topics(counted: Figures) -> tuple[tuple[int, str], ...]:
    return (counted.trade, "trade"), (counted.market, "market only"), (counted.other, "other")


def _changed(entries: Sequence[Entry], last: datetime | None) -> list[Line]:
    if last is None:
        return []
    new = sum(entry.seen is None for entry in entries)
    more = sum(bool(entry.new_facts) for entry in entries)
    said = [f"{new} new to you" if new else "", f"{more} with new facts" if more else ""]
    text = " and ".join(part for part in said if part) or "Nothing new to you"
    return [(Run(text=f"{text} since your last summary, ", bold=True), _moment(last))]


def _moment(when: datetime) -> Run:
    return Run(text=f"{when:%Y-%m-%d %H:%M} UTC", when=when)


def _written(written: Written, entries: Sequence[Entry]) -> Iterator[Line]:
    """The sentences that have room, each with the numbers of its stories, which lead to their reports."""
    if written.why_not:
        yield (Run(text=f"No written summary: {written.why_not}. These are the stories themselves."),)
        return
    numbers: dict[StoryId, int] = {entry.story.id: number for number, entry in enumerate(entries, 1)}
    room = WRITTEN_ROOM
    for sentence in written.sentences:
        line = (Run(text=sentence.text), *(_cited(entry, numbers) for entry in sentence.rests_on[:MOST_CITED]))
        room -= _weight(line)
        if room >= 0:
            yield line
    yield (Run(text=f"Written by {one_line(written.model, MAX_TOPIC)}; in brackets the stories it rests on."),)


def _cited(entry: Entry, numbers: dict[StoryId, int]) -> Run:
    url = entry.url if entry.url and len(_encoded(entry.url)) <= MAX_LINK // 2 else None
    return Run(text=f" [{numbers[entry.story.id]}]", url=url)


def _turning(shown: Shown) -> tuple[Action, ...]:
    pages = (("Previous", shown.page - 1), ("Next", shown.page + 1))
    return tuple(
        Action(label=label, command=f"summary:page={shown.number}/{page}")
        for label, page in pages
        if 1 <= page <= shown.pages
    )


def _hint(shown: Shown) -> list[Line]:
    if shown.page == shown.pages:
        return []
    text = f"Next page: /wire summary page={shown.number}/{shown.page + 1}"
    return [(Run(text=text),)]


def _menu(shown: Shown) -> Menu:
    entries = [entry for _, entries in shown.sections for entry in entries]
    choices = tuple(
        (f"{number}. {one_line(entry.story.title, MAX_TOPIC)}", f"story:{entry.story.id}")
        for number, entry in enumerate(entries, shown.first)
    )
    return Menu(label="Open a story", choices=choices)


# --- without stories --------------------------------------------------------------------------------------


def title(period: str, topic: str) -> str:
    """ "Summary of the last 7 days: China"."""
    time = period if period.startswith("since") else f"of {period}"
    return f"Summary {time}: {one_line(topic, MAX_TOPIC)}" if topic else f"Summary {time}"


def nothing(period: str, topic: str, about: str, longer: str | None) -> Reply:
    """There was nothing; `longer` is the next longer time as it is typed."""
    what = f"about {one_line(topic, MAX_TOPIC)} " if topic else ""
    head = f"No stories {what}{f'in {period}' if period.startswith('the') else period}."
    if longer is None:
        return Reply(title=head, lines=((Run(text="That is as far back as a summary goes."),),))
    command = f"{longer} {about}".strip()
    return Reply(
        title=head,
        lines=((Run(text=f"Further back: /wire summary {one_line(command, MAX_ABOUT)}"),),),
        actions=(Action(label=f"Last {longer.removeprefix('since=')}", command=f"summary:{command}"),),
    )


def not_kept(number: int) -> Reply:
    return Reply(
        title=f"There is no summary {number} of yours.",
        lines=((Run(text="It was deleted, or somebody else asked for it. /wire summary makes a new one."),),),
    )


def no_such_page(page: int, pages: int) -> Reply:
    count = f"{pages} page{'' if pages == 1 else 's'}"
    return Reply(title=f"There is no page {page}: this summary has {count}.")


def picture(counted: Figures, content: bytes) -> File:
    return File(name="summary.png", content=content, alt=in_words(counted))
