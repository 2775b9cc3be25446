"""Twenty good feeds among the hostile ones, each with news of its own."""

from __future__ import annotations

from tests.fakes.hostile.case import Brings, Case, document
from tests.fakes.web import item, rss

_NEWS = (
    ("Brazil and Japan", "farm goods", 5),
    ("Chile and Norway", "salmon", 12),
    ("Kenya and India", "tea", 7),
    ("Peru and Canada", "copper", 9),
    ("Vietnam and Australia", "rice", 15),
    ("Egypt and Turkey", "cotton", 18),
    ("Mexico and Switzerland", "watches", 3),
    ("Thailand and Israel", "rubber", 11),
    ("Ghana and Portugal", "cocoa", 6),
    ("Ukraine and Jordan", "wheat", 14),
    ("Colombia and Iceland", "coffee", 8),
    ("Morocco and Panama", "phosphate", 4),
    ("Indonesia and Finland", "palm oil", 22),
    ("Serbia and Georgia", "wine", 13),
    ("Bangladesh and Qatar", "textiles", 17),
    ("Argentina and Singapore", "beef", 19),
    ("Pakistan and Oman", "leather", 16),
    ("Ecuador and Croatia", "bananas", 2),
    ("Nigeria and Malaysia", "timber", 21),
    ("Philippines and Denmark", "sugar", 23),
)


def _title(parties: str, goods: str, rate: int) -> str:
    return f"{parties} agree to cut tariffs on {goods} to {rate}%"


def _case(number: int, parties: str, goods: str, rate: int) -> Case:
    title = _title(parties, goods, rate)
    description = f"The two governments signed a trade agreement on {goods}, trade ministers said."
    entry = item(title, guid=f"good-{number}", link=f"https://good.example/{number}", description=description)
    return Case(name=f"good-{number}", answer=document(rss(entry)), expected=Brings((title,)))


GOOD_FEEDS = tuple(_case(number, *news) for number, news in enumerate(_NEWS))
GOOD_TITLES = tuple(_title(*news) for news in _NEWS)
