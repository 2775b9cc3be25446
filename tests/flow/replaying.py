"""`tradewire replay` with a folder of settings and lines that are typed in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from bot.cli import main

FARM = "Brazil and Japan agree to cut tariffs on farm goods to 5%"
STEEL = "Canada raises tariffs on imported steel to 40% at once"
NIKKEI = "Nikkei plunges 6% as central bank raises interest rates by surprise"
TOMATOES = "Ten tomato recipes for a late summer"

DESK = '[[route]]\nname = "desk"\nto = ["console"]\nwhen = "topic:trade OR topic:market"\n'
STEEL_ROUTE = '[[route]]\nname = "steel"\nto = ["slack:C7"]\nwhen = "steel"\ntier = "digest"\n'


def configured(tmp_path: Path) -> Path:
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "tradewire.toml").write_text(f'[database]\nurl = "sqlite:///{tmp_path}/live.db"\n')
    (folder / "sources.toml").write_text("")
    (folder / "routes.toml").write_text(DESK + STEEL_ROUTE)
    return folder


def line(identity: str | int, title: str, date: str | None = "2025-05-07T08:00Z", **more: str) -> str:
    return json.dumps({"id": identity, "title": title, **({"date": date} if date else {}), **more})


def replay(config: Path, *arguments: object, given: str = "") -> Result:
    return CliRunner().invoke(main, ["replay", *map(str, arguments), "--config", str(config)], input=given)


def listed(config: Path, lines: list[str], *arguments: object) -> list[dict[str, Any]]:
    result = replay(config, "-", "--json", *arguments, given="\n".join(lines))
    assert result.exit_code == 0, result.output
    return [json.loads(each) for each in result.stdout.splitlines()]
