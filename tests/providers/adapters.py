"""Every adapter on every transport it has, made for a server under test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from granulator.providers.base import Provider
from granulator.providers.claude import ClaudeProvider
from granulator.providers.cloudflare import CloudflareProvider
from granulator.providers.openai import OpenAiProvider

KEY = "sk-a-key-of-the-tests-0123456789"
Make = Callable[[str, str, int], Provider]

MAKERS: Mapping[str, Make] = {
    "openai-aiohttp": lambda url, key, size: OpenAiProvider(
        "openai", api_key=key, base_url=f"{url}/v1", max_connections=size
    ),
    "openai-httpx2": lambda url, key, size: OpenAiProvider(
        "openai", api_key=key, base_url=f"{url}/v1", transport="httpx2", max_connections=size
    ),
    "claude-aiohttp": lambda url, key, size: ClaudeProvider("claude", api_key=key, base_url=url, max_connections=size),
    "claude-httpx2": lambda url, key, size: ClaudeProvider(
        "claude", api_key=key, base_url=url, transport="httpx2", max_connections=size
    ),
    "cloudflare": lambda url, key, size: CloudflareProvider(
        "cloudflare", account_id="account", api_token=key, base_url=f"{url}/client/v4", max_connections=size
    ),
}


@dataclass(slots=True)
class Adapters:
    """Makes adapters for one server and closes them together."""

    url: str
    opened: list[Provider] = field(default_factory=list)

    def make(self, name: str, *, key: str = KEY, size: int = 64, url: str = "") -> Provider:
        """Return a new adapter by the name it has in MAKERS."""
        provider = MAKERS[name](url or self.url, key, size)
        self.opened.append(provider)
        return provider

    async def aclose(self) -> None:
        """Close all that were made."""
        for provider in self.opened:
            await provider.aclose()
