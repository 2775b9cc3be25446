"""Secrets from files, as containers and systemd hand them over: `NAME_FILE`, and `$CREDENTIALS_DIRECTORY/NAME`.

`NAME_FILE` holds the path of a file with the secret: the convention of Docker's and Kubernetes' images.
The folder is made by systemd for `LoadCredential=`: https://systemd.io/CREDENTIALS/
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

import structlog

LONGEST = 16 * 1024  # bytes; a token has about a hundred
FOLDER = "CREDENTIALS_DIRECTORY"

log = structlog.get_logger()


class Unusable(Exception):
    """A file that holds no secret; the text says why and what to do, without anything of its content."""


def read_secret_files(names: Iterable[str], environment: Mapping[str, str], problems: list[str]) -> dict[str, str]:
    """The secrets of these names that files hold; what is wrong is appended to `problems`.

    A secret that is given in two ways is wrong: one of them would silently be ignored.
    """
    found: dict[str, str] = {}
    for name in names:
        given = {f"{name}_FILE": Path(path)} if (path := environment.get(f"{name}_FILE")) else {}
        if (credential := _credential(name, environment)) is not None:
            given[f"${FOLDER}/{name}"] = credential
        ways = [*([name] if environment.get(name) else []), *given]
        if len(ways) > 1:
            problems.append(f"environment: {' and '.join(ways)} are both given; keep one of them")
        elif given:
            ((way, file),) = given.items()
            try:
                found[name] = _read(file)
            except Unusable as error:
                problems.append(f"environment: {way}: {file}: {error}")
            else:
                _warn_if_open(name, file)
    return found


def _credential(name: str, environment: Mapping[str, str]) -> Path | None:
    folder = environment.get(FOLDER)
    file = Path(folder, name) if folder else None
    return file if file is not None and file.exists() else None


def _read(file: Path) -> str:
    """The one line of a file. Raises Unusable."""
    try:
        # Not blocking: to open a pipe that nobody writes to would wait for ever.
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as opened:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise Unusable("is no file; name the file with the secret")
            content = opened.read(LONGEST + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise Unusable(f"cannot be read ({why}); is it there, and may this user read it?") from None
    if len(content) > LONGEST:
        raise Unusable(f"is larger than {LONGEST // 1024} KiB; it should hold the secret and nothing else")
    return _line(content)


def _line(content: bytes) -> str:
    try:
        secret = content.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise Unusable("is no text in UTF-8; write the secret into it again") from None
    if not secret:
        raise Unusable("is empty; write the secret into it")
    if not secret.isprintable():
        raise Unusable("holds more than one line, or characters that no secret has; keep the secret alone")
    return secret


def _warn_if_open(name: str, file: Path) -> None:
    """Where the file and every folder above it let other users of the machine in."""
    file = file.resolve()
    read, enter = file.stat().st_mode & stat.S_IROTH, (each.stat().st_mode & stat.S_IXOTH for each in file.parents)
    if read and all(enter):
        log.warning(
            "secret_readable_by_all", secret=name, file=str(file), cure=f"chmod o-r {file}, and make a new secret"
        )
