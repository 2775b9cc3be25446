"""`/wire sources export` and `import` on a real database of either kind, with lists over real sockets."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.intake.fetch import Intake
from bot.model import Authority, Source, SourceId
from bot.sources.opml import read_opml
from bot.store.engine import Database
from tests.contract import source_room
from tests.contract.source_room import TOMATO, USTR, SourceRoom, enter, feed, page
from tests.contract.story_room import said
from tests.fakes.clock import FakeClock
from tests.fakes.web import FakeWeb

pytestmark = pytest.mark.asyncio(loop_scope="module")

intake, web, room = source_room.intake, source_room.web, source_room.room  # fixtures


async def test_an_export_is_a_file_that_another_desk_can_import(room: SourceRoom, web: FakeWeb) -> None:
    web.serve("/feed", feed(TOMATO))
    await room.add(f"{web.url('/feed')} authority=wire every=20m")
    await room.ask("sources pause ustr")
    reply = await room.reply("sources export")
    assert reply.file is not None
    assert reply.file.name == "tradewire-sources.opml"
    outlines = read_opml(reply.file.content).feeds
    assert [(each.name, each.enabled, each.authority) for each in outlines] == [
        ("Daily Trade", True, Authority.WIRE),
        ("Trade Office", False, Authority.OUTLET),
        ("old", False, Authority.OUTLET),
    ]


async def test_keys_in_addresses_are_not_exported_and_what_is_left_stays_as_it_is(
    database: Database, clock: FakeClock, intake: Intake
) -> None:
    addresses = ("?q=a%20b&api_key=hunter2&page=2", "?rss&author=ann&keywords=x+y", "?X-Sig=hunter2#top")
    sources = [
        Source(id=SourceId(f"s{number}"), name="S", url=f"https://s{number}.example/{address}")
        for number, address in enumerate(addresses)
    ]
    reply = await enter(database, clock, intake, *sources).reply("sources export")
    assert reply.file is not None
    assert "2 addresses are without the password or key" in said(reply)
    assert [each.url for each in read_opml(reply.file.content).feeds] == [
        "https://s0.example/?q=a%20b&api_key=&page=2",
        "https://s1.example/?rss&author=ann&keywords=x+y",
        "https://s2.example/?X-Sig=#top",
    ]


async def test_an_import_says_what_became_of_every_feed(room: SourceRoom, web: FakeWeb) -> None:
    body = f"""\ufeff<?xml version="1.0" encoding="latin-1"?><!DOCTYPE opml [<!ENTITY x "boom">]><opml><body>
      <outline text="News & views"><outline text="&x;One\u202e" xmlUrl="HTTP://one.example/rss"></outline>
      <outline text="One again" xmlUrl="http://www.one.example/rss/"/>
      <outline text="Two" xmlUrl="https://two.example/rss" tradewire:every="1s" tradewire:authority="wire"/>
      <outline text="Off" xmlUrl="https://off.example/rss" tradewire:enabled="false"/>
      <outline text="There" xmlUrl="{USTR.url}"/><outline text="Bad" xmlUrl="ftp://bad.example/"/><outline text="No"/>
    """
    web.serve("/list.opml", body.encode())
    reply = await room.reply(f"sources import {web.url('/list.opml')}")
    assert said(reply).splitlines() == [
        "3 added, 2 there already, 1 unusable.",
        "Added: x-one, two, off",
        "What stands in them now is history; only what comes from now on can alert.",
        "No web address: ftp://bad.example/",
    ]
    found = {each.source.id: each.source for each in room.changes().added}
    assert {each.first_poll for each in found.values()} == {"none"}
    assert found[SourceId("two")].every == timedelta(minutes=1), "no site is asked more often from chat"
    assert found[SourceId("two")].authority is Authority.WIRE
    assert [pause.source_id for pause in room.changes().pauses] == ["off"]
    assert "0 added, 5 there already" in await room.ask(f"sources import {web.url('/list.opml')}")


async def test_a_list_that_cannot_be_read_changes_nothing(room: SourceRoom, web: FakeWeb) -> None:
    web.serve("/page", page())
    web.endless("/endless")
    web.redirect("/inward", "http://127.0.0.2:1/list.opml")
    for path, why in {
        "/page": "no feed in it",
        "/endless": "sends more than 2 MiB",
        "/inward": "is a private or special address",
        "/gone": "HTTP 404",
    }.items():
        shown = await room.ask(f"sources import {web.url(path)}")
        assert "Nothing was imported." in shown
        assert why in shown
    assert room.ids() == []


async def test_a_list_that_is_given_along_is_imported(room: SourceRoom, web: FakeWeb) -> None:
    web.serve("/list.opml", '<outline text="One" xmlUrl="https://one.example/rss"/>')
    assert "1 added" in await room.ask(f"sources file={web.url('/list.opml')}")
    assert "1 there already" in await room.ask(f"sources import file={web.url('/list.opml')}")
    assert room.ids() == ["one"]


async def test_a_file_means_nothing_to_other_actions(room: SourceRoom, web: FakeWeb) -> None:
    shown = await room.ask("sources pause ustr file=https://files.example/list.opml")
    assert "/wire sources import takes it, pause does not" in shown
    assert room.changes().pauses == ()


async def test_an_address_in_a_reason_is_no_file(room: SourceRoom, web: FakeWeb) -> None:
    await room.ask("sources pause ustr https://bugs.example/1 is why")
    assert [pause.reason for pause in room.changes().pauses] == ["https://bugs.example/1 is why"]


async def test_import_without_a_list_says_how_to_give_one(room: SourceRoom, web: FakeWeb) -> None:
    assert "the address of an OPML list, or attach it as file" in await room.ask("sources import")
