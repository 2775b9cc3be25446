"""Redirects inward, out of the web, in circles; and those that are none."""

from __future__ import annotations

from collections.abc import Callable

from bot.intake.fetched import FaultKind
from tests.fakes.hostile.case import GOOD, RSS, Answer, Brings, Case, Fails, Visit, document, head

REFUSED = Fails(FaultKind.REFUSED_ADDRESS)
NO_ADDRESS = Fails(FaultKind.UNREACHABLE)  # what is no host name at all, or has no address
CIRCLE = Fails(FaultKind.HTTP_STATUS, "more than 5 times")

# Names that the fake resolver knows.
INWARD, BOTH = "inward.test", "both.test"

# Every spelling of an address that nobody may reach; {port} is where a listener counts.
SPELLINGS = {
    "loopback": "127.0.0.1:{port}", "loopback-at-port-80": "127.0.0.1", "loopback-elsewhere": "127.9.9.9:{port}",
    "localhost": "localhost:{port}", "unspecified": "0.0.0.0:{port}", "zero": "0:{port}",
    "private-10": "10.0.0.1", "private-172": "172.16.0.1", "private-192": "192.168.0.1", "carrier": "100.64.0.1",
    "metadata": "169.254.169.254", "metadata-mapped": "[::ffff:169.254.169.254]", "multicast": "224.0.0.1",
    "broadcast": "255.255.255.255", "decimal": "2130706433:{port}", "hexadecimal": "0x7f000001:{port}",
    "hexadecimal-parts": "0x7f.0x0.0x0.0x1:{port}", "octal": "0177.0.0.1:{port}",
    "octal-whole": "017700000001:{port}",
    "short": "127.1:{port}", "trailing-dot": "127.0.0.1.:{port}", "full-width": "１２７.０.０.１:{port}",
    "circled": "①②⑦.⓪.⓪.①:{port}", "ideographic-dots": "127。0。0。1:{port}", "escaped": "%31%32%37.0.0.1:{port}",
    "v6-loopback": "[::1]:{port}", "v6-unspecified": "[::]:{port}", "v6-link-local": "[fe80::1]",
    "v6-link-local-zone": "[fe80::1%25lo]:{port}", "v6-unique-local": "[fd00::1]", "v6-multicast": "[ff02::1]",
    "mapped": "[::ffff:127.0.0.1]:{port}", "mapped-hexadecimal": "[::ffff:7f00:1]:{port}",
    "compatible": "[::127.0.0.1]:{port}", "translated": "[::ffff:0:127.0.0.1]:{port}",
    "nat64": "[64:ff9b::7f00:1]:{port}", "nat64-local": "[64:ff9b:1::7f00:1]:{port}",
    "6to4": "[2002:7f00:1::1]:{port}", "teredo": "[2001:0:4136:e378:8000:63bf:80ff:fffe]:{port}",
    "isatap": "[2a00:1450::5efe:7f00:1]:{port}", "documentation": "[2001:db8::1]",
    "user-name-as-host": "wire.example@127.0.0.1:{port}", "password-as-host": "wire.example:80@127.0.0.1:{port}",
    "name-that-leads-inward": INWARD + ":{port}",
    "backslash": "127.0.0.1:{port}\\@wire.example",
}  # fmt: skip
NO_HOST_NAMES = {"zero", "decimal", "octal", "octal-whole", "short", "escaped", "trailing-dot", "backslash"}

OTHER_SCHEMES = {
    "file": "file:///etc/passwd", "file-with-host": "file://localhost/etc/passwd", "gopher": "gopher://{inside}/_GET",
    "ftp": "ftp://{inside}/feed", "data": "data:application/rss+xml,<rss/>", "javascript": "javascript:alert(1)",
    "dict": "dict://{inside}/x", "ldap": "ldap://{inside}/x", "websocket": "ws://{inside}/x", "jar": "jar:http://{inside}/x!/",
    "view-source": "view-source:http://{inside}/", "blob": "blob:http://{inside}/x", "unknown": "x" * 300 + ":y",
}  # fmt: skip


def to(location: str | Callable[[Visit], str], status: int = 302) -> Answer:
    """A redirect at the first request of the case; the good feed at every other one."""

    async def behave(visit: Visit) -> None:
        if visit.number > 1:
            await document()(visit)
            return
        where = location(visit) if callable(location) else location
        filled = where.replace("{port}", str(visit.port)).replace("{inside}", visit.inside)
        await visit.send(head(status, {"Location": filled, "Content-Length": "0"}))

    return behave


