"""What was added and paused from chat, on a real database of either kind: seen by every process, once."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.intake.fetched import FetchState
from bot.model import Authority, Destination, Source, SourceId
from bot.sources.sourcing import AddedSource, Pause, polled
from bot.store import added_sources, audience, feeds, news
from bot.store.added_sources import OFFERED_FOR
from bot.store.engine import Database
from tests import samples
from tests.samples import NOW

ANN = Destination("discord", "1", person=True)
FILE = (Source(id=SourceId("ustr"), name="USTR", url="https://ustr.example/rss"),)
FULL = Source(
    id=SourceId("full"),
    name="Full – 新闻",
    url="https://full.example/rss?x=1",
    every=timedelta(minutes=7),
    authority=Authority.WIRE,
    max_age=timedelta(days=2),
    first_poll="none",
    lang="de",
)


def feed(name: str, **kinds: object) -> Source:
    return Source(id=SourceId(""), name=name, url=f"https://{name.lower()}.example/rss", **kinds)  # type: ignore[arg-type]


def add(database: Database, *wanted: Source, most: int = 100) -> list[AddedSource]:
    return database.write_now(added_sources.add, FILE, wanted, author=ANN, author_name="Ann", most=most, now=NOW)


def due(database: Database) -> list[str]:
    """The sources that a process would poll now."""
    ours = [source.id for source in polled(FILE, database.read_now(added_sources.changes))]
    claimed = database.write_now(
        feeds.claim_due, ours, owner="me", now=NOW + timedelta(hours=1), lease=timedelta(seconds=1), limit=99
    )
    return [str(source_id) for source_id, _ in claimed]


@pytest.fixture(autouse=True)
def _started(database: Database) -> None:
    database.write_now(added_sources.settle, FILE, now=NOW)


def test_everything_that_was_said_of_a_source_is_kept(database: Database) -> None:
    (new,) = add(database, FULL)
    assert new == AddedSource(source=FULL, author=ANN, author_name="Ann", added_at=NOW)
    assert database.read_now(added_sources.changes).added == (new,)
    assert due(database) == ["full", "ustr"]


def test_ids_and_places_are_given_once(database: Database) -> None:
    new = add(
        database,
        feed("A"),
        feed("A"),
        Source(id=SourceId("a"), name="Other", url="https://other.example/"),
        Source(id=SourceId("ustr"), name="", url="https://third.example/"),
        Source(id=SourceId("x"), name="X", url="http://www.ustr.example/rss/"),
    )
    assert [(each.source.id, each.source.name) for each in new] == [
        ("a", "A"),
        ("other", "Other"),
        ("third-example", "third-example"),
    ]
    assert add(database, feed("A")) == []


def test_there_are_at_most_so_many(database: Database) -> None:
    assert len(add(database, feed("A"), feed("B"), feed("C"), most=2)) == 2
    assert add(database, feed("D"), most=2) == []


def test_a_change_is_seen_by_whoever_has_not_seen_it(database: Database) -> None:
    number = database.read_now(added_sources.changes).number
    assert database.read_now(added_sources.changes_since, number) is None
    add(database, feed("A"))
    changed = database.read_now(added_sources.changes_since, number)
    assert changed is not None
    assert [each.source.id for each in changed.added] == ["a"]
    assert database.read_now(added_sources.changes_since, changed.number) is None


def test_a_pause_stops_sources_of_either_kind_until_it_ends(database: Database) -> None:
    add(database, feed("A"))
    for source_id in ("ustr", "a"):
        pause = Pause(source_id=SourceId(source_id), author=ANN, author_name="Ann", reason="why", paused_at=NOW)
        database.write_now(added_sources.pause, pause)
        database.write_now(added_sources.pause, pause)
    assert database.read_now(added_sources.changes).pauses[0] == pause
    assert due(database) == []
    assert [each.id for each in database.read_now(feeds.health)] == []
    database.write_now(added_sources.settle, FILE, now=NOW)
    assert due(database) == [], "a restart ends no pause"
    assert database.write_now(added_sources.resume, SourceId("a"), now=NOW)
    assert not database.write_now(added_sources.resume, SourceId("a"), now=NOW)
    assert due(database) == ["a"]


def test_what_is_not_enabled_is_added_as_paused(database: Database) -> None:
    add(database, feed("A", enabled=False), feed("B"))
    assert [pause.source_id for pause in database.read_now(added_sources.changes).pauses] == ["a"]
    assert due(database) == ["b", "ustr"]


def test_what_is_removed_is_not_polled_and_its_pause_ends_with_it(database: Database) -> None:
    (new,) = add(database, feed("A"))
    database.write_now(added_sources.pause, Pause(source_id=SourceId("a"), author=ANN, paused_at=NOW))
    assert database.write_now(added_sources.remove, SourceId("a")) == new
    assert database.write_now(added_sources.remove, SourceId("a")) is None
    assert database.write_now(added_sources.remove, SourceId("ustr")) is None
    assert due(database) == ["ustr"]
    assert database.read_now(added_sources.changes).pauses == ()


def test_an_id_that_is_used_again_begins_without_the_old_cursor(database: Database) -> None:
    add(database, feed("A"))
    (claim,) = database.write_now(
        feeds.claim_due, [SourceId("a")], owner="me", now=NOW, lease=timedelta(hours=1), limit=9
    )
    learned = FetchState(etag='"1"', body_hash="abc")
    database.write_now(
        feeds.save_cursor, claim[0], learned, owner="me", now=NOW, brought_new=True, brought_entries=True
    )
    database.write_now(added_sources.remove, SourceId("a"))
    add(database, Source(id=SourceId("a"), name="A", url="https://elsewhere.example/"))
    assert not database.read_now(feeds.holds, SourceId("a"), owner="me"), "a poll under way writes nothing more"
    ((_, state),) = database.write_now(
        feeds.claim_due, [SourceId("a")], owner="me", now=NOW, lease=timedelta(hours=1), limit=9
    )
    assert state == FetchState()
    assert database.read_now(feeds.told_in_first_poll, SourceId("a")) == {}, "its next document is its first"


def pause_of(source_id: str) -> Pause:
    return Pause(source_id=SourceId(source_id), author=ANN, paused_at=NOW)


def test_a_poll_under_way_tells_nothing_of_what_is_paused_or_removed_meanwhile(database: Database) -> None:
    add(database, feed("A"))
    assert due(database) == ["a", "ustr"]
    database.write_now(added_sources.pause, pause_of("ustr"))
    database.write_now(added_sources.remove, SourceId("a"))
    assert not database.read_now(feeds.holds, SourceId("ustr"), owner="me")
    assert not database.read_now(feeds.holds, SourceId("a"), owner="me")
    assert database.write_now(added_sources.resume, SourceId("ustr"), now=NOW)
    assert due(database) == ["ustr"], "and nobody waits for the lost lease"


def test_what_was_paused_before_any_process_began_with_it_is_polled_when_it_is_resumed(database: Database) -> None:
    new = Source(id=SourceId("new"), name="New", url="https://new.example/rss")
    database.write_now(added_sources.pause, pause_of("new"))
    database.write_now(added_sources.settle, (*FILE, new), now=NOW)
    assert database.write_now(added_sources.resume, SourceId("new"), now=NOW)
    claimed = database.write_now(feeds.claim_due, [new.id], owner="me", now=NOW, lease=timedelta(hours=1), limit=9)
    assert claimed == [("new", FetchState())]


def test_a_new_source_does_not_inherit_the_pause_of_one_that_left_the_file(database: Database) -> None:
    database.write_now(added_sources.pause, pause_of("a"))
    add(database, feed("A"))
    assert due(database) == ["a", "ustr"]


def test_a_source_that_one_of_the_file_hides_can_be_added_again(database: Database) -> None:
    add(database, feed("A"))
    moved = (*FILE, Source(id=SourceId("a"), name="A", url="https://moved.example/rss"))
    (again,) = database.write_now(
        added_sources.add, moved, [feed("A")], author=ANN, author_name="", most=100, now=NOW
    )
    assert (again.source.id, again.source.url) == ("a-2", feed("A").url)
    assert database.read_now(added_sources.changes).added == (again,)


def test_what_an_earlier_source_of_the_same_id_told_takes_no_place_in_a_first_poll(database: Database) -> None:
    def told(connection: sa.Connection) -> None:
        item = samples.item(source_id=SourceId("a"))
        news.add_story(connection, samples.story())
        news.add_item(connection, item, samples.story().id, samples.verdict())
        audience.save_decision(connection, samples.notice(item_key=item.key))

    add(database, feed("A"))
    database.write_now(told)
    assert database.read_now(feeds.told_in_first_poll, SourceId("a")) != {}, "a crash cut it short"
    database.write_now(added_sources.remove, SourceId("a"))
    later = NOW + timedelta(days=1)
    database.write_now(added_sources.add, FILE, [feed("A")], author=ANN, author_name="", most=9, now=later)
    assert database.read_now(feeds.told_in_first_poll, SourceId("a")) == {}


def test_an_error_of_the_store_names_no_values(database: Database) -> None:
    wanted = sa.text("INSERT INTO nowhere VALUES (:url)").bindparams(url="https://ann:hunter2@a.example/")
    with pytest.raises(sa.exc.DBAPIError) as failure:
        database.write_now(lambda connection: connection.execute(wanted))
    assert "nowhere" in str(failure.value)
    assert "hunter2" not in str(failure.value)


def test_an_offer_is_kept_for_a_day_under_a_short_name(database: Database) -> None:
    reference = database.write_now(added_sources.offer, FULL, now=NOW)
    assert database.write_now(added_sources.offer, FULL, now=NOW) == reference
    assert database.read_now(added_sources.offered, reference, now=NOW + OFFERED_FOR) == FULL
    later = NOW + OFFERED_FOR + timedelta(seconds=1)
    assert database.read_now(added_sources.offered, reference, now=later) is None
    other = database.write_now(added_sources.offer, feed("A"), now=later)
    assert database.read_now(added_sources.offered, reference, now=NOW) is None, "the old one is gone"
    assert other != reference


def test_two_who_add_the_same_feed_at_once_add_it_once(database: Database) -> None:
    together = threading.Barrier(2)
    results: list[int] = []

    def press() -> None:
        together.wait()
        results.append(len(add(database, feed("A"))))

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [0, 1]
