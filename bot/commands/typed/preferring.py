"""One setting of a place from what somebody typed. Pure.

Every refusal names what is valid, the nearest first.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.commands.spec import Mistake
from bot.deliver.card import Action, Reply, Run
from bot.model import Label, Tier
from bot.routing.digests import FORMS, RHYTHMS, DigestPlan
from bot.routing.preferences import Preferences
from bot.routing.quiet import QuietHours
from bot.routing.zones import zone_named, zones_like

MOST_MESSAGES = 1_000  # a cap beyond is none
RESET = ("off", "default", "none")

LANGUAGES = {
    "ar": "Arabic", "bg": "Bulgarian", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "fa": "Persian", "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi",
    "hu": "Hungarian", "id": "Indonesian", "it": "Italian", "ja": "Japanese", "ko": "Korean", "nl": "Dutch",
    "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sv": "Swedish",
    "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip
LABELS: tuple[Label, ...] = ("trade", "market", "urgent")
_SPAN = re.compile(r"\d{1,2}:\d{2}\s*-\s*\d{1,2}:\d{2}")


class Setting(StrEnum):
    """What can be set, in the order in which it is shown."""

    ZONE = "zone"
    LANGUAGE = "language"
    TIER = "tier"
    THRESHOLD = "threshold"
    QUIET = "quiet"
    LOUD = "loud"
    DIGEST = "digest"
    CAP = "cap"
    HOURLY = "hourly"


HOW: Mapping[Setting, str] = {
    Setting.ZONE: "an IANA time zone such as Europe/Berlin",
    Setting.LANGUAGE: "the languages that are read here, such as en de",
    Setting.TIER: f"the lowest that is posted at once: {', '.join(Tier)}",
    Setting.THRESHOLD: "a topic and the least probability of it, such as trade 0.7",
    Setting.QUIET: "hours without messages, such as 22:00-06:00",
    Setting.LOUD: "the tier that passes the quiet hours, with all that is louder: urgent or flash",
    Setting.DIGEST: FORMS,
    Setting.CAP: "the most messages of a day; the rest comes as a digest, flash always at once",
    Setting.HOURLY: "the most messages of an hour, below what the bot is set to; the rest comes as a digest",
}


def changed(own: Preferences, setting: Setting, text: str, usual: ZoneInfo) -> Preferences:
    """`own` with one setting as `text` says. Raises Mistake; `usual` is the zone of places that never said one."""
    try:
        if text.lower() in RESET:
            return _reset(own, setting, usual)
        return _READ[setting](own, text, usual)
    except ValueError as error:
        raise refusal(setting, str(error)) from None


def refusal(setting: Setting, problem: str) -> Mistake:
    """What is wrong, and how the setting is written."""
    lines = (
        (Run(text=f"{setting}: ", bold=True), Run(text=f"{HOW[setting]}; or default.")),
        (Run(text=f"/wire settings {setting} {EXAMPLES[setting]}"),),
    )
    title = f"{problem[:1].upper()}{problem[1:]}{'' if problem.endswith(('?', '.')) else '.'}"
    choose = Action(label="Choose", command=f"settings:{setting}")
    return Mistake(Reply(title=title, lines=lines, actions=(choose,)), option="value")


def unknown(text: str) -> Mistake:
    """No setting stands before the value."""
    word = text.partition(" ")[0].lower()
    near = difflib.get_close_matches(word, list(Setting), n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]}?" if near else ""
    lines = tuple((Run(text=f"{setting}: ", bold=True), Run(text=HOW[setting])) for setting in Setting)
    example = (Run(text=f"/wire settings {Setting.DIGEST} {EXAMPLES[Setting.DIGEST]}"),)
    return Mistake(Reply(title=f"“{word[:20]}” is no setting.{hint}", lines=(*lines, example)), option="setting")


EXAMPLES: Mapping[Setting, str] = {
    Setting.ZONE: "Europe/Berlin",
    Setting.LANGUAGE: "en de",
    Setting.TIER: "urgent",
    Setting.THRESHOLD: "trade 0.7",
    Setting.QUIET: "22:00-06:00",
    Setting.LOUD: "urgent",
    Setting.DIGEST: "daily 08:00 17:30",
    Setting.CAP: "20",
    Setting.HOURLY: "10",
}


def completions(text: str) -> list[str]:
    """Values that begin like `text`, whatever setting they are for: the option before is not known here."""
    typed = text.strip().lower()
    plans = [f"{rhythm} {'monday ' if rhythm == 'weekly' else ''}08:00" for rhythm in RHYTHMS if rhythm != "hourly"]
    values = ["default", "hourly", *plans, *Tier, *(f"{label} 0.7" for label in LABELS), "22:00-06:00", *LANGUAGES]
    begun = [value for value in values if value.startswith(typed)]
    return [*begun, *(zones_like(typed) if len(typed) > 1 else [])]


# --- one function a setting ---------------------------------------------------------------------------------


def _zone(own: Preferences, text: str, usual: ZoneInfo) -> Preferences:
    return _moved(own, zone_named(text), usual)


def _moved(own: Preferences, zone: ZoneInfo | None, usual: ZoneInfo) -> Preferences:
    """Quiet hours that went by the place's zone go by the new one."""
    quiet = own.quiet
    if quiet and quiet.zone.key == own.local(usual).key:
        quiet = replace(quiet, zone=zone or usual)
    return replace(own, zone=zone.key if zone else None, quiet=quiet)


