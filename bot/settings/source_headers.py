"""`headers` of a source: what its publisher wants to be sent with each request, such as an API key.

A secret is not written there but named: "Bearer ${WIRE_TOKEN}" takes the place from the environment, or from a file
as in secret_files.py.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import AfterValidator

from bot.settings.environment import SECRET_NAMES
from bot.settings.secret_files import read_secret_files

LONGEST_VALUE = 4_000  # characters; servers take 8 KiB of headers in all
MOST_HEADERS = 20

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")  # https://www.rfc-editor.org/rfc/rfc9110#name-field-names
_SECRET = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")
# The client says these itself: they are about the connection, the form of the body, or what we have already.
_OURS = frozenset({
    "accept-encoding", "connection", "content-encoding", "content-length", "content-type", "cookie", "cookie2",
    "expect", "forwarded", "host", "if-match", "if-modified-since", "if-none-match", "if-range",
    "if-unmodified-since", "keep-alive", "proxy-authorization", "proxy-connection", "range", "te", "trailer",
    "transfer-encoding", "upgrade", "via", "x-forwarded-for", "x-forwarded-host",
})  # fmt: skip


def _checked(headers: dict[str, str]) -> dict[str, str]:
    if len(headers) > MOST_HEADERS:
        raise ValueError(f"{len(headers)} are too many: {MOST_HEADERS} at most")
    for name, value in headers.items():
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a header")
        if name.lower() in _OURS:
            raise ValueError(f"the program itself sets {name}; take it out")
        if not (value.isascii() and value.isprintable() and 0 < len(value) <= LONGEST_VALUE):
            raise ValueError(f"the value of {name} must be printable ASCII, and at most {LONGEST_VALUE} characters")
    names = [name.lower() for name in headers]
    if twice := next((name for name in headers if names.count(name.lower()) > 1), None):
        raise ValueError(f"the header {twice} stands there twice, written differently; keep one of them")
    return headers


SourceHeaders = Annotated[dict[str, str], AfterValidator(_checked)]


def read_header_secrets(all_headers: Iterable[Mapping[str, str]], problems: list[str]) -> dict[str, str]:
    """The secrets that headers name, as far as they are given; what is wrong with one is appended to `problems`."""
    named = {name for headers in all_headers for value in headers.values() for name in _SECRET.findall(value)}
    names = sorted(named - set(SECRET_NAMES))
    in_environment = {name: secret for name in names if (secret := os.environ.get(name))}
    return in_environment | read_secret_files(names, os.environ, problems)


def filled(headers: Mapping[str, str], secrets: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The headers to send. Raises ValueError where a secret is missing, or must not leave this program."""
    return tuple((name, _filled(name, value, secrets)) for name, value in headers.items())


def _filled(header: str, value: str, secrets: Mapping[str, str]) -> str:
    for name in _SECRET.findall(value):
        if name in SECRET_NAMES:
            raise ValueError(f"headers: {header}: {name} is a secret of this program, and not sent to a publisher")
        if name not in secrets:
            raise ValueError(
                f"headers: {header}: {name} is not given; set it in the environment, or name its file in {name}_FILE"
            )
    whole = _SECRET.sub(lambda found: secrets[found[1]], value)
    if not (whole.isascii() and whole.isprintable()):
        raise ValueError(f"headers: {header}: the secret in it must be printable ASCII; make a new one")
    return whole
