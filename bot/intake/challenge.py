"""Whether an answer is the gate of a bot defence in the place of the feed. Pure.

Most such gates answer 403; those that do not are known by a header, or by what their page loads.
"""

from __future__ import annotations

from collections.abc import Mapping

_LOOKED_AT = 64 * 1024  # bytes of a page

# https://developers.cloudflare.com/cloudflare-challenges/challenge-types/challenge-pages/detect-response/
# https://docs.aws.amazon.com/waf/latest/developerguide/waf-captcha-and-challenge-how-it-works.html
_HEADERS = {"cf-mitigated": {"challenge"}, "x-amzn-waf-action": {"challenge", "captcha"}}
_MARKS = (
    b"/cdn-cgi/challenge-platform/",  # Cloudflare
    b"_cf_chl_opt",
    b"_incapsula_resource",  # Imperva
    b"captcha-delivery.com",  # DataDome
    b"awswafintegration",  # AWS
    b"px-captcha",  # HUMAN
    b"sucuri_cloudproxy_js",  # Sucuri
)


def is_challenge(status: int, headers: Mapping[str, str], body: bytes) -> bool:
    """`headers` are case-insensitive; of a feed that only writes about such gates this is not true."""
    if status == 403 or any(headers.get(name, "").lower() in values for name, values in _HEADERS.items()):
        return True
    if "html" not in headers.get("Content-Type", "").lower() or not _is_page(body):
        return False
    page = body[:_LOOKED_AT].lower()
    return any(mark in page for mark in _MARKS)


def _is_page(body: bytes) -> bool:
    """Some feeds are served as text/html."""
    start = body[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html"))
