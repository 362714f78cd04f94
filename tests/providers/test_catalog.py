"""The model catalog: what is known of a model by its name, and that the file agrees with itself and with the SDKs."""

from __future__ import annotations

import ast
import functools
import importlib.util
import json
import operator
import re
from datetime import date, datetime
from pathlib import Path

import pytest

from granulator.errors import ConfigurationError
from granulator.providers import catalog
from granulator.providers.base import ModelProfile

TODAY = date(2026, 11, 20)

KINDS = ("openai", "claude", "cloudflare", "openai-compatible")

NO_CHAT = re.compile(r"audio|search|codex|-pro|gpt-5\.1-mini")
"""Names in the OpenAI SDK that are not for chat completions of text, or, as it says itself, no models."""


def written() -> dict[str, object]:
    """The models file as data, to break in one place."""
    return json.loads(catalog.MODELS_FILE.read_text(encoding="utf-8"))


def load_changed(tmp_path: Path, place: str, value: object) -> None:
    """Load the models file with one value put at a path of keys."""
    content = written()
    *path, last = place.split("/")
    functools.reduce(operator.getitem, path, content)[last] = value
    changed = tmp_path / "models.json"
    changed.write_text(json.dumps(content), encoding="utf-8")
    catalog.load(changed)


def package_file(package: str, path: str) -> str:
    """The source of a file of an installed package, without importing it."""
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).with_name(path.split("/")[0]).joinpath(*path.split("/")[1:]).read_text(encoding="utf-8")


def test_profile_holds_everything_an_adapter_has_to_know() -> None:
    assert catalog.profile("openai", "gpt-6-luna") == ModelProfile(
        structured="strict",
        dialect="openai",
        context=1_050_000,
        max_output=128_000,
        temperature="effort_none",
        token_param="max_completion_tokens",
        supports_seed=True,
        supports_streaming=True,
        effort="none",
        lifecycle="current",
        shutdown_on=None,
    )


def test_profile_takes_the_longest_rule_the_name_begins_with() -> None:
    names = ["gpt-5.4", "gpt-5.4-mini", "gpt-5.4-mini-2026-03-17", "gpt-5", "gpt-5-chat-latest"]

    found = [catalog.profile("openai", name) for name in names]

    assert [(profile.context, profile.temperature) for profile in found] == [
        (1_050_000, "effort_none"),
        (400_000, "effort_none"),
        (400_000, "effort_none"),
        (400_000, "never"),
        (128_000, "always"),
    ]


@pytest.mark.parametrize("scenario", ["#429:2", "#fail_first:2:500", "#"])
def test_profile_ignores_what_follows_the_hash(scenario: str) -> None:
    plain = catalog.profile("claude", "claude-haiku-5-5")

    assert catalog.profile("claude", "claude-haiku-5-5" + scenario) == plain


@pytest.mark.parametrize("kind", KINDS)
def test_profile_of_an_unknown_model_is_the_cautious_base_of_its_kind(kind: str) -> None:
    found = catalog.profile(kind, "nobody-knows-me")

    assert found.lifecycle == "unknown"
    assert found.max_output <= found.context <= 200_000
    assert found == catalog.profile(kind, "")


def test_profile_of_a_snapshot_has_the_lifecycle_of_its_model() -> None:
    found = catalog.profile("openai", "gpt-4o-mini-2024-07-18")

    assert (found.lifecycle, found.shutdown_on) == ("deprecated", "2027-01-14")


def test_a_snapshot_listed_by_itself_has_its_own_lifecycle() -> None:
    assert catalog.profile("openai", "gpt-4o-2024-05-13").lifecycle == "retired"
    assert catalog.profile("openai", "gpt-4o-2024-08-06").lifecycle == "deprecated"


@pytest.mark.parametrize(
    ("kind", "policy", "names"),
    [
        ("openai", "never", ["o1", "o3", "o4-mini", "gpt-5", "gpt-5-mini", "gpt-5.2-pro", "gpt-5.2-chat-latest"]),
        ("openai", "never", ["gpt-6-astra", "gpt-6.1-sol", "gpt-99"]),
        ("openai", "effort_none", ["gpt-5.5", "gpt-5.6-sol", "gpt-6-sol", "gpt-6-luna", "gpt-6.1-terra", "gpt-5.4"]),
        ("openai", "always", ["gpt-4o", "gpt-4o-mini", "gpt-4.1", "gpt-4.1-mini"]),
        ("claude", "never", ["claude-haiku-5-5", "claude-sonnet-4-5", "claude-99"]),
        ("cloudflare", "always", ["@cf/meta/llama-3-8b-instruct"]),
        ("openai-compatible", "always", ["llama3.2"]),
    ],
)
def test_temperature_is_sent_where_the_vendor_takes_it(kind: str, policy: str, names: list[str]) -> None:
    assert {name: catalog.profile(kind, name).temperature for name in names} == dict.fromkeys(names, policy)


