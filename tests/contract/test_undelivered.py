"""`deliveries` and `audit` on the command line, over what both databases hold."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from bot.cli import main
from bot.deliver.card import Bulletin
from bot.model import DeliveryId, DeliveryState, Destination, Reason
from bot.store import audience, bulletins, news, outages, outbox
from bot.store.engine import Database
from bot.store.schema import deliveries
from tests import samples
from tests.samples import DISCORD, SLACK

MINUTE = timedelta(minutes=1)
PERSON = Destination.parse("slack:@U0SECRET")


class Desk:
    """A database with what a test puts into it, and the commands."""

    def __init__(self, database: Database, folder: Path, url: str) -> None:
        self.database = database
        self.folder = folder
        self.now = datetime.now(UTC)
        (folder / "tradewire.toml").write_text(f"[database]\nurl = '{url}'\n")
        (folder / "sources.toml").write_text("")
        (folder / "routes.toml").write_text("")
        database.write_now(news.add_story, samples.story(title="Ministers agree \x1b[2Jon [bold]steel"))
        database.write_now(news.add_item, samples.item(), samples.story().id, samples.verdict())

    def waits(
        self, place: Destination = SLACK, since: timedelta = MINUTE, reason: Reason = Reason.FIRST, version: int = 1
    ) -> DeliveryId:
        def write(connection: sa.Connection) -> DeliveryId:
            notice = samples.notice(destination=place, reason=reason, decided_at=self.now - since, version=version)
            return outbox.enqueue(connection, notice, audience.save_decision(connection, notice))

        return self.database.write_now(write)

    def change(self, delivery: str, **values: object) -> None:
        changed = sa.update(deliveries).where(deliveries.c.id == delivery).values(**values)
        self.database.write_now(lambda connection: connection.execute(changed).rowcount)

    def run(self, *arguments: str) -> Result:
        result = CliRunner().invoke(main, [*arguments, "--config", str(self.folder)])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def listed(self, *arguments: str) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.run("deliveries", "--json", *arguments).stdout.splitlines()]


@pytest.fixture
def desk(database: Database, database_url: str, tmp_path: Path) -> Desk:
    folder = tmp_path / "config"
    folder.mkdir()
    return Desk(database, folder, database_url)


def test_an_empty_outbox_is_said_to_be_empty(desk: Desk) -> None:
    assert desk.run("deliveries").stdout == "Nothing waits, and nothing was given up.\n"
    assert desk.run("deliveries", "--stuck").stdout == "Nothing is stuck.\n"
    assert desk.run("deliveries", "--json").stdout == ""


def test_what_waits_longest_comes_first_and_then_what_was_given_up(desk: Desk) -> None:
    new, old = desk.waits(since=MINUTE), desk.waits(DISCORD, since=30 * MINUTE)
    lost, ancient = desk.waits(PERSON), desk.waits(PERSON)
    desk.change(lost, state=DeliveryState.FAILED, finished_at=desk.now, fault="closed")
    desk.change(ancient, state=DeliveryState.EXPIRED, finished_at=desk.now - timedelta(days=8))
    assert [each["delivery"] for each in desk.listed()] == [old, new, lost]
    assert [each["delivery"] for each in desk.listed("--limit", "1")] == [old]
    assert [each["delivery"] for each in desk.listed("--destination", str(SLACK))] == [new]
    assert [each["delivery"] for each in desk.listed("--stuck")] == [old, lost]


def test_each_is_told_with_its_ids_its_reason_and_what_happens_next(desk: Desk) -> None:
    delivery = desk.waits(since=30 * MINUTE)
    desk.database.write_now(outages.close, str(SLACK), "not_in_channel: invite the bot", now=desk.now)
    (line,) = desk.listed()
    assert line["delivery"] == delivery
    assert (line["item"], line["story"]) == (samples.item().key, samples.story().id)
    assert isinstance(line["decision"], int)
    assert (line["state"], line["reason"], line["attempts"]) == ("pending", "first", 0)
    assert line["why"] == "not_in_channel: invite the bot"
    assert str(line["next"]).startswith("it is sent in ")
    assert "mend what is named" in str(line["cure"])


def test_a_bulletin_is_told_by_its_title(desk: Desk) -> None:
    digest = Bulletin(title="Digest of the morning", lines=())
    desk.database.write_now(bulletins.enqueue_bulletin, SLACK, digest, key="digest 1", now=desk.now)
    (line,) = desk.listed()
    assert (line["title"], line["reason"], line["item"]) == ("Digest of the morning", "bulletin", None)


def test_the_table_says_it_to_people_and_nothing_in_it_moves_the_terminal(desk: Desk) -> None:
    desk.waits(since=30 * MINUTE)
    shown = desk.run("deliveries").stdout
    assert "\x1b" not in shown
    assert "[bold]" in shown
    for said in (str(SLACK), "pending", "for 30 min", "no worker has come", "→ it is sent as soon"):
        assert said in shown


def test_a_wrong_destination_names_the_forms(desk: Desk) -> None:
    result = desk.run("deliveries", "--destination", "#general")
    assert result.exit_code == 1
    assert "slack:C0123 or discord:123" in result.stderr


# --- audit ----------------------------------------------------------------------------------------------------


def test_books_that_are_right_end_with_success(desk: Desk) -> None:
    desk.waits()
    result = desk.run("audit")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.startswith("The books are right: 1 decisions to tell and 1 deliveries since ")


def test_a_gap_ends_with_failure_and_is_told_with_its_ids(desk: Desk) -> None:
    notice = samples.notice(decided_at=desk.now - 5 * MINUTE)
    number = desk.database.write_now(audience.save_decision, notice)
    result = desk.run("audit")
    assert result.exit_code == 1
    assert "decided-not-sent" in result.stdout
    assert f"story={samples.story().id} decision={number}" in result.stdout
    assert result.stderr.startswith("1 wrong")
    (line,) = [json.loads(each) for each in desk.run("audit", "--json").stdout.splitlines()]
    assert (line["kind"], line["decision"], line["explained"]) == ("decided-not-sent", number, False)
    assert desk.run("audit", "--since", "1m").exit_code == 0


def test_what_was_given_up_with_its_reason_is_listed_and_is_no_failure(desk: Desk) -> None:
    delivery = desk.waits(since=5 * MINUTE)
    desk.change(delivery, state=DeliveryState.FAILED, finished_at=desk.now, fault="the channel \x1bwas deleted")
    result = desk.run("audit")
    assert result.exit_code == 0
    assert "given-up" in result.stdout
    assert "the channel was deleted" in result.stdout
    assert "1 given up with their reason" in result.stderr


def test_a_wrong_length_names_the_forms(desk: Desk) -> None:
    result = desk.run("audit", "--since", "yesterday")
    assert result.exit_code == 1
    assert "write a number and s, m, h, d or w" in result.stderr
