"""Time zones by the names that people type."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.routing.zones import zone_named, zones_like
from bot.settings import ConfigError, load


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        (" asia/kolkata ", "Asia/Kolkata"),
        ("america/new york", "America/New_York"),
        ("utc", "UTC"),
    ],
)
def test_a_zone_is_known_whatever_the_case_of_its_name(text: str, name: str) -> None:
    assert zone_named(text).key == name


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("Berlin", "did you mean Europe/Berlin?"),
        ("lodnon", "did you mean Europe/London?"),
        ("Asia/Tokio", "did you mean Asia/Tokyo"),
        ("../etc/passwd", "write one such as Europe/Berlin"),
        ("", "write one such as Europe/Berlin"),
    ],
)
def test_what_is_no_zone_is_answered_with_the_nearest(text: str, hint: str) -> None:
    with pytest.raises(ValueError, match="is no IANA time zone") as refused:
        zone_named(text)
    assert hint in str(refused.value)


def test_a_city_is_found_by_how_it_begins() -> None:
    assert zones_like("new yo")[0] == "America/New_York"
    assert "Europe/Berlin" in zones_like("berl")


def test_the_zone_of_the_configuration_is_checked_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "sources.toml").write_text("")
    (tmp_path / "routes.toml").write_text('[[route]]\nname = "a"\nto = ["console"]\nwhen = "x"\nloud = "flash"\n')
    (tmp_path / "tradewire.toml").write_text('[people]\nzone = "Europe/Berln"\n')
    with pytest.raises(ConfigError, match=r"people\.zone: .*did you mean Europe/Berlin"):
        load(tmp_path)
    (tmp_path / "tradewire.toml").write_text('[people]\nzone = "europe/berlin"\n')
    settings = load(tmp_path)
    assert (settings.people.zone.key, settings.routes[0].loud) == ("Europe/Berlin", "flash")
