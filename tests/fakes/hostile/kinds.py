"""Documents that are something else than they say, or nothing at all."""

from __future__ import annotations

from bot.intake.fetched import FaultKind
from tests.fakes.hostile.case import GOOD, RSS, STEEL, Answer, Brings, Case, Fails, document, whole

NONE = FaultKind.NOT_A_FEED
PAGE = Fails(NONE, "web page")
EMPTY = Fails(NONE, "empty")
NEITHER = Fails(NONE, "neither XML nor JSON")

HTML = "<!DOCTYPE html><html><head><title>News</title></head><body>Log in to go on</body></html>"
ATOM = f"<feed><title>x</title><entry><title>{STEEL}</title><id>1</id></entry></feed>"
RDF = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
    f"<item><title>{STEEL}</title><link>https://wire.example/a</link></item></rdf:RDF>"
)
JSON_FEED = (
    '{"version": "https://jsonfeed.org/version/1.1", "title": "x", "items": [%s{"id": "1", "title": "'
    + STEEL
    + '", "content_text": "x"}]}'
)


def _case(name: str, answer: Answer, expected: Fails | Brings) -> Case:
    return Case(name=f"kind-{name}", answer=answer, expected=expected)


CASES = (
    _case("page-as-feed", document(HTML), PAGE),
    _case("page-as-page", document(HTML, "text/html"), PAGE),
    _case("xhtml", document('<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>'), PAGE),
    _case("page-after-a-comment", document("\n<!-- x -->\n<HTML><BODY>"), PAGE),
    _case("sitemap", document("<urlset/>"), Fails(NONE, "sitemap")),
    _case("opml", document('<opml version="2.0"/>'), Fails(NONE, "feeds import")),
    _case("svg", document('<svg xmlns="http://www.w3.org/2000/svg"/>'), Fails(NONE, "neither RSS nor Atom")),
    _case("soap-fault", document("<Envelope><Fault/></Envelope>"), Fails(NONE, "neither RSS nor Atom")),
    _case("pdf", document(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "application/pdf"), NEITHER),
    _case("picture", document(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"), NEITHER),
    _case("random-bytes", document(bytes(range(256)) * 100, "application/octet-stream"), Fails(NONE)),
    _case("json-error", document('{"error": "quota"}', "application/json"), Fails(NONE, "no JSON Feed")),
    _case("json-null", document("null", "application/json"), NEITHER),
    _case("json-list", document("[1, 2]", "application/json"), Fails(NONE, "no JSON Feed")),
    _case("json-deep", document("[" * 200_000, "application/json"), Fails(FaultKind.UNREADABLE, "not valid JSON")),
    _case(
        "json-cut-off", document(JSON_FEED[:80], "application/json"), Fails(FaultKind.UNREADABLE, "not valid JSON")
    ),
    _case(
        "json-long-number",
        document('{"version": ' + "9" * 5_000 + "}", "application/json"),
        Fails(FaultKind.UNREADABLE, "not valid JSON"),
    ),
    _case("json-feed", document(JSON_FEED % "", "application/feed+json"), Brings()),
    _case("json-feed-as-xml", document(JSON_FEED % "", "text/xml"), Brings()),
    _case("json-feed-odd-items", document(JSON_FEED % '1, null, "x", [], {"title": {"a": 1}}, '), Brings()),
    _case("empty", document(b""), EMPTY),
    _case("byte-order-mark-only", document(b"\xef\xbb\xbf"), EMPTY),
    _case("utf16-mark-only", document(b"\xff\xfe"), EMPTY),
    _case("whitespace-only", document(" \r\n\t" * 100), EMPTY),
    _case("nul-bytes-only", document(bytes(1_000)), Fails(NONE)),
    _case("feed-as-text", document(GOOD, "text/plain"), Brings()),
    _case("feed-as-page", document(GOOD, "text/html; charset=utf-8"), Brings()),
    _case("feed-as-picture", document(GOOD, "image/png"), Brings()),
    _case("feed-as-bytes", document(GOOD, "application/octet-stream"), Brings()),
    _case("feed-without-a-kind", whole(GOOD, {}), Brings()),
    _case("feed-with-an-empty-kind", document(GOOD, ""), Brings()),
    _case("feed-with-two-kinds", document(GOOD, "text/html\r\nContent-Type: image/png"), Brings()),
    _case("feed-with-an-odd-kind", document(GOOD, 'multipart/x; boundary="' + "x" * 3_000 + '";;;=;'), Brings()),
    _case("feed-to-be-saved", document(GOOD, RSS, content_disposition='attachment; filename="../../x"'), Brings()),
    _case("atom-without-namespace", document(ATOM), Brings()),
    _case("rdf", document(RDF), Brings()),
    _case("xml-1.1", document(GOOD.replace(b'version="1.0"', b'version="1.1"', 1)), Brings()),
)
