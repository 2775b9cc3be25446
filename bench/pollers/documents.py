"""Feeds invented by number: the same for a number and a version, in the shapes that feeds have.

Six in ten are RSS 2.0 (half of them with the whole article), three Atom, one RSS 1.0; 20 to 50 entries of 300 to
1,500 characters of HTML, two of them new with each version. One in twenty is odd, as feeds are: another encoding, no
guids, dates that are none, broken markup, or one line. Headlines are nine times of ten no news for a desk.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from html import escape

from bench.cost import LONGEST, SHORTEST, STAND_IN
from bench.judging.headlines import NEWS, invented_news
from bench.lookup import History

FEWEST, MOST = 20, 50  # entries
NEW = 2  # entries of each version that the one before does not have
ODD = 0.05  # share of feeds
SHAPES = {"rss": 0.3, "rss with articles": 0.3, "atom": 0.3, "rdf": 0.1}
HEADLINES = 20_000
FIRST_AT = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)

Oddity = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed of the run; `count` entries stand in each version."""

    number: int
    shape: str
    count: int
    oddity: Oddity

    @classmethod
    def of(cls, number: int) -> Feed:
        chance = random.Random(number)
        shape = chance.choices(list(SHAPES), list(SHAPES.values()))[0]
        oddity = chance.choice(_ODDITIES) if chance.random() < ODD else str.encode
        return cls(number, shape, chance.randint(FEWEST, MOST), oddity)

    def document(self, version: int) -> bytes:
        """Version 1, 2, ...: the newest entry first."""
        oldest = NEW * (version - 1)
        entries = [self._entry(place) for place in reversed(range(oldest, oldest + self.count))]
        return self.oddity(_WRAPPED[self.shape](self.number, "\n".join(entries)))

    def _entry(self, place: int) -> str:
        chance = random.Random(f"{self.number} {place}")
        title, lead = _headlines()[(self.number * 53 + place) % HEADLINES]
        link = f"https://feed{self.number}.example/{place}"
        return _ENTRIES[self.shape](title, link, _paragraphs(lead, chance), FIRST_AT + timedelta(minutes=place))


@lru_cache(maxsize=1)
def _headlines() -> list[tuple[str, str]]:
    """Title and first sentence; what is no news is made of words as frequent as in news."""
    chance, history = random.Random(11), History(HEADLINES, timedelta(days=3))
    found = []
    for number in range(HEADLINES):
        item = history.item(number)
        is_news = chance.random() < NEWS
        found.append(invented_news(chance) if is_news else (item.title.capitalize(), f"{item.summary.capitalize()}."))
    return found


def _paragraphs(lead: str, chance: random.Random) -> str:
    length = chance.randint(SHORTEST, LONGEST)
    paragraph = f'<p>{escape(lead)} {STAND_IN} <a href="https://more.example/x">More</a></p>'
    return '<img src="https://more.example/x.png" alt=""/>' + paragraph * max(1, length // len(paragraph))


def _rss(title: str, link: str, markup: str, at: datetime, more: str = "") -> str:
    return (
        f"<item><title>{escape(title)}</title><link>{link}</link><guid>{link}</guid>"
        f"<pubDate>{at:%a, %d %b %Y %H:%M:%S} GMT</pubDate><description>{escape(markup)}</description>{more}</item>"
    )


def _rss_with_article(title: str, link: str, markup: str, at: datetime) -> str:
    return _rss(title, link, markup[: SHORTEST // 2], at, f"<content:encoded><![CDATA[{markup}]]></content:encoded>")


def _atom(title: str, link: str, markup: str, at: datetime) -> str:
    return (
        f'<entry><title>{escape(title)}</title><link href="{link}"/><id>{link}</id>'
        f'<updated>{at:%Y-%m-%dT%H:%M:%SZ}</updated><summary type="html">{escape(markup)}</summary></entry>'
    )


def _rdf(title: str, link: str, markup: str, at: datetime) -> str:
    return (
        f'<item rdf:about="{link}"><title>{escape(title)}</title><link>{link}</link>'
        f"<description>{escape(markup)}</description><dc:date>{at:%Y-%m-%dT%H:%M:%SZ}</dc:date></item>"
    )


def _in_channel(number: int, entries: str) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>Feed {number}</title><link>https://feed{number}.example/</link><description>News</description>"
        f"<language>en</language>\n{entries}\n</channel></rss>"
    )


def _in_atom(number: int, entries: str) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Feed {number}</title>'
        f"<id>urn:feed:{number}</id><updated>2026-01-01T00:00:00Z</updated>\n{entries}\n</feed>"
    )


def _in_rdf(number: int, entries: str) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<rdf:RDF xmlns="http://purl.org/rss/1.0/" '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<channel rdf:about="https://feed{number}.example/"><title>Feed {number}</title>'
        f"<link>https://feed{number}.example/</link></channel>\n{entries}\n</rdf:RDF>"
    )


_ENTRIES = {"rss": _rss, "rss with articles": _rss_with_article, "atom": _atom, "rdf": _rdf}
_WRAPPED = {"rss": _in_channel, "rss with articles": _in_channel, "atom": _in_atom, "rdf": _in_rdf}
_ODDITIES: tuple[Oddity, ...] = (
    lambda text: text.replace("utf-8", "iso-8859-1", 1).encode("latin-1", "replace"),
    lambda text: text.replace("<guid>", "<guide>").replace("</guid>", "</guide>").encode(),
    lambda text: text.replace(" GMT</pubDate>", " o'clock</pubDate>").encode(),
    lambda text: text.replace("</channel></rss>", "").encode(),
    lambda text: text.replace("\n", "").encode(),
    lambda text: text.replace("&lt;p&gt;", "& <p>", 3).encode(),
)
