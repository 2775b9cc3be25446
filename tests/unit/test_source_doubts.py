"""What a list of sources and the routes beside it may well have meant otherwise."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.model import Authority, Destination, Source, SourceId
from bot.routing.query import parse
from bot.routing.routes import Route
from bot.sources.doubts import doubts


def source(source_id: str, url: str, *, enabled: bool = True) -> Source:
    return Source(
        id=SourceId(source_id), name=source_id, url=url, every=timedelta(minutes=5), authority=Authority.OUTLET,
        enabled=enabled,
    )  # fmt: skip


def route(when: str) -> Route:
    return Route(name="desk", to=(Destination("console"),), when=parse(when))


SOURCES = [source("ustr", "https://ustr.gov/feed"), source("Handels-Blatt", "https://h.example/rss")]


def test_a_list_that_says_what_it_means_raises_none() -> None:
    routes = [route("topic:trade source:USTR"), route('-source:"handels-blatt" OR tariff')]
    assert list(doubts(SOURCES, routes)) == []


def test_one_place_under_two_ids_is_named_once_and_not_where_one_is_off() -> None:
    again = source("trade", "http://www.ustr.gov/feed/")
    assert list(doubts([*SOURCES, again], [])) == [
        ("source trade", "is 'ustr' once more, and both are polled; take one of them out")
    ]
    assert list(doubts([*SOURCES, source("trade", "https://ustr.gov/feed", enabled=False)], [])) == []


def test_one_address_that_is_asked_with_other_headers_is_another_feed() -> None:
    ours, theirs = (
        replace(source(name, "https://api.example/news"), headers=(("X-Desk", name),)) for name in ("metals", "grain")
    )
    assert list(doubts([ours, theirs], [])) == []
    assert len(list(doubts([ours, theirs, replace(theirs, id=SourceId("more"))], []))) == 1


def test_a_route_that_asks_for_a_source_that_is_not_there_is_told_the_nearest() -> None:
    assert list(doubts(SOURCES, [route("tariff -source:ustrr (source:x OR source:ustr)")])) == [
        ("route desk", "there is no source 'ustrr', which it asks for; did you mean 'ustr'?"),
        ("route desk", "there is no source 'x', which it asks for"),
    ]
