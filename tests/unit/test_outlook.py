"""What is said of a delivery that has not arrived: since when, why, what comes next, and what a person can do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.model import DeliveryAction, DeliveryId, DeliveryState, Reason
from bot.operations.outlook import outlook, span
from bot.store.outages import Outage
from bot.store.undelivered import Undelivered
from tests.samples import NOW, SLACK

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

WAITS = Undelivered(
    id=DeliveryId("d1"),
    destination=SLACK,
    action=DeliveryAction.POST,
    state=DeliveryState.PENDING,
    title="Ministers agree",
    story_id="a1b2c3d4e5f6",
    item_key="00aa11bb22cc33dd",
    decision=7,
    reason=Reason.FIRST,
    created_at=NOW - HOUR,
    not_before=NOW - HOUR,
    started_at=None,
    finished_at=None,
    attempts=0,
    fault=None,
    turn_at=NOW - HOUR,
    leased_until=None,
    outage=None,
)


def told(**changes: Any) -> tuple[str, str, str]:
    found = outlook(replace(WAITS, **changes), NOW)
    return found.why, found.next, found.cure


def test_what_no_worker_comes_for_names_the_process_and_the_token_that_are_missing() -> None:
    why, then, cure = told()
    assert (why, then) == ("no worker has come for it", "it is sent as soon as a worker comes")
    assert "role all or worker" in cure
    assert "SLACK_BOT_TOKEN" in cure


def test_what_has_just_become_due_needs_nobody() -> None:
    just = NOW - timedelta(seconds=2)
    assert told(not_before=just, turn_at=just)[0::2] == ("it has just become due", "")


def test_what_is_held_says_until_when() -> None:
    assert told(not_before=NOW + 3 * HOUR) == ("held for quiet hours", "it is sent in 3 h", "")
    edit = told(not_before=NOW + 90 * MINUTE, action=DeliveryAction.EDIT)
    assert edit == ("edits of one message keep their distance", "it is sent in 90 min", "")


def test_what_failed_in_passing_says_why_and_when_it_is_tried_again() -> None:
    assert told(attempts=3, fault="Slack asks to wait", turn_at=NOW + 45 * timedelta(seconds=1)) == (
        "Slack asks to wait",
        "it is tried again in 45 s",
        "",
    )


def test_what_may_have_arrived_is_asked_about_first() -> None:
    _, then, _ = told(state=DeliveryState.UNKNOWN, attempts=1, fault="no answer", turn_at=NOW + 30 * MINUTE)
    assert then == "the platform is asked whether it arrived, and it is sent where not, in 30 min"


def test_what_waits_behind_others_says_so() -> None:
    assert told(leased_until=NOW + MINUTE)[1] == "its turn comes behind that"


def test_what_is_being_sent_needs_nobody_until_its_process_is_gone() -> None:
    begun = {"state": DeliveryState.SENDING, "started_at": NOW - 11 * MINUTE}
    assert told(**begun, leased_until=NOW + MINUTE) == ("an attempt is under way", "its outcome is recorded", "")
    why, then, cure = told(**begun, leased_until=NOW - MINUTE)
    assert why == "the process that was sending it has ended"
    assert "asks the platform whether it arrived" in then
    assert "tradewire run" in cure


@pytest.mark.parametrize(("passing", "cure"), [(True, ""), (False, "mend what is named; it is tried by itself")])
def test_what_waits_for_a_place_that_is_down_names_why_and_the_next_try(passing: bool, cure: str) -> None:
    down = Outage(
        place="slack", why="token_revoked: reinstall", since=NOW - HOUR, probe_at=NOW + 5 * MINUTE, passing=passing
    )
    why, then, said = told(outage=down)
    assert (why, then) == ("token_revoked: reinstall", "it is sent in 5 min")
    assert said.startswith(cure)


def test_what_nothing_would_send_is_said_to_be_a_fault_of_ours() -> None:
    why, then, cure = told(turn_at=None)
    assert "not marked as due" in why
    assert then == "nothing: no worker looks for it"
    assert "report this" in cure


def test_what_was_given_up_keeps_the_platforms_reason() -> None:
    failed = {"state": DeliveryState.FAILED, "finished_at": NOW - 2 * HOUR}
    assert told(**failed, fault="msg_too_long") == ("msg_too_long", "it is not tried again", "")
    assert told(**failed)[0] == "no reason was kept"
    _, then, cure = told(state=DeliveryState.EXPIRED, finished_at=NOW, fault="waited longer than 7 d")
    assert then == "it is too old to be sent"
    assert "expire_after" in cure


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(seconds=-3), "0 s"),
        (timedelta(seconds=119), "119 s"),
        (2 * MINUTE, "2 min"),
        (119 * MINUTE, "119 min"),
        (47 * HOUR, "47 h"),
        (72 * HOUR, "3 d"),
    ],
)
def test_a_length_is_said_in_the_largest_unit_that_fits_twice(length: timedelta, said: str) -> None:
    assert span(length) == said
