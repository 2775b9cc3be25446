"""An article put into a folder is told at once, not at the next poll."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta

from bot.store import feeds
from tests.flow.desk import Desk

WITHIN = 30.0  # seconds, on a machine that is busy
TITLE = "Brazil and Japan agree to cut tariffs on farm goods to 5%"


async def test_an_article_is_told_long_before_the_next_poll(desk: Desk) -> None:
    articles = desk.folder / "articles"
    await asyncio.to_thread(articles.mkdir)
    desk.configure(sources=f'[[source]]\nid = "articles"\npath = "{articles}"\nevery = "1h"\n')
    await desk.once()
    desk.clock.advance(timedelta(minutes=1))
    async with desk.bot() as bot:
        serving = asyncio.create_task(bot.service.serve())
        try:
            async with asyncio.timeout(WITHIN):
                number = 0
                while not desk.slack_titles:  # until it is watched, what is written goes unnoticed
                    number += 1
                    (articles / f"{number}.part").write_text(f"{TITLE}\n\nMinisters signed it in Tokyo. ({number})\n")
                    (articles / f"{number}.part").rename(articles / f"{number}.txt")
                    await asyncio.sleep(0.5)
        finally:
            serving.cancel()
            with suppress(asyncio.CancelledError):
                await serving
        (health,) = await bot.database.read(feeds.health)
    assert health.last_ok_at == desk.clock.now(), "polled although it was due in an hour"
    assert TITLE in desk.slack_titles[0]
    desk.assert_payloads_are_valid()
