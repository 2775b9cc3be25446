"""`tradewire replay` as people type it: what goes in, what comes out, and what it says where something is wrong."""

from __future__ import annotations

import gzip
import json
import re
import sqlite3
from pathlib import Path
from tempfile import gettempdir

import pytest
from sqlalchemy.exc import OperationalError

from bot.replay.archive import Archive
from tests.flow.replaying import DESK, FARM, NIKKEI, STEEL, STEEL_ROUTE, TOMATOES, configured, line, listed, replay


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return configured(tmp_path)


# --- what comes out ---------------------------------------------------------------------------------------


def test_what_would_have_been_sent_is_listed_in_the_order_of_time(config: Path) -> None:
    lines = [
        line(7, NIKKEI, "2025-05-08T09:30+02:00", outlet="Example Wire", url="https://wire.example/n"),
        line("a", FARM),
        line("b", TOMATOES),
    ]
    farm, nikkei = listed(config, lines)
    assert (farm["id"], farm["at"], farm["sent_at"]) == ("a", "2025-05-07T08:00:00+00:00", farm["at"])
    assert nikkei == {
        "id": 7,
        "at": "2025-05-08T07:30:00+00:00",
        "destination": "console",
        "route": "desk",
        "reason": "first",
        "detail": nikkei["detail"],
        "tier": nikkei["tier"],
        "labels": nikkei["labels"],
        "title": NIKKEI,
        "outlet": "Example Wire",
        "url": "https://wire.example/n",
        "story": nikkei["story"],
        "thread": False,
        "held_until": None,
        "sent_at": "2025-05-08T07:30:00+00:00",
    }
    assert "topic:market" in nikkei["detail"]
    assert "market" in nikkei["labels"]


def test_all_lists_what_was_not_told_with_the_reason(config: Path) -> None:
    (steel,) = listed(config, [line(1, TOMATOES)], "--all", "--route", "steel")
    assert (steel["reason"], steel["sent_at"]) == ("below_threshold", None)
    assert re.fullmatch(r"no steel \(trade 0\.\d\d, market 0\.\d\d\)", steel["detail"])
    out = replay(config, "-", "--all", given=line(1, TOMATOES)).stdout
    assert re.search(rf"08:00  not sent below_threshold {TOMATOES}\n +steel → slack:C7 · no steel", out)


def test_people_read_a_list_by_day_and_the_figures_below_it(config: Path) -> None:
    lines = [
        line(1, FARM, outlet="Example Wire"),
        line(2, FARM, "2025-05-07T09:00Z", summary="Tariffs on rice fall to 3%."),
        line(3, STEEL, "2025-05-10T10:00Z"),
    ]
    result = replay(config, "-", given="\n".join(lines))
    assert result.exit_code == 0, result.output
    out = result.stdout
    assert out.index("Wed 2025-05-07") < out.index(FARM) < out.index("Sat 2025-05-10") < out.index(STEEL)
    assert re.search(rf"08:00  \w+ +first +{re.escape(FARM)}\n +Example Wire · desk → console · topic:trade", out)
    assert re.search(rf"09:00  \w+ +new_fact +↳ {re.escape(FARM)}", out)
    assert "3 items, 2025-05-07 to 2025-05-10: 4 days, 0.75 a day" in out
    assert "3: 0.75 a day; 2 on 2025-05-07, the busiest; none on 2 of 4 days" in out
    assert "2025-05-07 █··▅ 2025-05-10" in out
    assert "2 alerts, 1 in their threads" in out
    assert "first 2, new_fact 1" in out
    assert "steel → slack:C7\n messages    1: 0.25 a day" in out
    only_figures = replay(config, "-", "--summary", given="\n".join(lines)).stdout
    assert FARM not in only_figures
    assert only_figures.strip() in out


