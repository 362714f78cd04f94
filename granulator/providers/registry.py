"""Which providers this installation has, which one a request gets, and their adapters; no substitute for any of them.

``local`` is listed here like the others, by name and model, but is an author and no adapter: it never sees a prompt.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

from pydantic import JsonValue

from granulator.errors import (
    ConfigurationError,
    InvalidParameter,
    ModelUnavailable,
    ProviderNotConfigured,
    RequestError,
)
from granulator.providers import catalog
from granulator.providers.base import ModelProfile, Provider
from granulator.providers.call import Caller, Target
from granulator.providers.claude import ClaudeProvider
from granulator.providers.cloudflare import BASE_URL, CloudflareProvider
from granulator.providers.openai import OpenAiProvider
from granulator.providers.retrying import DEFAULT_POLICY, RetryPolicy
from granulator.providers.tokens import Calibration
from granulator.settings import AliasSettings, ProviderSettings

log = logging.getLogger(__name__)

LOCAL = "local"
LOCAL_MODEL = "extractive"
"""The one model of ``local``: extraction from the caller's source, at price 0."""

PREFERENCE = ("openai", "claude", "cloudflare")
"""The default provider is the first of these that is configured, then any other, then ``local``."""

Status = Literal["ready", "not_configured", "cooling_down"]
Opener = Callable[[], Provider]


@dataclass(frozen=True, slots=True)
class ProviderEntry:
    """One provider by its public name. ``price`` is USD per million tokens where it is configured: input, output."""

    name: str
    kind: str
    default_model: str
    models: tuple[str, ...]
    open: Opener | None = None
    aliases: Mapping[str, str] = field(default_factory=dict)
    profile: Mapping[str, JsonValue] = field(default_factory=dict)
    price: tuple[Decimal, Decimal] | None = None

    @property
    def is_available(self) -> bool:
        return self.open is not None or self.name == LOCAL

    def current_model(self, model: str) -> str:
        """Return the name to call for a name that was asked for: a retired one has a successor."""
        return self.aliases.get(model) or catalog.current_name(self.kind, model)


class Registry:
    """The providers in the order they are listed, their adapters once opened, and what calling them has taught."""

    def __init__(
        self, entries: Sequence[ProviderEntry], default: str = LOCAL, policy: RetryPolicy = DEFAULT_POLICY
    ) -> None:
        self.entries = tuple(entries)
        self.default = default
        self.caller = Caller(self.open, self, policy=policy)
        self.calibration = Calibration()
        self._opened: dict[str, Provider] = {}

    @property
    def available(self) -> tuple[str, ...]:
        return tuple(entry.name for entry in self.entries if entry.is_available)

    def status(self, entry: ProviderEntry) -> Status:
        """Return whether the provider can be used now, with its default model; from memory, without a call."""
        if not entry.is_available:
            return "not_configured"
        return "ready" if self.retry_after(entry) is None else "cooling_down"

    def retry_after(self, entry: ProviderEntry) -> float | None:
        """Return for how many seconds the provider's default model is left alone yet, None when it can be used."""
        at = None if entry.open is None else self.caller.retry_at(entry.name, entry.current_model(entry.default_model))
        return None if at is None else max(0.0, at - time.monotonic())

    def entry(self, name: str) -> ProviderEntry:
        """Return the entry of a provider that is configured here."""
        return next(entry for entry in self.entries if entry.name == name)

    def profile(self, provider: str, model: str) -> ModelProfile:
        """Return what is known of a model of a configured provider."""
        entry = self.entry(provider)
        return catalog.with_overrides(catalog.profile(entry.kind, model), entry.profile)

    def open(self, name: str) -> Provider:
        """Return the adapter of a configured provider, the same one each time."""
        if name not in self._opened:
            opener = self.entry(name).open
            assert opener is not None, f"{name} is not configured"
            self._opened[name] = opener()
        return self._opened[name]

    def resolve(self, provider: str | None, model: str | None) -> tuple[ProviderEntry, str]:
        """Return the provider a request gets, and the model as asked for or the provider's default.

        Raises ProviderNotConfigured for a provider that is unknown or not usable here, ModelUnavailable for a model
        that it certainly does not have. A vendor's model that we do not know is passed on: it may be newer than we are.
        """
        entry = self._usable(provider or self.default, field="aiProvider", path="config.aiProvider")
        if model is not None:
            _check_model(entry, model, field="aiModel", path="config.aiModel", value=model)
        return entry, model or entry.default_model

    def check_fallback(self, names: Sequence[str], *, under: str = "config") -> None:
        """Refuse a chain in which some ``provider`` or ``provider/model`` cannot be used here; it stands ``under``.

        Raises ProviderNotConfigured, ModelUnavailable, or InvalidParameter for ``local``.
        """
        for index, name in enumerate(names):
            provider, _, model = name.partition("/")
            path = f"{under}.fallback[{index}]"
            entry = self._usable(provider, field="fallback", path=path)
            if entry.name == LOCAL:
                raise InvalidParameter(
                    f"Invalid value for {path}: local writes from a source and cannot stand in for a model",
                    field="fallback",
                    path=path,
                    value=name,
                )
            if model:
                _check_model(entry, model, field="fallback", path=path, value=name)

    def can_stand_in(self, name: str) -> bool:
        """Return whether a ``provider`` or ``provider/model`` can be a fallback here."""
        try:
            self.check_fallback([name])
        except RequestError:
            return False
        return True

    def targets(
        self, provider: str, model: str, *, fallback: Sequence[str] = (), is_callers_choice: bool
    ) -> tuple[Target, ...]:
        """Return what to call, in order: the chosen model under its current name, then the explicit fallbacks."""
        chain = [Target(provider, self.entry(provider).current_model(model), is_callers_choice)]
        for name in fallback:
            other, _, wanted = name.partition("/")
            entry = self.entry(other)
            chain.append(Target(other, entry.current_model(wanted or entry.default_model)))
        return tuple(chain)

    async def warm_up(self) -> None:
        """Load what the first calls will need, one provider after the other, away from the event loop."""
        for entry in self.entries:
            if entry.open is not None:
                try:
                    await self.open(entry.name).warm_up()
                except Exception:
                    log.exception("provider could not be loaded", extra={"facts": {"provider": entry.name}})

    async def aclose(self) -> None:
        """Close every adapter that was opened."""
        opened = list(self._opened.values())
        self._opened.clear()
        await asyncio.gather(*(provider.aclose() for provider in opened))

    def _usable(self, name: str, *, field: str, path: str) -> ProviderEntry:
        found = next((entry for entry in self.entries if entry.name == name), None)
        if found is not None and found.is_available:
            return found
        known = "is not known" if found is None else "is not configured"
        raise ProviderNotConfigured(
            f"AI provider '{name[:100]}' {known}", field=field, path=path, value=name, available=list(self.available)
        )


