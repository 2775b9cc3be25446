"""Templates and files of the board. Everything that feeds wrote is escaped; links are http or https or no links."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from urllib.parse import urlsplit

import jinja2
from markupsafe import Markup

from bot.board.highlight import signed
from bot.clock import Clock
from bot.intake.faults import without_secrets
from bot.observe.health import Parts

STATIC_TYPES = {"board.css": "text/css", "board.js": "text/javascript", "icon.svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticFile:
    """A file that never changes under its address: the version in it is a hash of the content."""

    address: str
    content: bytes
    content_type: str


@cache
def static_files() -> dict[str, StaticFile]:
    folder = files("bot.board") / "static"
    found = {}
    for name, content_type in STATIC_TYPES.items():
        content = (folder / name).read_bytes()
        version = hashlib.sha256(content).hexdigest()[:12]
        found[name] = StaticFile(address=f"/static/{name}?v={version}", content=content, content_type=content_type)
    return found


class Views:
    """Renders pages by the name of their template."""

    def __init__(self, *, parts: Parts, clock: Clock) -> None:
        self._templates = _templates()
        self._parts = parts
        self._clock = clock

    def page(self, template: str, *, just_failed: tuple[str, ...] = (), **context: object) -> str:
        """`just_failed` is what has just failed, beside the parts that say so themselves."""
        failing = [*just_failed, *(part.name for part in self._parts if not part.ok and part.name not in just_failed)]
        return self._templates.get_template(template).render(now=self._clock.now(), failing=failing, **context)


@cache
def _templates() -> jinja2.Environment:
    """Every template, compiled now and not under the first reader's request."""
    templates = jinja2.Environment(
        loader=jinja2.PackageLoader("bot.board"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals["static"] = {name: file.address for name, file in static_files().items()}
    templates.filters |= {
        "web_link": web_link,
        "moment": moment,
        "ago": ago,
        "signed": signed,
        "without_secrets": without_secrets,
        "words": lambda name: str(name).replace("_", " "),
    }
    for name in templates.list_templates():
        templates.get_template(name)
    return templates


def web_link(url: str | None) -> str | None:
    """`url` where a browser may follow it: http or https with a host. None for javascript:, data: and the like."""
    try:
        parts = urlsplit((url or "").strip())
    except ValueError:
        return None
    return parts.geturl() if parts.scheme in {"http", "https"} and parts.hostname else None


def moment(at: datetime, now: datetime) -> Markup:
    """A moment in UTC, which the page's script turns into the reader's own zone."""
    day = f"{at.day} {at:%b} " if at.year == now.year else f"{at.day} {at:%b %Y} "
    text = f"{'' if at.date() == now.date() else day}{at:%H:%M} UTC"
    return Markup('<time datetime="{}">{}</time>').format(_iso(at), text)


def ago(at: datetime, now: datetime) -> Markup:
    """How long ago, in the largest unit that fits; the exact moment is in the tooltip."""
    return Markup('<time class="ago" datetime="{}" title="{}">{}</time>').format(
        _iso(at), f"{at:%Y-%m-%d %H:%M:%S} UTC", _distance(now - at)
    )


def _iso(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _distance(distance: timedelta) -> str:
    seconds = int(distance.total_seconds())
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return "just now"
