"""An OpenAI-compatible service that writes: asked over HTTP, within a deadline, and never trusted with more.

The owner names its address, so it may be on this machine or in a private network. Redirects are not followed: the
key is for that address only. https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from pydantic import SecretStr

MAX_ANSWER = 256 * 1024  # bytes
MAX_TOKENS = 1_200  # that the model may write, a loud thinker's thoughts included
BYTES_PER_TOKEN = 3  # at least, of a prompt: four are usual for English
_MOST_COUNTED = 10_000_000  # tokens; what a service says beyond is no count


class EndpointFailed(Exception):
    """No answer that can be used; the text says why in the words of a person, without address or key."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What was written, and the tokens it cost as the service counted them; None where it did not say."""

    text: str
    tokens: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """`url` is what "/chat/completions" is added to; `deadline` is in seconds for all of one request."""

    url: str
    model: str
    deadline: float
    key: SecretStr | None = field(default=None, repr=False)

    @staticmethod
    def most_tokens(messages: list[dict[str, str]]) -> int:
        """What a request can cost at most, near enough to keep a cap."""
        return sum(len(each["content"].encode()) for each in messages) // BYTES_PER_TOKEN + MAX_TOKENS

    async def complete(self, messages: list[dict[str, str]], *, most: int = MAX_TOKENS) -> Completion:
        """The model's answer of at most `most` tokens. Raises EndpointFailed."""
        try:
            async with asyncio.timeout(self.deadline):
                return _completion(await self._ask(messages, most))
        except TimeoutError:
            raise EndpointFailed(f"the service did not answer within {self.deadline:g} s") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:  # their texts hold the address or the key
            raise EndpointFailed(f"the service cannot be reached ({type(error).__name__})") from None

    async def _ask(self, messages: list[dict[str, str]], most: int) -> bytes:
        headers = {"Accept-Encoding": "identity"}  # what is packed can be more than it seems
        if self.key:
            headers["Authorization"] = f"Bearer {self.key.get_secret_value()}"
        body = {"model": self.model, "messages": messages, "max_tokens": most}
        url = f"{self.url.rstrip('/')}/chat/completions"
        async with (
            aiohttp.ClientSession(auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.post(url, json=body, headers=headers, allow_redirects=False) as response,
        ):
            if response.status != 200:
                raise EndpointFailed(f"the service answered HTTP {response.status}")
            answer = bytearray()
            async for chunk in response.content.iter_chunked(64 * 1024):
                answer += chunk
                if len(answer) > MAX_ANSWER:
                    raise EndpointFailed(f"the service sent more than {MAX_ANSWER // 1024} KiB")
            return bytes(answer)


def _completion(body: bytes) -> Completion:
    try:
        answer: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise EndpointFailed("the service sent no JSON") from None
    match answer:
        case {"choices": [{"message": {"content": str(text)}}, *_]}:
            return Completion(text, _tokens(answer))
    raise EndpointFailed("the service sent no chat completion")


def _tokens(answer: Any) -> int | None:
    match answer:
        case {"usage": {"total_tokens": int(count)}} if 0 <= count <= _MOST_COUNTED:
            return count
    return None
