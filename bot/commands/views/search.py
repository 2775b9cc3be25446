"""What `/wire search` answers, as neutral replies. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.commands.paging import MAX_COMMAND, page_actions
from bot.commands.spec import one_line
from bot.deliver.card import Action, Line, Menu, Reply, Run
from bot.routing.excerpt import Piece, excerpt, marked
from bot.routing.query import Query, QueryError
from bot.store.search import Cut, Found, Hit

PAGE = 6  # items: Slack shows a reply of some 5,000 characters, links included
MAX_QUERY = 200  # characters shown of a query
MAX_HEADLINE = 160
MAX_OUTLET = 60
MAX_ALSO = 5  # other outlets that are named
PASSAGE = 180  # characters of what stands around a hit


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What was asked for; `since` as it was typed, empty where nothing was."""

    query: Query
    since: str = ""
    page: int = 1

    @property
    def command(self) -> str:
        return f"search:{self.query.text}{f' since={self.since}' if self.since else ''}"


def results(search: Search, found: Found) -> Reply:
    """One page of what was found, the newest first; an item of a story that stands above it is named there."""
    before = (search.page - 1) * PAGE
    shown, more = found.hits[before : before + PAGE], len(found.hits) > before + PAGE
    if not shown:
        return _nothing(search, found)
    stories = _by_story(shown)
    lines: list[Line] = []
    for number, hits in enumerate(stories, before + 1):
        lines += _entry(number, search.query, hits)
    lines += _left_out(found, more=more)
    actions = page_actions(search.command, search.page, more=more)
    if more and not any(action.label == "More" for action in actions):
        lines.append((Run(text=f"There is more: ask again with page={search.page + 1}."),))
    page = f", page {search.page}" if search.page > 1 else ""
    return Reply(title=f"{_asked(search)}{page}", lines=tuple(lines), actions=actions, menu=_menu(stories, before))


def wrong_query(text: str, error: QueryError, rest: str = "") -> Reply:
    """What is wrong and where, and as a button the query as it was probably meant; `rest` are its other options."""
    lines: list[Line] = []
    if text.strip():
        lines.append(
            (
                Run(text=one_line(text[: error.start])),
                Run(text=f" ▸{one_line(text[error.start : error.end])}◂ ", bold=True),
                Run(text=one_line(text[error.end :])),
            )
        )
    actions: tuple[Action, ...] = ()
    if error.correction is not None:
        lines.append((Run(text="Perhaps you mean: "), Run(text=error.correction, bold=True)))
        command = f"search:{error.correction}{rest}"
        actions = (Action(label="Search for that", command=command),) if len(command) <= MAX_COMMAND else ()
    lines.append((Run(text="/wire help query shows how queries are written."),))
    problem = error.problem.rstrip(".")
    return Reply(title=f"{problem[:1].upper()}{problem[1:]}.", lines=tuple(lines), actions=actions)


def _asked(search: Search) -> str:
    since = f" in the last {search.since}" if search.since else ""
    return f"“{one_line(search.query.text, MAX_QUERY)}”{since}"


def _nothing(search: Search, found: Found) -> Reply:
    if search.page > 1:
        first = Action(label="First page", command=search.command)
        actions = (first,) if len(first.command) <= MAX_COMMAND else ()
        return Reply(title=f"There is no page {search.page} of {_asked(search)}.", actions=actions)
    lines = list(_left_out(found, more=False))
    if search.since:
        lines.append((Run(text="Without since I look at everything that is stored."),))
    lines.append((Run(text="tarif* finds what begins so, a OR b either; of old items only the headline is kept."),))
    return Reply(title=f"Nothing stored matches {_asked(search)}.", lines=tuple(lines))


def _left_out(found: Found, *, more: bool) -> Iterator[Line]:
    """Why there may be more than what is shown."""
    if more or found.cut is None:
        return
    if found.cut is Cut.INDEX:
        yield (Run(text="Not everything that is stored can be searched yet: ask again in some minutes."),)
    elif found.back_to is None:
        yield (Run(text="This took too long, so I stopped: ask for rarer words."),)
    else:
        yield (Run(text="I looked back only to "), _moment(found.back_to), Run(text=": rarer words reach further."))


# --- what was found ---------------------------------------------------------------------------------------


def _by_story(hits: Iterable[Hit]) -> list[list[Hit]]:
    stories: dict[str, list[Hit]] = {}
    for hit in hits:
        stories.setdefault(hit.story_id, []).append(hit)
    return list(stories.values())


def _entry(number: int, query: Query, hits: Sequence[Hit]) -> Iterator[Line]:
    hit = hits[0]
    item = hit.item
    headline = marked(query, one_line(item.title, MAX_HEADLINE), "title")
    yield (Run(text=f"{number}. "), *_runs(headline, struck=hit.mark == "withdrawn"))
    yield (
        _moment(item.at),
        Run(text=" · "),
        Run(text=one_line(item.outlet or item.source_id, MAX_OUTLET), url=item.url),
        Run(text=f" · {hit.tier} · story {hit.story_id}{f' · {hit.mark}' if hit.mark else ''}{_also(hits)}"),
    )
    passages = (excerpt(query, text, "text", PASSAGE) for text in (item.summary, item.body) if text)
    if passage := next(filter(None, passages), None):
        yield _runs(passage)


def _also(hits: Sequence[Hit]) -> str:
    first, *others = (one_line(hit.item.outlet or hit.item.source_id, MAX_OUTLET) for hit in hits)
    outlets = [outlet for outlet in dict.fromkeys(others) if outlet != first]
    more = f" +{len(outlets) - MAX_ALSO}" if len(outlets) > MAX_ALSO else ""
    return f" · also: {', '.join(outlets[:MAX_ALSO])}{more}" if outlets else ""


def _runs(pieces: Iterable[Piece], *, struck: bool = False) -> Line:
    return tuple(Run(text=piece.text, bold=piece.hit, strike=struck) for piece in pieces)


def _menu(stories: Sequence[Sequence[Hit]], before: int) -> Menu:
    choices = tuple(
        (f"{number}. {hits[0].item.title}", f"story:{hits[0].story_id}")
        for number, hits in enumerate(stories, before + 1)
    )
    return Menu(label="Open a story", choices=choices)


def _moment(when: datetime) -> Run:
    return Run(text=f"{when:%Y-%m-%d %H:%M} UTC", when=when)
