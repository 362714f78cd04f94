"""The providers of an installation: which one a request gets, under which name a model is called, what stands in."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from granulator.errors import ConfigurationError, InvalidParameter, ModelUnavailable, ProviderNotConfigured
from granulator.model import JsonObject
from granulator.providers import catalog
from granulator.providers.base import Deadline, EventSink, GenRequest, GenResult
from granulator.providers.call import Target
from granulator.providers.registry import ProviderEntry, Registry, open_registry
from granulator.settings import load

OPENAI = {"OPENAI_API_KEY": "a"}
CLAUDE = {"ANTHROPIC_API_KEY": "b"}
CLOUDFLARE = {"CLOUDFLARE_ACCOUNT_ID": "c", "CLOUDFLARE_API_TOKEN": "d"}
LLAMA = "@cf/meta/llama-3.3-70b-instruct-fp8-fast"


def registry(tmp_path: Path, *given: Mapping[str, str]) -> Registry:
    """Return the registry of an installation that has these settings and no others."""
    settings = load(root=tmp_path, environ={name: value for values in given for name, value in values.items()})
    return open_registry(settings.providers, settings.default_provider)


def aliases(**entries: JsonObject) -> dict[str, str]:
    """Return the setting of servers configured beside the vendors."""
    return {"AI_PROVIDERS": json.dumps(entries)}


LAB = aliases(
    lab={
        "base_url": "http://127.0.0.1:9/v1",
        "models": ["lab-1", "lab-2"],
        "aliases": {"best": "lab-2"},
        "profile": {"context": 9000, "max_output": 3000, "structured": "json", "dialect": "none"},
        "price": {"input": "0.1", "output": "2"},
    }
)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], ("local", "extractive")),
        ([LAB], ("lab", "lab-1")),
        ([CLOUDFLARE, LAB], ("cloudflare", LLAMA)),
        ([CLAUDE, CLOUDFLARE, LAB], ("claude", "claude-haiku-5-5")),
        ([OPENAI, CLAUDE, CLOUDFLARE, LAB], ("openai", "gpt-6-luna")),
        ([OPENAI, CLAUDE, {"DEFAULT_PROVIDER": "claude"}], ("claude", "claude-haiku-5-5")),
        ([OPENAI, {"DEFAULT_PROVIDER": "local"}], ("local", "extractive")),
        ([OPENAI, {"OPENAI_MODEL": "gpt-5.4-mini"}], ("openai", "gpt-5.4-mini")),
        ([{"CLOUDFLARE_ACCOUNT_ID": "c"}], ("local", "extractive")),
    ],
    ids=["nothing", "alias", "cloudflare", "claude", "openai", "chosen", "local", "model", "half-configured"],
)
def test_a_request_that_names_nothing_gets_the_default(
    tmp_path: Path, given: list[Mapping[str, str]], expected: tuple[str, str]
) -> None:
    entry, model = registry(tmp_path, *given).resolve(None, None)

    assert (entry.name, model) == expected


@pytest.mark.parametrize("default", ["claude", "nobody"])
def test_a_default_that_cannot_be_used_is_refused_at_the_start(tmp_path: Path, default: str) -> None:
    with pytest.raises(ConfigurationError, match=f"DEFAULT_PROVIDER is '{default}'; usable here: openai, local"):
        registry(tmp_path, OPENAI, {"DEFAULT_PROVIDER": default})


def test_all_providers_are_listed_and_those_with_a_key_are_available(tmp_path: Path) -> None:
    found = registry(tmp_path, CLAUDE, LAB)

    assert [(entry.name, found.status(entry)) for entry in found.entries] == [
        ("openai", "not_configured"),
        ("claude", "ready"),
        ("cloudflare", "not_configured"),
        ("local", "ready"),
        ("lab", "ready"),
    ]
    assert found.available == ("claude", "local", "lab")
    assert [found.retry_after(entry) for entry in found.entries] == [None] * 5


@pytest.mark.parametrize(("name", "known"), [("nobody", "known"), ("openai", "configured")])
def test_a_provider_that_cannot_be_used_is_named_with_those_that_can(tmp_path: Path, name: str, known: str) -> None:
    found = registry(tmp_path, CLAUDE)

    with pytest.raises(ProviderNotConfigured, match=f"AI provider '{name}' is not {known}") as refused:
        found.resolve(name, None)
    assert refused.value.details == {
        "field": "aiProvider",
        "path": "config.aiProvider",
        "value": name,
        "available": ["claude", "local"],
    }


@pytest.mark.parametrize("name", ["openai", "claude", "cloudflare"])
def test_a_model_of_a_vendor_that_we_do_not_know_is_passed_on(tmp_path: Path, name: str) -> None:
    found = registry(tmp_path, OPENAI, CLAUDE, CLOUDFLARE)

    entry, model = found.resolve(name, "brand-new-1")

    assert (entry.name, model) == (name, "brand-new-1")
    assert found.targets(name, model, is_callers_choice=True) == (Target(name, "brand-new-1", True),)
    assert found.profile(name, model) == found.profile(name, "newer-still")


@pytest.mark.parametrize(
    ("name", "model", "supported"), [("lab", "lab-3", ["lab-1", "lab-2"]), ("local", "gpt", ["extractive"])]
)
def test_a_model_that_a_listed_server_does_not_have_is_refused(
    tmp_path: Path, name: str, model: str, supported: list[str]
) -> None:
    with pytest.raises(ModelUnavailable) as refused:
        registry(tmp_path, LAB).resolve(name, model)

    assert refused.value.details == {
        "field": "aiModel",
        "path": "config.aiModel",
        "value": model,
        "provider": name,
        "supported": supported,
    }


@pytest.mark.parametrize(
    ("name", "asked", "called"),
    [
        ("openai", "gpt-6-luna", "gpt-6-luna"),
        ("openai", "gpt-4-turbo", "gpt-6-sol"),
        ("openai", "gpt-4o-mini", "gpt-4o-mini"),
        ("openai", "gpt-4-turbo#500", "gpt-6-sol#500"),
        ("openai", "brand-new-1", "brand-new-1"),
        ("lab", "best", "lab-2"),
        ("lab", "lab-1", "lab-1"),
    ],
    ids=["current", "retired", "deprecated", "marked", "unknown", "alias", "own"],
)
def test_a_model_is_called_by_its_current_name(tmp_path: Path, name: str, asked: str, called: str) -> None:
    found = registry(tmp_path, OPENAI, LAB)

    entry, model = found.resolve(name, asked)

    assert model == asked
    assert found.targets(entry.name, model, is_callers_choice=False) == (Target(name, called),)


def test_every_retired_model_leads_to_one_that_is_not_retired(tmp_path: Path) -> None:
    found = registry(tmp_path, OPENAI, CLAUDE, CLOUDFLARE)

    ends = {
        found.profile(name, found.entry(name).current_model(model)).lifecycle
        for name in ("openai", "claude", "cloudflare")
        for model in catalog.load()[name].models
    }

    assert ends == {"current", "deprecated"}


def test_fallbacks_follow_in_order_each_with_its_default_or_the_model_it_names(tmp_path: Path) -> None:
    found = registry(tmp_path, OPENAI, CLAUDE, CLOUDFLARE, LAB)
    chain = ["claude", "openai/gpt-4-turbo", f"cloudflare/{LLAMA}", "lab/best"]

    found.check_fallback(chain)

    assert found.targets("openai", "gpt-6-luna", fallback=chain, is_callers_choice=True) == (
        Target("openai", "gpt-6-luna", True),
        Target("claude", "claude-haiku-5-5"),
        Target("openai", "gpt-6-sol"),
        Target("cloudflare", LLAMA),
        Target("lab", "lab-2"),
    )


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("local", InvalidParameter),
        ("nobody", ProviderNotConfigured),
        ("cloudflare", ProviderNotConfigured),
        ("lab/lab-3", ModelUnavailable),
        ("", ProviderNotConfigured),
    ],
)
def test_a_fallback_that_cannot_stand_in_is_refused_by_its_place(
    tmp_path: Path, name: str, error: type[ModelUnavailable | InvalidParameter | ProviderNotConfigured]
) -> None:
    found = registry(tmp_path, OPENAI, CLAUDE, LAB)

    with pytest.raises(error) as refused:
        found.check_fallback(["claude", name])

    assert refused.value.details["path"] == "config.fallback[1]"


def test_an_alias_has_the_profile_and_the_price_it_was_given(tmp_path: Path) -> None:
    found = registry(tmp_path, LAB)

    profile = found.profile("lab", "lab-1")

    assert (profile.context, profile.max_output, profile.structured) == (9000, 3000, "json")
    assert found.entry("lab").price == (Decimal("0.1"), Decimal(2))


@pytest.mark.parametrize("profile", [{"contxt": 1}, {"context": "much"}, {"context": 10, "max_output": 20}])
def test_a_wrong_profile_of_an_alias_is_refused_at_the_start(tmp_path: Path, profile: JsonObject) -> None:
    with pytest.raises(ConfigurationError, match="profile"):
        registry(tmp_path, aliases(lab={"base_url": "http://h/v1", "models": ["m"], "profile": profile}))


def test_a_default_that_was_shut_down_is_warned_of_at_the_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        registry(tmp_path, OPENAI, {"OPENAI_MODEL": "gpt-4-turbo"})
        registry(tmp_path, OPENAI, {"OPENAI_MODEL": "gpt-6-luna"})

    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "gpt-4-turbo" in caplog.text


class Adapter:
    """A provider that only counts how it is opened and closed."""

    def __init__(self, name: str, *, is_broken: bool = False) -> None:
        self.name = name
        self.is_broken = is_broken
        self.warmed = 0
        self.closed = 0

    async def complete(self, request: GenRequest, deadline: Deadline, on_event: EventSink | None = None) -> GenResult:
        raise AssertionError("nothing is to be called")

    async def warm_up(self) -> None:
        self.warmed += 1
        if self.is_broken:
            raise ImportError("the vendor's package is broken")

    async def aclose(self) -> None:
        self.closed += 1


async def test_one_provider_that_cannot_be_loaded_does_not_keep_the_others_from_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken, sound = Adapter("broken", is_broken=True), Adapter("sound")
    made = [
        ProviderEntry(each.name, "openai-compatible", "m", ("m",), lambda each=each: each)  # type: ignore[misc]
        for each in (broken, sound)
    ]
    found = Registry([*made, ProviderEntry("local", "local", "extractive", ("extractive",))])

    await found.warm_up()
    same = found.open("sound") is sound
    await found.aclose()
    await found.aclose()

    assert (same, broken.warmed, sound.warmed, broken.closed, sound.closed) == (True, 1, 1, 1, 1)
    assert "provider could not be loaded" in caplog.text
