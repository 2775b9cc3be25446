"""What speaks for and against an entry being an item that is stored. Pure.

Two questions, of two entries that share something: under a new name, is it the stored item of this headline? Under
a known name, is it another article than the stored one? A wrong "the same" hides news, a wrong "another" tells it
twice, so in doubt it is another.

Headlines come again ("Nikkei futures plunge: trading halted"), and so do whole texts ("Federal Reserve issues FOMC
statement", every six weeks). So a headline is never enough; a text of its own, the link and the time speak as well,
and a date without a time says little.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from urllib.parse import urlsplit

from bot.intake.identity import own_link
from bot.intake.steady import shared, without_junk
from bot.model import Item, ItemKey, SourceId

ZONES = timedelta(hours=15)  # the widest zone and a summer hour: a date that was mended, not a new one
UNDATED_FOR = timedelta(hours=6)  # since first sight: so long the same words without a date are no new event
ONE_ARTICLE = 0.5  # share of the words of two headlines, or texts, from which they are versions of one
LEAD = 600  # characters of a text that are compared
LEAST_LEAD = 80  # characters; "Continue reading …" stands below every article
LEAST_WORDS = 4  # "Press release" and "Markets wrap" name no event
LEAST_IDEOGRAPHS = 8

_IDEOGRAPH = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is stored of an item, as far as it tells whether an entry is the same."""

    key: ItemKey
    alias: ItemKey | None
    source_id: SourceId  # whose word on it counts
    fingerprint: str | None  # None: stored before schema 0004, and not seen since
    title: str
    lead: str
    url: str | None
    outlet: str
    published_at: datetime | None
    seen_at: datetime
    content_hash: str
    listed: bool = False  # it stood in the last document of the source that is asked now
    source_active: bool = True  # whose word counts is still asked
    source_lists: bool = True  # … and its last document holds the item


def is_another(item: Item, link: str | None, kept: Kept) -> bool:
    """Whether an entry that comes under the name of `kept` is another article; `link` is the entry's own.

    Names are used again: "latest" for whatever is the newest, numbers for places in the list. A page of its own
    stays one item, whatever becomes of its headline.
    """
    if link is not None and link == own_link(kept.url):
        return False
    if _same_time(item, kept) and not _may_be_a_day(item.published_at):
        return False
    lead = (item.summary or item.body)[:LEAD]
    one_text = min(len(lead), len(kept.lead)) >= LEAST_LEAD and shared(lead, kept.lead) >= ONE_ARTICLE
    return not one_text and shared(item.title, kept.title) < ONE_ARTICLE


def is_surely(item: Item, kept: Kept) -> bool:
    """Whether an entry under a new name, with the headline of `kept`, is that item, whatever else was renamed."""
    says_the_same = item.content_hash == kept.content_hash
    same_text = says_the_same and _has_text(item)
    if _same_time(item, kept):
        if same_text and not _may_be_a_day(item.published_at):
            return True
        same_day_only = _is_a_day(item.published_at) and not says_the_same
        return (same_text or (_names_an_event(item.title) and not same_day_only)) and _same_place(item, kept)
    if not same_text or _far_apart(item, kept):
        return False
    undated = item.published_at is None or kept.published_at is None
    return _same_place(item, kept) or (undated and item.seen_at - kept.seen_at <= UNDATED_FOR)


def is_moved(item: Item, kept: Kept) -> bool:
    """Whether an entry whose guid stood for another article is one that stood elsewhere in the list before."""
    return (
        kept.listed
        and item.content_hash == kept.content_hash
        and not _far_apart(item, kept)
        and (_same_place(item, kept) or _place(item.url) is None)
    )


def may_be(item: Item, kept: Kept) -> bool:
    """Whether they are one where the whole document came under new names."""
    if not kept.listed:
        return False
    same_time = _same_time(item, kept)
    if item.content_hash != kept.content_hash:
        return same_time and not _may_be_a_day(item.published_at)
    if _far_apart(item, kept):
        return _has_text(item) and _same_place(item, kept)
    return same_time or _has_text(item) or _same_place(item, kept)


def _names_an_event(title: str) -> bool:
    return len(title.split()) >= LEAST_WORDS or len(_IDEOGRAPH.findall(title)) >= LEAST_IDEOGRAPHS


def _has_text(item: Item) -> bool:
    return bool(item.summary or item.body)


def _same_time(item: Item, kept: Kept) -> bool:
    return item.published_at is not None and item.published_at == kept.published_at


def _far_apart(item: Item, kept: Kept) -> bool:
    if item.published_at is None or kept.published_at is None:
        return False
    return abs(item.published_at - kept.published_at) > ZONES


def _is_a_day(moment: datetime | None) -> bool:
    """Midnight, or the noon that `dates.py` puts for a day without a time."""
    return _may_be_a_day(moment) and moment is not None and moment.minute == 0 and moment.hour in {0, 12}


def _may_be_a_day(moment: datetime | None) -> bool:
    """The midnight of some zone."""
    return moment is None or (moment.minute % 30, moment.second, moment.microsecond) == (0, 0, 0)


def _same_place(item: Item, kept: Kept) -> bool:
    place = _place(item.url)
    return place is not None and place == _place(kept.url)


@lru_cache(maxsize=4096)  # one entry is held against many
def _place(url: str | None) -> str | None:
    """Where on its site an article stands, less what a link holds at random; None for no article's own link."""
    link = own_link(url)
    if link is None:
        return None
    parts = urlsplit(link)
    return f"{parts.path}?{without_junk(parts.query)}#{parts.fragment}"
