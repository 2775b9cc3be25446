"""Where a process listens, as people write it: "127.0.0.1:8461"."""

from __future__ import annotations

import re
from typing import Annotated, NamedTuple

from pydantic import AfterValidator

OFF = "off"
_FORM = re.compile(r"(?P<host>\[[0-9A-Fa-f:.%]+\]|[\w.-]+):(?P<port>[0-9]{1,5})")
HIGHEST_PORT = 65_535


class Address(NamedTuple):
    host: str
    port: int  # 0: a free one


def read_address(text: str) -> Address | None:
    """HOST:PORT; None where it is "off". Raises ValueError with the form."""
    if text == OFF:
        return None
    written = _FORM.fullmatch(text)
    if written is None or int(written["port"]) > HIGHEST_PORT:
        raise ValueError(f"{text!r} is no address to listen on: write HOST:PORT, such as 127.0.0.1:8461, or {OFF}")
    return Address(written["host"].strip("[]"), int(written["port"]))


def _is_one(text: str) -> str:
    read_address(text)
    return text


AddressText = Annotated[str, AfterValidator(_is_one)]