def open_registry(settings: ProviderSettings, default: str | None = None) -> Registry:
    """Return the providers of this installation; no call is made and no vendor package loaded.

    Raises ConfigurationError when ``default`` cannot be used here or an override is wrong.
    """
    entries = (*_vendors(settings), ProviderEntry(LOCAL, LOCAL, LOCAL_MODEL, (LOCAL_MODEL,)))
    entries += tuple(_alias(alias, settings.transport) for alias in settings.aliases)
    available = [entry.name for entry in entries if entry.is_available]
    if default is not None and default not in available:
        raise ConfigurationError(f"DEFAULT_PROVIDER is {default!r}; usable here: {', '.join(available)}")
    preferred = [name for name in (*PREFERENCE, *(alias.name for alias in settings.aliases)) if name in available]
    policy = replace(DEFAULT_POLICY, base_seconds=settings.retry_base_ms / 1000)
    registry = Registry(entries, default or next(iter(preferred), LOCAL), policy)
    _warn_of_shutdowns(registry)
    return registry


def _vendors(settings: ProviderSettings) -> tuple[ProviderEntry, ...]:
    def openai() -> Provider:
        return OpenAiProvider(
            "openai",
            api_key=settings.openai_api_key or "",
            base_url=settings.openai_base_url,
            transport=settings.transport,
        )

    def claude() -> Provider:
        return ClaudeProvider(
            "claude",
            api_key=settings.anthropic_api_key or "",
            base_url=settings.anthropic_base_url,
            transport=settings.transport,
        )

    def cloudflare() -> Provider:
        return CloudflareProvider(
            "cloudflare",
            account_id=settings.cloudflare_account_id or "",
            api_token=settings.cloudflare_api_token or "",
            base_url=settings.cloudflare_base_url or BASE_URL,
        )

    has_cloudflare = settings.cloudflare_account_id and settings.cloudflare_api_token
    return (
        _vendor("openai", settings.openai_model, openai if settings.openai_api_key else None),
        _vendor("claude", settings.anthropic_model, claude if settings.anthropic_api_key else None),
        _vendor("cloudflare", settings.cloudflare_model, cloudflare if has_cloudflare else None),
    )


def _vendor(name: str, model: str | None, opener: Opener | None) -> ProviderEntry:
    default = model or catalog.default_model(name)
    listed = catalog.listed(name)
    return ProviderEntry(name, name, default, listed if default in listed else (default, *listed), opener)


def _alias(alias: AliasSettings, transport: Literal["aiohttp", "httpx2"]) -> ProviderEntry:
    for model in alias.models:
        catalog.with_overrides(catalog.profile(alias.kind, model), alias.profile)

    def opener() -> Provider:
        make = ClaudeProvider if alias.kind == "claude" else OpenAiProvider
        # A local server wants no key, and the vendor's package wants one all the same.
        return make(alias.name, api_key=alias.api_key or "none", base_url=alias.base_url, transport=transport)

    return ProviderEntry(
        name=alias.name,
        kind=alias.kind,
        default_model=alias.default_model,
        models=alias.models,
        open=opener,
        aliases=alias.aliases,
        profile=alias.profile,
        price=None if alias.price is None else (Decimal(alias.price[0]), Decimal(alias.price[1])),
    )


def _check_model(entry: ProviderEntry, model: str, *, field: str, path: str, value: str) -> None:
    is_open = entry.kind in PREFERENCE and entry.name == entry.kind
    if is_open or model in entry.models or model in entry.aliases:
        return
    raise ModelUnavailable(
        f"Provider '{entry.name}' has no model of that name",
        field=field,
        path=path,
        value=value,
        provider=entry.name,
        supported=list(entry.models),
    )


def _warn_of_shutdowns(registry: Registry) -> None:
    today = datetime.now(UTC).date()
    for entry in registry.entries:
        if entry.open is None:
            continue
        warning = catalog.shutdown_warning(entry.kind, entry.default_model, today)
        if warning is not None:
            log.warning(warning, extra={"facts": {"provider": entry.name, "model": entry.default_model}})
