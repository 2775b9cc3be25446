"""The address of a service that writes summaries, as the owner sets it. Pure."""

from __future__ import annotations

from urllib.parse import urlsplit


def service_address(text: str) -> str:
    """`text` as it is. Raises ValueError, without repeating a key, where it is no address or more than one."""
    parts = urlsplit(text)
    if "@" in parts.netloc or parts.query:
        raise ValueError("a key is no part of the address: set TRADEWIRE_SUMMARY_KEY")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{text!r} is no web address: write one such as http://127.0.0.1:11434/v1")
    return text