def test_one_route_is_shown_while_all_of_them_decide(config: Path) -> None:
    (config / "routes.toml").write_text(DESK + STEEL_ROUTE.replace("slack:C7", "console"))
    lines = [line(1, STEEL), line(2, "Museum of steel opens in the old station")]
    both = listed(config, lines)
    assert [(each["id"], each["route"]) for each in both] == [(1, "desk"), (2, "steel")]
    assert listed(config, lines, "--route", "steel") == both[1:]


def test_a_headline_cannot_give_the_terminal_orders(config: Path) -> None:
    result = replay(config, "-", given=line(1, f"\x1b]0;owned\x07{FARM} [bold]now[/bold]"))
    assert "\x1b" not in result.stdout
    assert "[bold]now[/bold]" in result.stdout


def test_the_desk_s_own_database_and_the_temporary_folder_stay_as_they_are(config: Path) -> None:
    before = {path.name for path in Path(gettempdir()).glob("tradewire-replay-*")}
    listed(config, [line(1, FARM)])
    assert not (config.parent / "live.db").exists()
    assert {path.name for path in Path(gettempdir()).glob("tradewire-replay-*")} <= before


# --- what goes in -----------------------------------------------------------------------------------------


def test_an_undated_item_takes_the_time_of_the_one_before_it(config: Path) -> None:
    lines = [
        line("first", NIKKEI, None),
        line("a", FARM, "2025-05-09T10:00Z"),
        line("b", STEEL, None),
        line("c", "EU and India sign a trade agreement on cars", "2150-01-01"),
    ]
    told = listed(config, lines, "--route", "desk")
    assert {each["id"]: each["at"][:16] for each in told} == dict.fromkeys(
        ["first", "a", "b", "c"], "2025-05-09T10:00"
    )
    result = replay(config, "-", "--summary", given="\n".join(lines))
    assert "3 items have no date that can be right: each took the time of the item before it" in result.stdout
    assert "3 items have no date" in replay(config, "-", "--json", given="\n".join(lines)).stderr


def test_of_several_items_with_one_id_the_earliest_stands(config: Path) -> None:
    lines = [line("a", STEEL, "2025-05-09"), line("a", FARM, "2025-05-08"), line("b", NIKKEI, "2025-05-08")]
    lines.append(line("b", TOMATOES, "2025-05-08"))
    assert [each["title"] for each in listed(config, lines)] == [FARM, NIKKEI]
    assert "2 items are left out: an earlier one has the same id" in replay(
        config, "-", "--summary", given="\n".join(lines)
    ).stdout  # fmt: skip


def test_a_period_is_whole_days_of_utc(config: Path) -> None:
    lines = [
        line(1, FARM, "2025-05-07T23:59Z"),
        line(2, STEEL, "2025-05-08T00:00Z"),
        line(3, NIKKEI, "2025-05-09T23:59Z"),
        line(4, "EU and India sign a trade agreement on cars", "2025-05-10T00:00Z"),
    ]
    told = listed(config, lines, "--since", "2025-05-08", "--until", "2025-05-09", "--route", "desk")
    assert [each["id"] for each in told] == [2, 3]
    nothing = replay(config, "-", "--since", "2026-01-01", given="\n".join(lines))
    assert nothing.exit_code == 1
    assert "4 items, none of the days asked for; widen --since and --until" in nothing.stderr


