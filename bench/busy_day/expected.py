"""What each person should have got on an invented day, worked out without the program.

The rules are those of the README: a story is told once; what is quieter than what somebody wants told at once, comes
in quiet hours, or is more than their cap, stands in their next digest; flash passes a cap. Nothing of the program is
used but the names of tiers and places.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from bench.busy_day.invented import Article, Day, Person
from bot.model import Tier


@dataclass(slots=True)
class Post:
    """What somebody got: an article at once, or a digest of articles, of which it may only count some."""

    at: datetime
    articles: tuple[int, ...]
    is_digest: bool = False
    counted: int = 0  # articles that a digest says it has


@dataclass(slots=True)
class Expected:
    """What one person should have got."""

    at_once: dict[int, datetime] = field(default_factory=dict)  # article, when
    in_digests: dict[datetime, set[int]] = field(default_factory=dict)  # when it comes, articles


def expected_of(day: Day, person: Person) -> Expected:
    """Article after article, as they come."""
    expected, told, known = Expected(), Counter[date](), set[tuple[str, ...]]()
    for article in day.articles:
        asked = [wish for wish in person.wishes if wish.meaning(article)]
        if not asked or article.title in known:
            continue
        loud_enough = min(wish.tier.rank for wish in asked) <= article.tier.rank
        if not loud_enough and person.digest is None:
            continue
        known.add(article.title)
        today = article.at.astimezone(person.zone).date()
        is_over = person.cap is not None and told[today] >= person.cap and article.tier is not Tier.FLASH
        if loud_enough and not _is_quiet(person, article) and not is_over:
            told[today] += 1
            expected.at_once[article.number] = article.at
        else:
            expected.in_digests.setdefault(_next_digest(person, article.at), set()).add(article.number)
    return expected


def _is_quiet(person: Person, article: Article) -> bool:
    if person.quiet is None or (person.loud is not None and article.tier.rank >= person.loud.rank):
        return False
    start, end = person.quiet
    clock = article.at.astimezone(person.zone).time()
    return clock >= start or clock < end if start > end else start <= clock < end


def _next_digest(person: Person, now: datetime) -> datetime:
    """The first time their clock shows the hour of their digest; without one midnight."""
    local = now.astimezone(person.zone)
    wanted = person.digest or time()
    at = datetime.combine(local.date(), wanted, tzinfo=person.zone)
    return at if at > local else datetime.combine(local.date() + timedelta(days=1), wanted, tzinfo=person.zone)


def complaints(day: Day, got: dict[str, list[Post]]) -> list[str]:
    """Everything that somebody got otherwise than expected, in words; `got` is by place."""
    found = [
        f"{person.place}: {words}"
        for person in day.people
        for words in _complaints(expected_of(day, person), got.get(str(person.place), []))
    ]
    strangers = got.keys() - {str(person.place) for person in day.people}
    return [*found, *(f"{place} got something, and asked for nothing" for place in sorted(strangers))]


LATE = timedelta(minutes=1)  # between what is due and what the platform gets


def _complaints(expected: Expected, posts: list[Post]) -> list[str]:
    found: list[str] = []
    at_once = [post for post in posts if not post.is_digest]
    times = Counter(number for post in posts for number in post.articles)
    found += [f"article {number} came {count} times" for number, count in times.items() if count > 1]
    told = {post.articles[0]: post.at for post in at_once}
    for number in expected.at_once.keys() | told.keys():
        due, came = expected.at_once.get(number), told.get(number)
        if due is None or came is None or not timedelta(0) <= came - due <= LATE:
            found.append(f"article {number} was due at {due}, came at {came}")
    digests = {post.at: post for post in posts if post.is_digest}
    if len(digests) != len(expected.in_digests):
        found.append(f"{len(digests)} digests came, {len(expected.in_digests)} were due")
    for due, articles in expected.in_digests.items():
        post = next((post for at, post in digests.items() if timedelta(0) <= at - due <= LATE), None)
        if post is None:
            found.append(f"no digest came at {due}, with {len(articles)} articles")
        elif not set(post.articles) <= articles or post.counted != len(articles):
            strange = sorted(set(post.articles) - articles)
            found.append(f"the digest of {due} has {post.counted}, {len(articles)} were due; not due: {strange}")
    return found
