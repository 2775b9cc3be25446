"""What has to be seen of a story, and whether it is: worked out from what was published, without the program."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.crash.desk import Desk
from tests.crash.newsroom import Kind, Step, Story
from tests.crash.reading import Message, Reading

_ROUNDED_S = 1.0  # Slack's times, in the fake, are of whole seconds


def brings(message: Message, step: Step) -> bool:
    """Whether the message was sent to tell this new figure."""
    return bool(re.search(rf"New: .*(?<![\d.]){step.rate}%", message.text))


def shows(story: Story, messages: list[Message], step: Step) -> bool:
    """Whether these messages, all of the story at one place, say what the step brought."""
    texts = [message.text for message in messages]
    match step.kind:
        case Kind.FIRST:
            return bool(messages)
        case Kind.SAME:
            return any(re.search(rf"also: .*\b{step.outlet}\b", text) for text in texts)
        case Kind.MORE:
            return any(brings(message, step) or _is_told_in(message, story, step) for message in messages)
        case Kind.CORRECTED:
            return any(f"CORRECTED: {step.was}% tariff became {step.rate}% tariff" in text for text in texts)
        case Kind.WITHDRAWN:
            return any("WITHDRAWN" in text for text in texts)


def _is_told_in(message: Message, story: Story, step: Step) -> bool:
    """Whether a first message that had to wait tells the figure as well: then it came after it.

    One that stood before shows all figures too once it is edited, but nobody is told by that.
    """
    came_later = message.at + _ROUNDED_S >= story.times[story.steps.index(step)]
    return came_later and bool(re.search(rf"(?<![\d.]){step.rate}%", message.text))


def _was_never_wrong(messages: list[Message], story: Story, step: Step) -> bool:
    """Whether what stands there was sent after the correction and with its figure: nothing is to be put right."""
    if step.kind is not Kind.CORRECTED:
        return False
    corrected_at = story.times[story.steps.index(step)]
    return all(
        message.at + _ROUNDED_S >= corrected_at and not re.search(rf"(?<![\d.]){step.was}%", message.text)
        for message in messages
    )


def lasting(steps: list[Step]) -> Iterator[Step]:
    """The steps that show at the end: of several corrections the last."""
    for number, step in enumerate(steps, 1):
        if step.kind is not Kind.CORRECTED or number == len(steps):
            yield step


def missing(desk: Desk, reading: Reading, story: Story) -> list[tuple[str, Step]]:
    """What is due at a place and not seen there yet."""
    found = []
    for place, steps in desk.due(story).items():
        messages = reading.of(story.number, place)
        found += [(place, step) for step in lasting(steps) if not _is_told(story, place, messages, step)]
    return found


def _is_told(story: Story, place: str, messages: list[Message], step: Step) -> bool:
    if shows(story, messages, step):
        return True
    if messages:
        # Who follows a story hears what is news; further outlets stand on the cards that they have.
        return place in story.followers and (step.kind is Kind.SAME or _was_never_wrong(messages, story, step))
    was_taken_back = story.told[-1].kind is Kind.WITHDRAWN
    if place in story.followers:
        return step.kind is Kind.SAME
    return was_taken_back and place not in story.seen_at  # it is no news to those who never saw it


def is_seen(desk: Desk, reading: Reading, story: Story) -> bool:
    """Whether the last step that was published shows anywhere: it has been decided then."""
    return any(shows(story, reading.of(story.number, place), story.told[-1]) for place in desk.places(story))
