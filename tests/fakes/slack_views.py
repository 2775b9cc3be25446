"""The modals and App Homes of the fake Slack, and what people do there.

    form = await slack.views.opened(asked)                       # the modal that the app opened for this
    sent = await slack.views.submit(form, query="tariff*")       # Submit pressed; what was typed stays in the view
    await slack.views.press(form, "wire-check:button", query="tariff*")
    page = await slack.views.home("U0123")                       # what was published

Every view is judged. A trigger opens one view, and only while it is young (`expired` forgets them).
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.judges.slack_views import judge_view

if TYPE_CHECKING:
    from tests.fakes.slack_people import Asked
    from tests.fakes.slack_service import SlackService

Json = dict[str, Any]


@dataclass
class Shown:
    """A view as a person sees it. `typed` is what stands in its inputs."""

    id: str
    user: str
    view: Json
    version: int = 1
    open: bool = True
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def hash(self) -> str:
        return f"{self.version}.{self.id}"

    def text(self) -> str:
        return json.dumps(self.view, ensure_ascii=False)

    def payload(self, typed: dict[str, str]) -> Json:
        """The view as an interaction carries it."""
        return {"id": self.id, "hash": self.hash, "state": {"values": self._state(typed)}, **self.view}

    def _state(self, typed: dict[str, str]) -> Json:
        values: Json = {}
        for block in self.view["blocks"]:
            if block["type"] != "input":
                continue
            element = block["element"]
            given = typed.get(block["block_id"].partition(":")[2])
            if element["type"] == "static_select":
                options = [option for option in element["options"] if option["value"] == given]
                state: Json = {"type": "static_select", "selected_option": options[0] if options else None}
            else:
                state = {"type": element["type"], "value": given}
            values[block["block_id"]] = {element["action_id"]: state}
        return values


class Views:
    """See the module."""

    def __init__(self, service: SlackService) -> None:
        self._service = service
        self._numbers = itertools.count(1)
        self._triggers: dict[str, str] = {}  # young ones, with the person
        self.by_id: dict[str, Shown] = {}
        self.by_trigger: dict[str, Shown] = {}
        self.homes: dict[str, Json] = {}
        self.published = 0
        self.home_enabled = True

    def trigger(self, user: str) -> str:
        number = next(self._numbers)
        self._triggers[f"{number}.{number}.abc"] = user
        return f"{number}.{number}.abc"

    def expire_triggers(self) -> None:
        """Three seconds pass."""
        self._triggers.clear()

    # --- the Web API ----------------------------------------------------------------------------------------

    def open(self, arguments: Json) -> Json:
        trigger = arguments.get("trigger_id", "")
        if trigger not in self._triggers:
            raise self._service.refusal("expired_trigger_id")
        view = self._judged("views.open", arguments)
        shown = Shown(f"V{len(self.by_id) + 1:010}", self._triggers.pop(trigger), view)
        self.by_id[shown.id] = self.by_trigger[trigger] = shown
        self._service.people.note()
        return {"view": {"id": shown.id, "hash": shown.hash, **view}}

    def update(self, arguments: Json) -> Json:
        shown = self._named(arguments)
        if shown is None or not shown.open:
            raise self._service.refusal("not_found")
        if arguments.get("hash") and arguments["hash"] != shown.hash:
            raise self._service.refusal("hash_conflict")
        shown.view = self._judged("views.update", arguments)
        shown.version += 1
        self._service.people.note()
        return {"view": {"id": shown.id, "hash": shown.hash, **shown.view}}

    def _named(self, arguments: Json) -> Shown | None:
        name = arguments.get("external_id")
        if name is None:
            return self.by_id.get(arguments.get("view_id", ""))
        return next((shown for shown in self.by_id.values() if shown.view.get("external_id") == name), None)

    def publish(self, arguments: Json) -> Json:
        if not self.home_enabled:
            raise self._service.refusal("not_enabled")
        self.homes[arguments["user_id"]] = self._judged("views.publish", arguments)
        self.published += 1
        self._service.people.note()
        return {"view": {"id": "VHOME"}}

    def _judged(self, method: str, arguments: Json) -> Json:
        view = arguments.get("view")
        view = json.loads(view) if isinstance(view, str) else view
        problems = [f"{method}: {problem}" for problem in judge_view(view)]
        if problems:
            self._service.violations += problems
            raise self._service.refusal("invalid_arguments")
        assert isinstance(view, dict)
        return view

    # --- what people see and do -------------------------------------------------------------------------------

    async def opened(self, asked: Asked) -> Shown:
        trigger = asked.payload["trigger_id"]
        await self._service.people.until(lambda: trigger in self.by_trigger, f"a modal for {asked.id}")
        return self.by_trigger[trigger]

    async def shows(self, shown: Shown, text: str) -> None:
        await self._service.people.until(lambda: text in shown.text(), f"{text!r} in {shown.id}")

    async def home(self, user: str, *, times: int = 1) -> Json:
        await self._service.people.until(lambda: self.published >= times, f"a home of {user}")
        return self.homes[user]

    def close(self, shown: Shown) -> None:
        shown.open = False

    async def submit(self, shown: Shown, **typed: str) -> Asked:
        """Press Submit; the app's answer changes or closes the view as Slack does it."""
        payload = {
            "type": "view_submission",
            "user": {"id": shown.user, "name": "somebody"},
            "view": shown.payload(typed),
            "trigger_id": self.trigger(shown.user),
        }
        asked = await self._service.people.interact(payload, on_said=partial(self._take_answer, shown))
        await self._service.people.acknowledged(asked)
        return asked

    def _take_answer(self, shown: Shown, said: Json) -> None:
        """What Slack does with the acknowledgement of a submission."""
        match said.get("response_action"):
            case "errors":
                shown.errors = said["errors"]
                unknown = set(shown.errors) - {block.get("block_id") for block in shown.view["blocks"]}
                assert not unknown, f"errors for blocks that are not there: {unknown}"
            case "update":
                self._service.violations += [f"submission: {problem}" for problem in judge_view(said["view"])]
                shown.errors = {}
                shown.view = said["view"]
                shown.version += 1
            case None:
                shown.open = False

    async def press(self, shown: Shown, action_id: str, *, value: str | None = None, **typed: str) -> Asked:
        """Press a button of a modal, or leave an input with Enter."""
        action: Json = {"action_id": action_id, "block_id": "b", "type": "button", "value": value or "check"}
        return await self._act(shown.user, shown.payload(typed), action)

    async def press_home(self, user: str, label: str) -> Asked:
        """Press the button with that label, or choose it behind the dots, on the person's App Home."""
        (action,) = actions_of(self.homes[user], label)
        return await self._act(user, {"id": "VHOME", "state": {"values": {}}, **self.homes[user]}, action)

    async def _act(self, user: str, view: Json, action: Json) -> Asked:
        payload = {
            "type": "block_actions",
            "user": {"id": user, "username": "somebody", "team_id": "T0001"},
            "container": {"type": "view", "view_id": view["id"]},
            "view": view,
            "actions": [action],
            "trigger_id": self.trigger(user),
        }
        return await self._service.people.interact(payload)


def actions_of(view: Json, label: str) -> list[Json]:
    """The interactions that pressing what is labelled so would send."""
    found: list[Json] = []
    for block in view["blocks"]:
        for element in [*block.get("elements", []), *filter(None, [block.get("accessory")])]:
            if element["type"] == "button" and element["text"]["text"] == label:
                found.append({"type": "button", "action_id": element["action_id"], "value": element["value"]})
            for option in element.get("options", []):
                if option["text"]["text"] == label:
                    kind = element["type"]
                    found.append({"type": kind, "action_id": element["action_id"], "selected_option": option})
    return [{**action, "block_id": "b"} for action in found]