def _language(own: Preferences, text: str, _: ZoneInfo) -> Preferences:
    by_word = {name.lower(): code for code, name in LANGUAGES.items()} | {code: code for code in LANGUAGES}
    found = []
    for word in text.lower().replace(",", " ").split():
        if word not in by_word:
            near = difflib.get_close_matches(word, by_word, n=1, cutoff=0.6)
            hint = f": did you mean {by_word[near[0]]} ({LANGUAGES[by_word[near[0]]]})?" if near else ""
            raise ValueError(f"“{word[:20]}” is no language that news is read in{hint}")
        found.append(by_word[word])
    return replace(own, lang=tuple(dict.fromkeys(found)))


def _tier(own: Preferences, text: str, _: ZoneInfo) -> Preferences:
    return replace(own, tier=_tier_named(text))


def _loud(own: Preferences, text: str, _: ZoneInfo) -> Preferences:
    return replace(own, loud=_tier_named(text))


def _tier_named(text: str) -> Tier:
    word = text.lower()
    if word not in set(Tier):
        near = difflib.get_close_matches(word, list(Tier), n=1, cutoff=0.5)
        raise ValueError(f"“{text[:20]}” is no tier{f': did you mean {near[0]}?' if near else ''}")
    return Tier(word)


def _threshold(own: Preferences, text: str, _: ZoneInfo) -> Preferences:
    """ "trade 0.7" sets one topic's, "trade default" takes it back."""
    word, _space, figure = text.lower().replace("=", " ").partition(" ")
    topic = next((label for label in LABELS if label == word), None)
    if topic is None:
        near = difflib.get_close_matches(word, LABELS, n=1, cutoff=0.5)
        hint = f": did you mean {near[0]}?" if near else f": write one of {', '.join(LABELS)} first"
        raise ValueError(f"“{word[:20]}” is no topic{hint}")
    others = {label: value for label, value in own.thresholds.items() if label != topic}
    if figure.strip() in RESET:
        return replace(own, thresholds=others)
    return replace(own, thresholds={**others, topic: _probability(figure.strip())})


def _probability(text: str) -> float:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = -1.0
    if not 0 < value <= 1:
        raise ValueError(f"“{text[:20]}” is no probability: write a number above 0, at most 1, such as 0.7")
    return round(value, 4)


def _quiet(own: Preferences, text: str, usual: ZoneInfo) -> Preferences:
    """Without a zone they are by the clock of the place."""
    if _SPAN.fullmatch(text):
        text = f"{text} {own.local(usual).key}"
    span, _, zone = text.rpartition(" ")
    if _SPAN.fullmatch(span.strip()):
        text = f"{span} {zone_named(zone).key}"
    return replace(own, quiet=QuietHours.parse(text))


def _digest(own: Preferences, text: str, _: ZoneInfo) -> Preferences:
    return replace(own, digest=DigestPlan.parse(text))


def _cap(own: Preferences, text: str, _: ZoneInfo) -> Preferences:
    return replace(own, cap=_messages(text))


def _hourly(own: Preferences, text: str, _: ZoneInfo) -> Preferences:
    return replace(own, hourly=_messages(text))


def _messages(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= MOST_MESSAGES):
        raise ValueError(f"“{text[:20]}” is no number of messages: write 1 to {MOST_MESSAGES:,}")
    return int(text)


def _reset(own: Preferences, setting: Setting, usual: ZoneInfo) -> Preferences:
    match setting:
        case Setting.ZONE:
            return _moved(own, None, usual)
        case Setting.LANGUAGE:
            return replace(own, lang=())
        case Setting.TIER:
            return replace(own, tier=None)
        case Setting.THRESHOLD:
            return replace(own, thresholds={})
        case Setting.QUIET:
            return replace(own, quiet=None)
        case Setting.LOUD:
            return replace(own, loud=None)
        case Setting.DIGEST:
            return replace(own, digest=None)
        case Setting.CAP:
            return replace(own, cap=None)
        case Setting.HOURLY:
            return replace(own, hourly=None)


_READ: Mapping[Setting, Callable[[Preferences, str, ZoneInfo], Preferences]] = {
    Setting.ZONE: _zone,
    Setting.LANGUAGE: _language,
    Setting.TIER: _tier,
    Setting.THRESHOLD: _threshold,
    Setting.QUIET: _quiet,
    Setting.LOUD: _loud,
    Setting.DIGEST: _digest,
    Setting.CAP: _cap,
    Setting.HOURLY: _hourly,
}
