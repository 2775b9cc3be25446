"""Every odd status, each with the good feed as its body: a status that is no success brings nothing."""

from __future__ import annotations

from datetime import timedelta

from bot.intake.fetched import FaultKind
from tests.fakes.hostile.case import GOOD, Answer, Brings, Case, Fails, document, head, raw

HTTP = FaultKind.HTTP_STATUS
DAY = timedelta(days=1)

REFUSALS = {
    "304-unasked": (304, Fails(HTTP, "304"), {}),
    "306-unused": (306, Fails(HTTP, "306"), {}),
    "400": (400, Fails(HTTP, "400"), {}),
    "401-basic": (401, Fails(HTTP, "login"), {"www_authenticate": 'Basic realm="x"'}),
    "402": (402, Fails(HTTP, "paid"), {}),
    "403-challenge": (403, Fails(FaultKind.BLOCKED, "user_agent_contact"), {"cf_mitigated": "challenge"}),
    "404-html": (404, Fails(HTTP, "no feed at this address"), {}),
    "405": (405, Fails(HTTP, "405"), {"allow": "POST"}),
    "406": (406, Fails(HTTP, "406"), {}),
    "407-proxy": (407, Fails(HTTP, "407"), {"proxy_authenticate": "Basic"}),
    "408": (408, Fails(HTTP, "408"), {}),
    "410-gone": (410, Fails(FaultKind.GONE, "gone"), {}),
    "418-teapot": (418, Fails(HTTP, "418"), {}),
    "421": (421, Fails(HTTP, "421"), {}),
    "426-upgrade": (426, Fails(HTTP, "426"), {"upgrade": "HTTP/3.0"}),
    "429-for-ages": (429, Fails(FaultKind.TOO_OFTEN, "less often", DAY), {"retry_after": "99999999999999999999"}),
    "429-until-9999": (429, Fails(FaultKind.TOO_OFTEN, "429", DAY), {"retry_after": "Fri, 31 Dec 9999 23:59:59 GMT"}),
    "429-below-zero": (429, Fails(FaultKind.TOO_OFTEN, "429"), {"retry_after": "-1"}),
    "429-in-words": (429, Fails(FaultKind.TOO_OFTEN, "429"), {"retry_after": "a while"}),
    "429-two-minutes": (429, Fails(FaultKind.TOO_OFTEN, "429", timedelta(minutes=2)), {"retry_after": "120"}),
    "431": (431, Fails(HTTP, "431"), {}),
    "451": (451, Fails(HTTP, "legal"), {}),
    "500": (500, Fails(HTTP, "trouble of its own"), {}),
    "501": (501, Fails(HTTP, "501"), {}),
    "502": (502, Fails(HTTP, "502"), {}),
    "503": (503, Fails(HTTP, "503", timedelta(seconds=30)), {"retry_after": "30"}),
    "503-challenge": (503, Fails(FaultKind.BLOCKED, "503"), {"cf_mitigated": "challenge"}),
    "504": (504, Fails(HTTP, "504"), {}),
    "511-captive-portal": (511, Fails(HTTP, "511"), {}),
    "520-origin": (520, Fails(HTTP, "520"), {}),
    "530-frozen": (530, Fails(HTTP, "530"), {}),
    "999-no-robots": (999, Fails(HTTP, "999"), {}),
}
EMPTY = Fails(FaultKind.NOT_A_FEED, "empty")


def _case(name: str, answer: Answer, expected: Fails | Brings) -> Case:
    return Case(name=f"status-{name}", answer=answer, expected=expected)


CASES = (
    *(
        _case(name, document(GOOD if status != 304 else b"", status=status, **headers), expected)
        for name, (status, expected, headers) in REFUSALS.items()
    ),
    _case("000", raw(head("000", {}) + GOOD), Fails(FaultKind.HTTP_STATUS, "HTTP 0")),
    _case("201-created", document(status=201), Brings()),
    _case("202-accepted", document(b"", status=202), EMPTY),
    _case("203-other-authority", document(status=203), Brings()),
    _case("204-no-content", document(b"", status=204), EMPTY),
    _case("205-reset", document(b"", status=205), EMPTY),
    _case(
        "206-unasked",
        document(GOOD[:-20], status=206, content_range="bytes 0-99/5000"),
        Fails(FaultKind.UNREADABLE, "206"),
    ),
)
