"""IANA time zones by the names that people type. Pure."""

from __future__ import annotations

import difflib
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

EXAMPLE = "Europe/Berlin"
MOST_NAMED = 3


def zone_named(text: object) -> ZoneInfo:
    """The zone of that name, whatever its case. Raises ValueError that names the nearest valid ones."""
    wanted = str(text).strip()
    name = _by_lower_case().get(_key(wanted))
    if name is None:
        near = zones_like(wanted)[:MOST_NAMED]
        hint = f"did you mean {' or '.join(near)}?" if near else f"write one such as {EXAMPLE}"
        raise ValueError(f"“{wanted[:40]}” is no IANA time zone: {hint}")
    return ZoneInfo(name)


def zones_like(text: str) -> list[str]:
    """The zones whose name or city begins so, else those that look like it; the best first."""
    wanted = _key(text)
    if not wanted:
        return []
    names = _by_lower_case()
    begun = [names[key] for key in sorted(names) if key.startswith(wanted) or _city(key).startswith(wanted)]
    if begun:
        return sorted(begun, key=lambda name: (_city(_key(name)) != wanted, "/" not in name, name))
    cities = {_city(key): names[key] for key in sorted(names, reverse=True)}
    found = [names[key] for key in difflib.get_close_matches(wanted, names, n=MOST_NAMED, cutoff=0.7)]
    found += [cities[city] for city in difflib.get_close_matches(_city(wanted), cities, n=MOST_NAMED, cutoff=0.7)]
    return list(dict.fromkeys(found))


def _key(name: str) -> str:
    return name.strip().lower().replace(" ", "_")


def _city(key: str) -> str:
    return key.rpartition("/")[2]


@cache
def _by_lower_case() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones()}