def test_a_broken_line_is_said_and_the_rest_goes_on(config: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    first.write_text(f"{{broken\n{line(1, FARM)}\n\n[]\n")
    second.write_text(f"{line(2, NIKKEI)}\n{line('', 'no id')}\n{line(3, STEEL, 'soon')}\n")
    result = replay(config, first, second, "--json")
    assert result.exit_code == 1
    assert [json.loads(each)["id"] for each in result.stdout.splitlines()] == [1, 2]
    errors = result.stderr.splitlines()
    assert errors[0].startswith(f"tradewire: {first}: line 1: ")
    assert errors[1] == f"tradewire: {first}: line 4: not a JSON object"
    assert errors[2].startswith(f"tradewire: {second}: line 2: id: missing")
    assert errors[3].startswith(f"tradewire: {second}: line 3: date: 'soon'")
    assert errors[4] == "tradewire: 4 broken lines are left out"


def test_more_items_than_one_transaction_takes(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.cli.replaying.CHUNK", 4)
    lines = [line(number, f"{TOMATOES}, part {number}", f"2025-05-{1 + number % 9:02}") for number in range(25)]
    lines[17] = line(17, STEEL, "2025-05-05")
    found = listed(config, lines, "--all", "--route", "desk")
    assert sorted(each["id"] for each in found) == list(range(25))
    assert [each["id"] for each in found if each["reason"] == "first"] == [17]
    assert [each["at"] for each in found] == sorted(each["at"] for each in found)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no item in it; a line is {"),
        (b'{"id": 1, "title": "Ministers meet"}\n', "1 item, none with a date"),
        (gzip.compress(b"{}", mtime=0), "is compressed; unpack it on the way: gunzip -c"),
    ],
)
def test_a_file_that_cannot_be_replayed_is_named_with_the_cure(
    config: Path, tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "archive.jsonl"
    path.write_bytes(content)
    result = replay(config, path)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert f"tradewire: {path}" in result.stderr
    assert said in result.stderr


def test_every_missing_file_is_named_before_anything_is_read(config: Path, tmp_path: Path) -> None:
    here = tmp_path / "here.jsonl"
    here.write_text(line(1, FARM))
    result = replay(config, here, tmp_path / "one", tmp_path / "two")
    assert result.exit_code == 1
    assert [error.partition(":")[2].partition(":")[0].strip() for error in result.stderr.splitlines()] == [
        str(tmp_path / "one"),
        str(tmp_path / "two"),
    ]
    assert "no such file" in result.stderr


def test_a_full_disk_is_named_with_the_cure(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_self: Archive, _records: object) -> None:
        raise OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full"))

    monkeypatch.setattr(Archive, "add", full)
    result = replay(config, "-", given=line(1, FARM))
    assert result.exit_code == 1
    assert "(database or disk is full): make room there, or set TMPDIR" in result.stderr


# --- routes -----------------------------------------------------------------------------------------------


def test_another_routes_file_takes_the_place_of_the_configured_one(config: Path, tmp_path: Path) -> None:
    trial = tmp_path / "trial.toml"
    trial.write_text(DESK.replace("console", "slack:C9"))
    (config / "routes.toml").write_text("broken")
    (told,) = listed(config, [line(1, FARM)], "--routes", trial)
    assert told["destination"] == "slack:C9"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (DESK.replace("topic:trade", "topc:trade"), "trial.toml: route 'desk': when: "),
        (DESK.replace("when", "wen"), "trial.toml: route[1].wen: unknown key; did you mean when?"),
        (DESK + DESK, "trial.toml: route name 'desk' stands there 2 times"),
        ("", "trial.toml: no [[route]] in it"),
        (None, "trial.toml: no such file; copy the one that ships from "),
    ],
)
def test_mistakes_in_that_file_are_named_as_ever(
    config: Path, tmp_path: Path, content: str | None, said: str
) -> None:
    trial = tmp_path / "trial.toml"
    if content is not None:
        trial.write_text(content)
    result = replay(config, "-", "--routes", trial, given=line(1, FARM))
    assert result.exit_code == 2
    assert said in result.stderr


def test_an_unknown_route_name_gets_the_nearest(config: Path) -> None:
    result = replay(config, "-", "--route", "stel", given=line(1, FARM))
    assert result.exit_code == 1
    assert "routes.toml: no route 'stel'; did you mean 'steel'?" in result.stderr
    assert "its routes are: desk, steel" in replay(config, "-", "--route", "zzz", given=line(1, FARM)).stderr


def test_json_has_no_summary(config: Path) -> None:
    result = replay(config, "-", "--json", "--summary", given=line(1, FARM))
    assert result.exit_code == 2
    assert "give one of them" in result.stderr