def test_a_model_that_takes_temperature_only_without_reasoning_is_asked_not_to_reason() -> None:
    reasoning = [catalog.profile("openai", name) for name in catalog.listed("openai")]

    assert {profile.effort for profile in reasoning if profile.temperature == "effort_none"} == {"none"}


def test_current_name_replaces_a_retired_model_and_keeps_the_scenario() -> None:
    names = ["claude-3-5-sonnet-20241022", "claude-3-5-sonnet-20241022#429:2", "claude-3-opus-latest"]

    assert [catalog.current_name("claude", name) for name in names] == [
        "claude-sonnet-5-5",
        "claude-sonnet-5-5#429:2",
        "claude-opus-5-5",
    ]


@pytest.mark.parametrize("name", ["gpt-4o-mini", "gpt-6-luna", "gpt-6-luna-2026-09-22", "mine", "gpt-3.5-turbo-mine"])
def test_current_name_leaves_every_other_model_alone(name: str) -> None:
    assert catalog.current_name("openai", name) == name


@pytest.mark.parametrize("kind", KINDS)
def test_every_retired_model_leads_to_a_listed_current_one_in_one_step(kind: str) -> None:
    for name, model in catalog.load()[kind].models.items():
        current = catalog.current_name(kind, name)
        assert (current == name) == (model.lifecycle != "retired")
        assert catalog.current_name(kind, current) == current
        assert current in catalog.listed(kind)


def test_listed_names_what_can_be_called_with_the_default_first() -> None:
    for kind in KINDS[:3]:
        listed = catalog.listed(kind)
        assert listed[0] == catalog.default_model(kind)
        assert {catalog.profile(kind, name).lifecycle for name in listed} <= {"current", "deprecated"}
    assert "gpt-4o-mini" in catalog.listed("openai")
    assert "claude-3-5-sonnet" not in catalog.listed("claude")
    assert catalog.listed("openai-compatible") == ()


def test_defaults_are_current_and_cheap() -> None:
    assert [catalog.default_model(kind) for kind in KINDS[:3]] == [
        "gpt-6-luna",
        "claude-haiku-5-5",
        "@cf/meta/llama-3.3-70b-instruct-fp8-fast",
    ]


def test_a_compatible_endpoint_has_no_default_model() -> None:
    with pytest.raises(ConfigurationError, match="has no default model"):
        catalog.default_model("openai-compatible")


def test_an_unknown_kind_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match="'gemini' is not known; known are openai, claude, cloudflare"):
        catalog.profile("gemini", "x")


@pytest.mark.parametrize(
    ("today", "warning"),
    [
        (date(2026, 11, 14), None),
        (date(2026, 11, 15), "Model gpt-4o-mini shuts down on 2027-01-14; choose another, such as gpt-6-luna"),
        (date(2027, 1, 14), "Model gpt-4o-mini shuts down on 2027-01-14; choose another, such as gpt-6-luna"),
        (date(2027, 1, 15), "Model gpt-4o-mini was shut down on 2027-01-14; choose another, such as gpt-6-luna"),
    ],
)
def test_shutdown_warning_begins_60_days_before(today: date, warning: str | None) -> None:
    assert catalog.shutdown_warning("openai", "gpt-4o-mini#ok", today) == warning


@pytest.mark.parametrize("name", ["gpt-6-luna", "nobody-knows-me", "gpt-5.4-nano"])
def test_shutdown_warning_is_none_without_a_date_that_is_near(name: str) -> None:
    assert catalog.shutdown_warning("openai", name, TODAY) is None


def test_overrides_change_only_what_they_name() -> None:
    found = catalog.profile("openai-compatible", "llama3.2")

    changed = catalog.with_overrides(found, {"context": 32768, "structured": "strict", "effort": "none"})

    assert changed == ModelProfile(
        structured="strict",
        dialect="openai",
        context=32768,
        max_output=found.max_output,
        temperature="always",
        token_param="max_tokens",
        effort="none",
    )


