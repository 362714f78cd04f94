"""Which providers this installation has, and which one a request gets. Never puts one in another's place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from granulator.errors import ConfigurationError, ModelUnavailable, ProviderNotConfigured

LOCAL = "local"
LOCAL_MODEL = "extractive"
"""The one model of ``local``: extraction from the caller's source, at price 0."""

KNOWN = ("openai", "claude", "cloudflare", LOCAL)


@dataclass(frozen=True, slots=True)
class ProviderEntry:
    """One known provider and whether it can be used here."""

    name: str
    default_model: str | None
    models: tuple[str, ...]
    status: Literal["ready", "not_configured", "cooling_down"]

    @property
    def is_available(self) -> bool:
        return self.status == "ready"


@dataclass(frozen=True, slots=True)
class Registry:
    """The known providers in the order they are listed."""

    entries: tuple[ProviderEntry, ...]
    default: str = LOCAL

    @property
    def available(self) -> tuple[str, ...]:
        return tuple(entry.name for entry in self.entries if entry.is_available)

    def resolve(self, provider: str | None, model: str | None) -> tuple[ProviderEntry, str]:
        """Return the provider and model a request gets.

        Raises ProviderNotConfigured for a provider that is unknown or not usable here, ModelUnavailable for a model
        the provider does not have.
        """
        entry = self._usable(provider or self.default, field="aiProvider", path="config.aiProvider")
        if model is not None and model not in entry.models:
            raise ModelUnavailable(
                f"Provider '{entry.name}' has no model of that name",
                field="aiModel",
                path="config.aiModel",
                value=model,
                provider=entry.name,
                supported=list(entry.models),
            )
        chosen = model or entry.default_model
        if chosen is None:
            raise ModelUnavailable(f"Provider '{entry.name}' has no default model", field="aiModel")
        return entry, chosen

    def check_fallback(self, names: Sequence[str]) -> None:
        """Raise ProviderNotConfigured unless every ``provider`` or ``provider/model`` can be used here."""
        for index, name in enumerate(names):
            provider, _, model = name.partition("/")
            path = f"config.fallback[{index}]"
            entry = self._usable(provider, field="fallback", path=path)
            if model and model not in entry.models:
                raise ModelUnavailable(
                    f"Provider '{provider}' has no model of that name",
                    field="fallback",
                    path=path,
                    value=name,
                    provider=provider,
                    supported=list(entry.models),
                )

    def _usable(self, name: str, *, field: str, path: str) -> ProviderEntry:
        for entry in self.entries:
            if entry.name == name and entry.is_available:
                return entry
        known = "is not configured" if name in KNOWN else "is not known"
        raise ProviderNotConfigured(
            f"AI provider '{name[:100]}' {known}", field=field, path=path, value=name, available=list(self.available)
        )


def open_registry(default: str | None = None) -> Registry:
    """Return the providers of this installation: ``local`` always; the vendors have no adapter yet.

    Raises ConfigurationError when ``default`` cannot be used here.
    """
    vendors = tuple(ProviderEntry(name, None, (), "not_configured") for name in KNOWN if name != LOCAL)
    registry = Registry((*vendors, ProviderEntry(LOCAL, LOCAL_MODEL, (LOCAL_MODEL,), "ready")), default or LOCAL)
    if registry.default not in registry.available:
        raise ConfigurationError(f"DEFAULT_PROVIDER is {default!r}; usable here: {', '.join(registry.available)}")
    return registry
