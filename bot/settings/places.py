"""Where the configuration lies."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

TRADEWIRE_FILE, SOURCES_FILE, ROUTES_FILE, LEXICON_FILE = (
    "tradewire.toml",
    "sources.toml",
    "routes.toml",
    "lexicon.toml",
)


class ConfigError(Exception):
    """A configuration that cannot run: one line a problem, each with its file, key and cure."""


def default_directory() -> Path:
    """The configuration that ships: beside the package in a checkout, inside it in a wheel."""
    package = Path(__file__).parents[1]
    packed = package / "default_config"
    return packed if packed.is_dir() else package.parent / "config"


def config_directory(chosen: Path | None) -> Path:
    """`--config`, else TRADEWIRE_CONFIG, else ./config, else the configuration that ships."""
    named = chosen or (Path(env) if (env := os.environ.get("TRADEWIRE_CONFIG")) else None)
    if named is not None:
        if not named.is_dir():
            raise ConfigError(
                f"{named}: no such folder; name one with {TRADEWIRE_FILE}, {SOURCES_FILE}, {ROUTES_FILE}"
            )
        return named
    here = Path("config")
    return here if here.is_dir() else default_directory()


def require_temporary_folder() -> None:
    """Raise ConfigError where nothing can be written for a moment: every item needs it once (its language)."""
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        raise ConfigError(
            "no folder for temporary files is writable: mount one on /tmp (a tmpfs will do), or name one in TMPDIR"
        ) from None


def find_folder(path: str, directory: Path) -> Path:
    """A relative folder is looked for where the program was started, then in and beside the configuration."""
    places = [base / path for base in (Path.cwd(), directory.resolve(), directory.resolve().parent)]
    return next((place for place in places if place.is_dir()), places[0])
