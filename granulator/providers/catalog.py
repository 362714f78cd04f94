"""Owns what is known of models before one is called: what each accepts, how long it lives, what replaces it.

The knowledge is data (``models.json``); no price is here and no vendor is asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from granulator.errors import ConfigurationError
from granulator.providers.base import Dialect, ModelProfile

MODELS_FILE = Path(__file__).with_name("models.json")

WARNING_DAYS = 60

_EMPTY = ModelProfile(structured="prompt", dialect="none", context=1, max_output=1)
"""What the base of a kind is written over; the loader sees to it that nothing of it remains."""

_DATE_SUFFIX = re.compile(r"-(20\d{2}-\d{2}-\d{2}|20\d{6})$")

_Tokens = Annotated[int, Field(gt=0, le=100_000_000)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Fields(_Part):
    """Fields of a ModelProfile as written; a default here is never read, for only fields that were set count."""

    structured: Literal["strict", "tool", "json", "prompt"] = "prompt"
    dialect: Dialect = "none"
    context: _Tokens = 1
    max_output: _Tokens = 1
    temperature: Literal["always", "effort_none", "never"] = "always"
    token_param: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    supports_seed: bool = False
    supports_streaming: bool = True
    effort: Literal["none", "low"] | None = None

    def over(self, profile: ModelProfile) -> ModelProfile:
        """Return ``profile`` with the fields that were written here."""
        return replace(profile, **{name: getattr(self, name) for name in self.model_fields_set})


class _Model(_Part):
    lifecycle: Literal["current", "deprecated", "retired"]
    shutdown_on: Annotated[date, Field(strict=False)] | None = None
    successor: str | None = None


class _Kind(_Part):
    default: str | None = None
    base: _Fields
    rules: dict[str, _Fields]
    models: dict[str, _Model]


class _File(_Part):
    checked_at: Annotated[date, Field(strict=False)]
    sources: list[str]
    kinds: dict[str, _Kind]


def profile(kind: str, model: str) -> ModelProfile:
    """Return what a model accepts: the longest rule its name begins with, else the cautious base of the kind.

    A ``#`` and what follows it is no part of the name. Raises ConfigurationError for an unknown kind.
    """
    known = _kind(kind)
    name = _plain(model)
    fields = _longest_rule(known, name)
    found = fields.over(known.base.over(_EMPTY))
    entry = _entry(known, name)
    if entry is None:
        return found
    return replace(
        found,
        lifecycle=entry.lifecycle,
        shutdown_on=entry.shutdown_on.isoformat() if entry.shutdown_on else None,
    )


def with_overrides(found: ModelProfile, overrides: Mapping[str, object]) -> ModelProfile:
    """Return a profile with the fields an installation knows better.

    Raises ConfigurationError for a field that is unknown or a value it cannot have.
    """
    try:
        fields = _Fields.model_validate(dict(overrides))
    except ValidationError as error:
        raise ConfigurationError(f"profile: {_first_fault(error)}") from error
    overridden = fields.over(found)
    if overridden.max_output > overridden.context:
        raise ConfigurationError("profile: max_output is larger than context")
    return overridden


def current_name(kind: str, model: str) -> str:
    """Return the name to call a model by: what replaced it if it is retired, else the name itself; ``#...`` is kept."""
    entry = _entry(_kind(kind), _plain(model))
    if entry is None or entry.lifecycle != "retired" or entry.successor is None:
        return model
    return entry.successor + model[len(_plain(model)) :]


def undated(model: str) -> str:
    """Return a name without the date of a snapshot and without ``#`` and what follows it."""
    return _DATE_SUFFIX.sub("", _plain(model))


def listed(kind: str) -> tuple[str, ...]:
    """Return the models of a kind that can be called, those to prefer first; the retired are left out."""
    return tuple(name for name, model in _kind(kind).models.items() if model.lifecycle != "retired")


def default_model(kind: str) -> str:
    """Return the model a kind uses when none is named. Raises ConfigurationError where the kind has none."""
    default = _kind(kind).default
    if default is None:
        raise ConfigurationError(f"Provider kind {kind!r} has no default model; name one")
    return default


def shutdown_warning(kind: str, model: str, today: date) -> str | None:
    """Return one sentence when a model is gone or goes within 60 days, else None."""
    entry = _entry(_kind(kind), _plain(model))
    if entry is None or entry.shutdown_on is None:
        return None
    days = (entry.shutdown_on - today).days
    if days > WARNING_DAYS:
        return None
    verb = "shuts down" if days >= 0 else "was shut down"
    advice = f"; choose another, such as {entry.successor}" if entry.successor else ""
    return f"Model {_plain(model)} {verb} on {entry.shutdown_on.isoformat()}{advice}"


@cache
def load(path: Path = MODELS_FILE) -> Mapping[str, _Kind]:
    """Return the kinds of a models file. Raises ConfigurationError that says where it is wrong."""
    try:
        kinds = _File.model_validate_json(path.read_bytes()).kinds
    except ValidationError as error:
        raise ConfigurationError(f"{path.name}: {_first_fault(error)}") from error
    for name, kind in kinds.items():
        _check_kind(f"{path.name}: kinds.{name}", kind)
    return kinds


def _check_kind(place: str, kind: _Kind) -> None:
    if missing := {"structured", "dialect", "context", "max_output"} - kind.base.model_fields_set:
        raise ConfigurationError(f"{place}.base: {', '.join(sorted(missing))} missing")
    if kind.default is not None and not _is_current(kind, kind.default):
        raise ConfigurationError(f"{place}.default: {kind.default} is not a current model")
    for prefix, fields in kind.rules.items():
        largest = fields.over(kind.base.over(_EMPTY))
        if largest.max_output > largest.context:
            raise ConfigurationError(f"{place}.rules.{prefix}: max_output is larger than context")
    for name, model in kind.models.items():
        _check_model(f"{place}.models.{name}", kind, model)


def _check_model(place: str, kind: _Kind, model: _Model) -> None:
    if model.lifecycle == "retired" and model.successor is None:
        raise ConfigurationError(f"{place}: a retired model needs a successor")
    if model.successor is not None and not _is_current(kind, model.successor):
        raise ConfigurationError(f"{place}.successor: {model.successor} is not a current model")
    if model.lifecycle == "current" and (model.shutdown_on or model.successor):
        raise ConfigurationError(f"{place}: a model that ends or has a successor is deprecated or retired")


def _is_current(kind: _Kind, name: str) -> bool:
    return name in kind.models and kind.models[name].lifecycle == "current"


def _kind(name: str) -> _Kind:
    kinds = load()
    if name not in kinds:
        raise ConfigurationError(f"Provider kind {name!r} is not known; known are {', '.join(kinds)}")
    return kinds[name]


def _plain(model: str) -> str:
    return model.partition("#")[0]


def _longest_rule(kind: _Kind, name: str) -> _Fields:
    prefix = max((prefix for prefix in kind.rules if name.startswith(prefix)), key=len, default=None)
    return _Fields() if prefix is None else kind.rules[prefix]


def _entry(kind: _Kind, name: str) -> _Model | None:
    """What the file says of a model: under its own name, else under its name without the date of a snapshot."""
    return kind.models.get(name) or kind.models.get(undated(name))


def _first_fault(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