def always_to(location: Callable[[Visit], str]) -> Answer:
    async def behave(visit: Visit) -> None:
        await visit.send(head(302, {"Location": location(visit), "Content-Length": "0"}))

    return behave


async def without_credentials(visit: Visit) -> None:
    """Redirects to itself with a user name; answers with the good feed only to those who send none."""
    if visit.number == 1:
        await visit.send(head(302, {"Location": visit.here.replace("//", "//admin:admin@")}))
    elif "authorization" in visit.asked.headers:
        await visit.send(head(500, {}))
    else:
        await document()(visit)


def _case(name: str, answer: Answer, expected: Fails | Brings) -> Case:
    return Case(name=f"redirect-{name}", answer=answer, expected=expected)


META = '<html><meta http-equiv="refresh" content="0; url=http://127.0.0.1/">'

CASES = (
    *(
        _case(f"to-{name}", to(f"http://{spelling}/secret"), NO_ADDRESS if name in NO_HOST_NAMES else REFUSED)
        for name, spelling in SPELLINGS.items()
    ),
    *(_case(f"to-{name}", to(location), REFUSED) for name, location in OTHER_SCHEMES.items()),
    *(_case(f"{status}-inward", to("http://{inside}/", status), REFUSED) for status in (301, 303, 307, 308)),
    _case("protocol-relative-inward", to("//{inside}/secret"), REFUSED),
    _case("to-a-name-with-two-addresses", to(lambda visit: f"http://{BOTH}:{visit.port}/{visit.case}"), Brings()),
    _case("to-itself", always_to(lambda visit: visit.here), CIRCLE),
    _case("two-in-a-circle", always_to(lambda visit: f"/{visit.case}?{visit.number % 2}"), CIRCLE),
    _case("twenty-hops", always_to(lambda visit: f"/{visit.case}?{visit.number}"), CIRCLE),
    _case("longer-and-longer", always_to(lambda visit: f"{visit.asked.path}{'/x' * 300}"), CIRCLE),
    _case("relative", to(lambda visit: f"{visit.case}?moved"), Brings()),
    _case("absolute-path", to(lambda visit: f"/{visit.case}"), Brings()),
    _case("protocol-relative", to(lambda visit: visit.here.removeprefix("http:")), Brings()),
    _case("query-only", to("?moved"), Brings()),
    _case("fragment-only", to("#top"), Brings()),
    _case("with-spaces", to(lambda visit: f"  /{visit.case}?a b  "), Brings()),
    _case("with-bytes", to(lambda visit: f"/{visit.case}?\udcff\udcfe"), Brings()),
    _case("with-credentials", without_credentials, Brings()),
    _case("upper-case-scheme", to(lambda visit: visit.here.replace("http", "HTTP")), Brings()),
    _case("with-injected-header", to(lambda visit: f"/{visit.case}\r\nSet-Cookie: a=b"), Brings()),
    _case("escaped-line-break", to(lambda visit: f"/{visit.case}?%0d%0aHost:%20inside"), Brings()),
    _case("to-nothing", to(""), Fails(FaultKind.HTTP_STATUS, "302")),
    _case("without-location", document(b"", status=302), Fails(FaultKind.HTTP_STATUS, "302")),
    _case("to-no-address", to("http://[::1"), Fails(FaultKind.UNREACHABLE, "no web address")),
    _case("to-no-host", to("http:///feed"), Fails(FaultKind.HTTP_STATUS, "404")),
    _case("to-port-99999", to("http://wire.test:99999/"), Fails(FaultKind.UNREACHABLE)),
    _case("to-no-such-name", to("http://nowhere.test/"), Fails(FaultKind.UNREACHABLE, "no address found")),
    _case("to-a-megabyte", to("/" + "x" * 2**20), Fails(FaultKind.UNREADABLE, "not valid HTTP")),
    _case("use-proxy", to("http://{inside}/", 305), Fails(FaultKind.HTTP_STATUS, "305")),
    _case("several-choices", to("http://{inside}/", 300), Fails(FaultKind.HTTP_STATUS, "300")),
    _case(
        "location-with-200", to(lambda visit: f"http://{visit.inside}/", 200), Fails(FaultKind.NOT_A_FEED, "empty")
    ),
    _case("meta-refresh", document(META, "text/html"), Fails(FaultKind.NOT_A_FEED, "web page")),
    _case("refresh-header", document(refresh="0; url=http://127.0.0.1/"), Brings()),
    _case("alternative-service", document(alt_svc='h2="127.0.0.1:80"'), Brings()),
    _case("link-header", document(GOOD, RSS, link='<http://127.0.0.1/>; rel="self"'), Brings()),
)