def test_an_override_of_null_takes_the_effort_away() -> None:
    found = catalog.profile("openai", "gpt-6-luna")

    assert catalog.with_overrides(found, {"effort": None}).effort is None


@pytest.mark.parametrize(
    ("overrides", "place"),
    [
        ({"contxt": 1}, "contxt"),
        ({"context": "32768"}, "context"),
        ({"context": 0}, "context"),
        ({"context": True}, "context"),
        ({"structured": "xml"}, "structured"),
        ({"effort": "high"}, "effort"),
        ({"supports_seed": "yes"}, "supports_seed"),
        ({"lifecycle": "current"}, "lifecycle"),
        ({"context": 100}, "max_output is larger than context"),
    ],
)
def test_overrides_refuse_an_unknown_field_or_value(overrides: dict[str, object], place: str) -> None:
    found = catalog.profile("openai-compatible", "llama3.2")

    with pytest.raises(ConfigurationError, match=f"profile: .*{place}"):
        catalog.with_overrides(found, overrides)


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        ("kinds/openai/default", "gpt-4o", "kinds.openai.default: gpt-4o is not a current model"),
        ("kinds/openai/models/o1/successor", "o3-mini", "models.o1.successor: o3-mini is not a current model"),
        ("kinds/openai/models/o1/successor", "gone", "models.o1.successor: gone is not a current model"),
        ("kinds/openai/models/o1", {"lifecycle": "retired"}, "models.o1: a retired model needs a successor"),
        ("kinds/claude/models/claude-opus-5/shutdown_on", "2027-01-01", "claude-opus-5: a model that ends"),
        ("kinds/claude/models/claude-opus-5/lifecycle", "old", "models.claude-opus-5.lifecycle"),
        ("kinds/claude/rules/claude-3/max_output", 300_000, "rules.claude-3: max_output is larger than context"),
        ("kinds/claude/rules/claude-3/tempature", "never", "rules.claude-3.tempature"),
        ("kinds/cloudflare/base", {"structured": "json"}, "cloudflare.base: context, dialect, max_output missing"),
        ("checked_at", "yesterday", "checked_at"),
    ],
)
def test_a_models_file_that_contradicts_itself_is_refused_with_the_place(
    tmp_path: Path, place: str, value: object, message: str
) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(message)):
        load_changed(tmp_path, place, value)


def test_every_chat_model_the_openai_package_names_is_known_with_the_date_it_announces() -> None:
    source = package_file("openai", "types/shared/chat_model.py")
    names, _, deprecated = source.partition('"""Deprecated values:')
    announced: dict[str, str] = {}
    for entry in deprecated.split("\n- ")[1:]:
        found = re.search(r"shutdown\s+date:\s+(\d{4}-\d{2}-\d{2})", entry)
        announced |= dict.fromkeys(re.findall(r'"([^"]+)"', entry), found.group(1) if found else "")

    wanted = {
        name: announced.get(name) for name in re.findall(r'^    "([^"]+)",$', names, re.M) if not NO_CHAT.search(name)
    }

    assert len(wanted) > 50
    assert {name: catalog.profile("openai", name).shutdown_on for name in wanted} == wanted
    assert {catalog.profile("openai", name).lifecycle for name in wanted} == {"current", "deprecated", "retired"}


def test_every_claude_model_the_anthropic_package_deprecates_ends_on_the_day_it_names() -> None:
    tree = ast.parse(package_file("anthropic", "resources/messages/messages.py"))
    table = next(
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "DEPRECATED_MODELS"
    )
    deprecated: dict[str, str] = ast.literal_eval(table)
    ends = {
        name: datetime.strptime(re.sub(r"(?<=\d)[a-z]{2},", "", day) + " +0000", "%B %d %Y %z").date().isoformat()
        for name, day in deprecated.items()
        if not re.match(r"claude-(1|2|instant)", name)
    }

    assert len(ends) > 10
    assert {name: catalog.profile("claude", name).shutdown_on for name in ends} == ends


def test_no_model_is_called_current_past_its_end() -> None:
    checked = date.fromisoformat(str(written()["checked_at"]))
    for kind in KINDS:
        for name, model in catalog.load()[kind].models.items():
            is_over = model.shutdown_on is not None and model.shutdown_on <= checked
            assert is_over == (model.lifecycle == "retired"), name
