"""A replay decides as the running bot did: the same items through feeds, a database and chat services, and again."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from click.testing import CliRunner

from bot.cli import main
from bot.store.schema import decisions, deliveries, items
from tests.fakes.discord_payloads import GUILD_CHANNEL_ID
from tests.fakes.web import item, rss
from tests.flow.desk import SLACK_CHANNEL, Desk

FARM = "Brazil and Japan agree to cut tariffs on farm goods to 5%"
STEEL = "Canada raises tariffs on imported steel to 40% at once"

# when it comes in, headline, summary
NEWS = [
    ("2025-05-07T08:00", FARM, "The two governments signed a trade agreement in Tokyo."),
    ("2025-05-07T09:00", FARM, "The trade agreement was signed in Tokyo, ministers said."),
    ("2025-05-07T10:00", FARM, "Tariffs on rice fall to 3% under the trade agreement."),
    ("2025-05-07T11:00", "Ten tomato recipes for a late summer", "They keep well in the fridge."),
    ("2025-05-07T21:00", STEEL, "The tariffs take effect at midnight."),
    ("2025-05-07T22:00", STEEL, "A further tariff of 12% on steel wire follows in June."),
    ("2025-05-08T06:00", "Nikkei plunges 6% as central bank raises interest rates", "Stocks fell sharply."),
    ("2025-05-08T07:00", STEEL, "Tariffs on steel pipes rise to 60%, the ministry said."),
    ("2025-05-09T22:30", FARM, "The two governments signed a trade agreement in Tokyo."),
    ("2025-05-10T07:00", "Museum of clocks opens in the old station", "Entrance is free."),
]

ROUTES = f"""
[[route]]
name = "desk"
to = ["slack:{SLACK_CHANNEL}", "console"]
when = "topic:trade OR topic:market"

[[route]]
name = "night"
to = ["discord:{GUILD_CHANNEL_ID}"]
when = "topic:trade"
quiet = "20:00-06:00 UTC"

[[route]]
name = "words"
to = ["console"]
when = "museum OR steel"
tier = "digest"
"""

KEYS = ("title", "at", "destination", "route", "reason", "detail", "tier", "held_until", "sent")


async def test_a_replay_decides_as_the_running_bot_did(desk: Desk, tmp_path: Path) -> None:
    desk.configure(routes=ROUTES)
    lived = await live_through(desk)
    archive = tmp_path / "archive.jsonl"
    archive.write_text("".join(json.dumps(record(number)) + "\n" for number in reversed(range(len(NEWS)))))
    result = CliRunner().invoke(main, ["replay", str(archive), "--all", "--json", "--config", str(desk.folder)])
    assert result.exit_code == 0, result.output
    replayed = [line | {"sent": line["sent_at"] is not None} for line in map(json.loads, result.stdout.splitlines())]
    assert [{key: line[key] for key in KEYS} for line in replayed] == lived
    assert {line["reason"] for line in lived} == {"first", "new_fact", "nothing_new", "below_threshold", "held"}
    assert [line["sent"] for line in lived if line["reason"] == "held"] == [False, True, True]
    assert sum(line["sent_at"] is not None for line in replayed) == messages_on(desk)


async def live_through(desk: Desk) -> list[dict[str, Any]]:
    """The bot polls a feed that grows, item by item; returns its decisions in the order it took them."""
    feed: list[str] = []
    async with desk.bot() as bot:
        for number, (at, title, summary) in enumerate(NEWS):
            desk.clock.advance(moment(at) - desk.clock.now())
            feed.insert(
                0, item(title, guid=f"n-{number}", link=f"https://wire.example/{number}", description=summary)
            )
            desk.web.serve("/feed", rss(*feed))
            assert await bot.service.once() == []
        desk.clock.advance(timedelta(days=1))
        assert await bot.service.once() == []
        return await bot.database.read(decided)


def decided(connection: sa.Connection) -> list[dict[str, Any]]:
    rows = connection.execute(
        sa.select(decisions, items.c.title, (deliveries.c.state == "sent").label("sent"))
        .join(items, items.c.key == decisions.c.item_key)
        .outerjoin(deliveries, sa.and_(deliveries.c.decision_id == decisions.c.id, deliveries.c.action == "post"))
        .order_by(decisions.c.id)
    )
    return [
        {
            "title": row.title,
            "at": row.decided_at.isoformat(),
            "destination": row.destination,
            "route": row.route,
            "reason": row.reason,
            "detail": row.detail,
            "tier": row.tier,
            "held_until": row.until.isoformat() if row.until else None,
            "sent": bool(row.sent),
        }
        for row in rows
    ]


def record(number: int) -> dict[str, str]:
    at, title, summary = NEWS[number]
    return {"id": f"n-{number}", "date": f"{at}Z", "title": title, "summary": summary, "outlet": "Example Wire"}


def messages_on(desk: Desk) -> int:
    on_slack = len(desk.slack.messages(SLACK_CHANNEL))
    on_discord = len(desk.discord.messages[GUILD_CHANNEL_ID])
    return on_slack + on_discord + sum(destination == "console" for destination, _ in desk.sent)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
