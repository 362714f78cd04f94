"""Owns the configuration: ``wrangler.toml``, ``.dev.vars`` and the environment become one frozen Settings.

It is the only reader of the three (``devvars.py`` parses the second for it) and does not act on any value.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
import re
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from granulator import devvars
from granulator.errors import ConfigurationError
from granulator.model import Json

Table = Mapping[str, Json]

GENERATED = ("SHARED_SECRET", "SESSION_SECRET")
"""Secrets no server runs without: made at the first start in development, demanded in production."""

KNOWN_PROVIDERS = ("openai", "claude", "cloudflare", "local")
"""The providers there are without configuration; a configured one must have another name."""

LOG_LEVELS = ("debug", "info", "warning", "error", "critical")

_SECRET_ENDING = re.compile(r"_(KEY|TOKEN|SECRET)$", re.IGNORECASE)


AliasKind = Literal["openai", "openai-compatible", "claude"]


@dataclass(frozen=True, slots=True)
class AliasSettings:
    """One configured provider beyond the known ones: a local model server, a gateway, a second account.

    ``profile`` overrides what is known of its models; ``price`` is USD per million tokens as decimal text, None where
    the price table of its kind decides.
    """

    name: str
    kind: AliasKind
    base_url: str | None
    models: tuple[str, ...]
    default_model: str
    api_key: str | None = field(default=None, repr=False)
    aliases: Mapping[str, str] = field(default_factory=dict)
    profile: Mapping[str, JsonValue] = field(default_factory=dict)
    price: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """Keys, addresses and default models of the AI providers; None where the provider is not configured."""

    openai_api_key: str | None = field(default=None, repr=False)
    openai_base_url: str | None = None
    openai_model: str | None = None
    anthropic_api_key: str | None = field(default=None, repr=False)
    anthropic_base_url: str | None = None
    anthropic_model: str | None = None
    cloudflare_account_id: str | None = None
    cloudflare_api_token: str | None = field(default=None, repr=False)
    cloudflare_base_url: str | None = None
    cloudflare_model: str | None = None
    aliases: tuple[AliasSettings, ...] = ()
    transport: Literal["aiohttp", "httpx2"] = "aiohttp"
    retry_base_ms: int = 500


class _Price(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    input: Annotated[str, Field(pattern=r"^[0-9]{1,6}(\.[0-9]{1,9})?$")]
    output: Annotated[str, Field(pattern=r"^[0-9]{1,6}(\.[0-9]{1,9})?$")]


class _Alias(BaseModel):
    """One entry of AI_PROVIDERS as written."""

    model_config = ConfigDict(extra="forbid", strict=True)

    kind: AliasKind = "openai-compatible"
    base_url: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = None
    key_env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    models: Annotated[list[Annotated[str, Field(min_length=1, max_length=200)]], Field(min_length=1)]
    default_model: str | None = None
    aliases: dict[str, str] = {}
    profile: dict[str, JsonValue] = {}
    price: _Price | None = None


@dataclass(frozen=True, slots=True)
class ObjectStorageSettings:
    """Where long texts are kept: ``file:///directory`` or ``s3://bucket/prefix``; without ``url`` under STATE_DIR."""

    url: str | None = None
    region: str | None = None
    endpoint: str | None = None
    access_key_id: str | None = field(default=None, repr=False)
    secret_access_key: str | None = field(default=None, repr=False)
    session_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole configuration; nothing secret has a repr.

    ``root`` is the directory the configuration belongs to; ``environment_name`` is the selected ``[env.X]``, which
    need not equal ``environment``; ``judge_model`` is off, a provider or provider/model, None for the default
    provider; ``missing_secrets`` are those listed in ``[secrets].required`` but found nowhere.
    ``shutdown_delay_seconds`` is how long a stopping server takes requests after it says that it is not ready,
    ``drain_seconds`` how long what runs may take after that. What has ended is kept for ``retention_.._days``, None is
    for ever.
    """

    root: Path
    config_file: Path
    environment: str
    environment_name: str | None
    service_name: str
    log_level: str
    state_dir: Path
    database_url: str = field(repr=False)
    redis_url: str | None = field(repr=False)
    shared_secrets: tuple[str, ...] = field(repr=False)
    session_secret: str | None = field(repr=False)
    rate_limit_per_minute: int = 100
    concurrency_per_key: int = 10
    lease_seconds: int = 30
    worker_concurrency: int = 20
    patience_seconds: int = 60
    webhook_allow_hosts: tuple[str, ...] = ()
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    parallel_parts: int = 16
    judge_model: str | None = None
    default_provider: str | None = None
    providers: ProviderSettings = ProviderSettings()
    object_storage: ObjectStorageSettings = ObjectStorageSettings()
    crons: tuple[str, ...] = ()
    missing_secrets: tuple[str, ...] = ()
    shutdown_delay_seconds: int = 0
    drain_seconds: int = 20
    queue_wait_alert_seconds: int = 300
    retention_jobs_days: int | None = None
    retention_events_days: int | None = 7
    retention_webhooks_days: int | None = 30

    @property
    def sqlite_path(self) -> Path | None:
        """The file of a SQLite ``database_url``, absolute; None for another database."""
        path = self.database_url.removeprefix("sqlite:///")
        return None if path == self.database_url else self.root / path

    @property
    def is_production(self) -> bool:
        return self.environment == "production"

    def derived_key(self, purpose: str) -> bytes:
        """Return 32 bytes drawn from SESSION_SECRET; no purpose has the key of another."""
        assert self.session_secret, "the start refuses to go on without SESSION_SECRET"
        return hmac.new(self.session_secret.encode("utf-8"), purpose.encode("ascii"), hashlib.sha256).digest()


def load(
    root: Path | None = None, environ: Mapping[str, str] | None = None, environment: str | None = None
) -> Settings:
    """Return the settings in force, strongest first: process environment, ``.dev.vars``, ``.env``, ``[vars]``.

    ``environment`` names a table ``[env.X]`` of ``wrangler.toml``; without it CLOUDFLARE_ENV, then ENVIRONMENT, choose.
    Raises ConfigurationError, naming the file or variable and never showing a secret.
    """
    environ = os.environ if environ is None else environ
    root = _default_root() if root is None else root.resolve()
    config_file = _config_file(root)
    config = _read_toml(config_file)
    name = _environment_name(config, environ, environment)
    selected = config if name is None else _table(_table(config, "env"), name)
    where = str(config_file) if name is None else f"{config_file} [env.{name}]"
    listed = _strings(_table(selected, "secrets"), "required", where) if "secrets" in selected else None
    values: dict[str, Json] = {
        **_variables(selected, where),
        **_from_files(root, name, None if listed is None else {*listed, *GENERATED}),
        **{key: value for key, value in environ.items() if value.strip()},
    }
    triggers = _table(selected if "triggers" in selected else config, "triggers")
    settings = _build(values, root, _database_id(selected, where))
    return replace(
        settings,
        config_file=config_file,
        environment_name=name,
        crons=_strings(triggers, "crons", where),
        missing_secrets=tuple(key for key in listed or () if not values.get(key)),
    )


def ensure_development_secrets(settings: Settings) -> tuple[Settings, Path | None]:
    """Return settings that have both generated secrets, and the file they were written to, if any was.

    Lines already in the file stay; production is left alone. Raises ConfigurationError if it cannot be written.
    """
    missing = _missing_generated(settings)
    if settings.is_production or not missing:
        return settings, None
    path = _secrets_file(settings)
    is_writer = devvars.add_missing(path, {name: secrets.token_urlsafe(32) for name in missing})
    values = devvars.read(path)
    found = replace(
        settings,
        shared_secrets=settings.shared_secrets or _words(values, "SHARED_SECRET"),
        session_secret=settings.session_secret or _text(values, "SESSION_SECRET"),
        missing_secrets=tuple(name for name in settings.missing_secrets if not values.get(name)),
    )
    return found, path if is_writer else None


def require_secrets(settings: Settings) -> None:
    """Raise ConfigurationError naming every secret that is needed and missing."""
    missing = dict.fromkeys((*_missing_generated(settings), *settings.missing_secrets))
    if missing:
        raise ConfigurationError(
            f"Missing {', '.join(missing)}: set it in the environment or in {settings.root / '.dev.vars'}"
            f" (ENVIRONMENT is {settings.environment})"
        )


def _build(values: Table, root: Path, database_id: str) -> Settings:
    state_dir = root / (_text(values, "STATE_DIR") or ".granulator")
    database = state_dir / "state" / "d1" / f"{database_id}.sqlite"
    return Settings(
        root=root,
        config_file=root,
        environment=_choice(values, "ENVIRONMENT", ("development", "production"), "development"),
        environment_name=None,
        service_name=_text(values, "SERVICE_NAME") or "bitware-content-granulator",
        log_level=_choice(values, "LOG_LEVEL", LOG_LEVELS, "info"),
        state_dir=state_dir,
        database_url=_url(values, "DATABASE_URL", "sqlite:///", "postgresql://") or f"sqlite:///{database}",
        redis_url=_url(values, "REDIS_URL", "redis://", "rediss://", "unix://"),
        shared_secrets=_words(values, "SHARED_SECRET"),
        session_secret=_text(values, "SESSION_SECRET"),
        rate_limit_per_minute=_integer(values, "RATE_LIMIT_PER_MINUTE", 100, 1, 1_000_000),
        concurrency_per_key=_integer(values, "CONCURRENCY_PER_KEY", 10, 1, 10_000),
        lease_seconds=_integer(values, "LEASE_SECONDS", 30, 1, 3600),
        worker_concurrency=_integer(values, "WORKER_CONCURRENCY", 20, 1, 1000),
        patience_seconds=_integer(values, "DATABASE_PATIENCE_SECONDS", 60, 1, 3600),
        webhook_allow_hosts=_hosts(values, "WEBHOOK_ALLOW_HOSTS"),
        webhook_secrets=_signing_secrets(values, "WEBHOOK_SECRET"),
        parallel_parts=_integer(values, "PARALLEL_PARTS", 16, 1, 64),
        judge_model=_judge(values, "JUDGE_MODEL"),
        default_provider=_text(values, "DEFAULT_PROVIDER"),
        providers=_providers(values),
        object_storage=_object_storage(values),
        shutdown_delay_seconds=_integer(values, "SHUTDOWN_DELAY_SECONDS", _shutdown_delay(values), 0, 300),
        drain_seconds=_integer(values, "DRAIN_SECONDS", 20, 0, 3600),
        queue_wait_alert_seconds=_integer(values, "QUEUE_WAIT_ALERT_SECONDS", 300, 1, 86_400),
        retention_jobs_days=_days(values, "RETENTION_JOBS_DAYS", None),
        retention_events_days=_days(values, "RETENTION_EVENTS_DAYS", 7),
        retention_webhooks_days=_days(values, "RETENTION_WEBHOOKS_DAYS", 30),
    )


def _shutdown_delay(values: Table) -> int:
    """Nobody balances load in development; elsewhere the balancer needs a moment to see that this process leaves."""
    return 3 if (_text(values, "ENVIRONMENT") or "").lower() == "production" else 0


def _providers(values: Table) -> ProviderSettings:
    return ProviderSettings(
        openai_api_key=_text(values, "OPENAI_API_KEY"),
        openai_base_url=_url(values, "OPENAI_BASE_URL", "https://", "http://"),
        anthropic_api_key=_text(values, "ANTHROPIC_API_KEY"),
        anthropic_base_url=_url(values, "ANTHROPIC_BASE_URL", "https://", "http://"),
        cloudflare_account_id=_text(values, "CLOUDFLARE_ACCOUNT_ID"),
        cloudflare_api_token=_text(values, "CLOUDFLARE_API_TOKEN"),
        cloudflare_base_url=_url(values, "CLOUDFLARE_BASE_URL", "https://", "http://"),
        openai_model=_text(values, "OPENAI_MODEL"),
        anthropic_model=_text(values, "ANTHROPIC_MODEL"),
        cloudflare_model=_text(values, "CLOUDFLARE_MODEL"),
        aliases=_aliases(values),
        retry_base_ms=_integer(values, "RETRY_BASE_MS", 500, 0, 60_000),
        transport="httpx2"
        if _choice(values, "AI_TRANSPORT", ("aiohttp", "httpx2"), "aiohttp") == "httpx2"
        else "aiohttp",
    )


def _object_storage(values: Table) -> ObjectStorageSettings:
    return ObjectStorageSettings(
        url=_url(values, "OBJECT_STORAGE_URL", "file:///", "s3://"),
        region=_text(values, "AWS_REGION") or _text(values, "AWS_DEFAULT_REGION"),
        endpoint=_url(values, "AWS_ENDPOINT_URL_S3", "https://", "http://")
        or _url(values, "AWS_ENDPOINT_URL", "https://", "http://"),
        access_key_id=_text(values, "AWS_ACCESS_KEY_ID"),
        secret_access_key=_text(values, "AWS_SECRET_ACCESS_KEY"),
        session_token=_text(values, "AWS_SESSION_TOKEN"),
    )


def _aliases(values: Table) -> tuple[AliasSettings, ...]:
    """AI_PROVIDERS is a table in ``[vars]``, or the same as JSON in a variable."""
    table = values.get("AI_PROVIDERS") or {}
    if isinstance(table, str):
        try:
            table = json.loads(table)
        except ValueError as error:
            raise ConfigurationError(f"AI_PROVIDERS is not valid JSON: {error}") from error
    if not isinstance(table, dict):
        raise ConfigurationError("AI_PROVIDERS must be an object of provider names")
    return tuple(_alias(name, entry, values) for name, entry in table.items())


def _alias(name: str, entry: Json, values: Table) -> AliasSettings:
    if name in KNOWN_PROVIDERS or not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", name):
        raise ConfigurationError(f"AI_PROVIDERS: {name!r} must be a new name of lower-case letters, digits, - and _")
    try:
        written = _Alias.model_validate(entry)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, (name, *first["loc"])))
        raise ConfigurationError(f"AI_PROVIDERS: {where}: {first['msg']}") from error
    default = written.default_model or written.models[0]
    if default not in written.models:
        raise ConfigurationError(f"AI_PROVIDERS: {name}.default_model is {default!r}, which is not among its models")
    if written.kind == "openai-compatible" and written.base_url is None:
        raise ConfigurationError(f"AI_PROVIDERS: {name}.base_url is missing")
    return AliasSettings(
        name=name,
        kind=written.kind,
        base_url=written.base_url,
        models=tuple(written.models),
        default_model=default,
        api_key=_alias_key(name, written, values),
        aliases=written.aliases,
        profile=written.profile,
        price=None if written.price is None else (written.price.input, written.price.output),
    )


def _alias_key(name: str, written: _Alias, values: Table) -> str | None:
    if written.key_env is None:
        return None
    key = _text(values, written.key_env)
    if key is None:
        raise ConfigurationError(f"AI_PROVIDERS: {name}.key_env names {written.key_env}, which is not set")
    return key


def _default_root() -> Path:
    """The working directory if it is configured, else the checkout the package runs from, else the working one."""
    here, checkout = Path.cwd(), _package_file().parent
    is_configured = (here / "wrangler.toml").is_file()
    return here if is_configured or checkout.name == "_data" else checkout


def _config_file(root: Path) -> Path:
    own = root / "wrangler.toml"
    return own if own.is_file() else _package_file()


def _package_file() -> Path:
    package = Path(__file__).resolve().parent
    installed = package / "_data" / "wrangler.toml"
    return installed if installed.is_file() else package.parent / "wrangler.toml"


def _read_toml(path: Path) -> Table:
    try:
        config: Table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from error
    return config


def _environment_name(config: Table, environ: Mapping[str, str], asked: str | None) -> str | None:
    """ENVIRONMENT selects only a table that exists: production also works in a file without environments."""
    names = _table(config, "env")
    chosen = asked or environ.get("CLOUDFLARE_ENV") or None
    if chosen is not None and chosen not in names:
        known = ", ".join(sorted(names)) or "none"
        raise ConfigurationError(f"Unknown environment {chosen!r}; wrangler.toml defines: {known}")
    implied = environ.get("ENVIRONMENT", "").strip()
    return chosen or (implied if implied in names else None)


def _variables(selected: Table, where: str) -> Table:
    variables = _table(selected, "vars")
    for name, value in variables.items():
        # CONCURRENCY_PER_KEY ends like a key and is a number.
        if name != "CONCURRENCY_PER_KEY" and _SECRET_ENDING.search(name) and value not in ("", None):
            raise ConfigurationError(f"{where}: [vars] must not hold the secret {name}; put it in .dev.vars")
    return variables


def _database_id(selected: Table, where: str) -> str:
    databases = selected.get("d1_databases")
    for database in databases if isinstance(databases, list) else ():
        if isinstance(database, dict) and database.get("binding") == "DB":
            identity = database.get("database_id") or database.get("database_name")
            # The value becomes a file name.
            if isinstance(identity, str) and re.fullmatch(r"[\w-]{1,64}", identity):
                return identity
            raise ConfigurationError(f"{where}: the d1_databases binding DB needs a plain database_id")
    raise ConfigurationError(f"{where} has no d1_databases entry with binding DB; environments do not inherit it")


def _from_files(root: Path, name: str | None, only: set[str] | None) -> Table:
    values = {key: value for path in devvars.files_in_force(root, name) for key, value in devvars.read(path).items()}
    return {key: value for key, value in values.items() if value and (only is None or key in only)}


def _missing_generated(settings: Settings) -> tuple[str, ...]:
    present = (bool(settings.shared_secrets), bool(settings.session_secret))
    return tuple(name for name, is_present in zip(GENERATED, present, strict=True) if not is_present)


def _secrets_file(settings: Settings) -> Path:
    files = devvars.files_in_force(settings.root, settings.environment_name)
    if files and files[-1].name.startswith(".dev.vars"):
        return files[-1].resolve()
    # A new .dev.vars would switch off the .env files that are in use.
    return settings.root / (".env.local" if files else ".dev.vars")


def _table(parent: Table, name: str) -> Table:
    value = parent.get(name, {})
    if not isinstance(value, dict):
        raise ConfigurationError(f"wrangler.toml: {name} must be a table")
    return value


def _strings(parent: Table, name: str, where: str) -> tuple[str, ...]:
    value = parent.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ConfigurationError(f"{where}: {name} must be a list of strings")
    return tuple(str(item) for item in value)


def _text(values: Table, name: str) -> str | None:
    value = values.get(name)
    if value is None or isinstance(value, str):
        return (value or "").strip() or None
    raise ConfigurationError(f"{name} must be text")


def _words(values: Table, name: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in (_text(values, name) or "").split(",") if word.strip())


def _hosts(values: Table, name: str) -> tuple[str, ...]:
    """Return host names, addresses and networks; what is none of these would be missed only when a message fails."""
    words = _words(values, name)
    for word in words:
        if not re.fullmatch(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?", word):
            _check_network(name, word)
    return words


def _check_network(name: str, word: str) -> None:
    try:
        ip_network(word)
    except ValueError as error:
        raise ConfigurationError(f"{name}: {word!r} is no host name, address or network: {error}") from error


def _signing_secrets(values: Table, name: str) -> tuple[str, ...]:
    words = _words(values, name)
    for word in words:
        if not 24 <= len(_decoded(word.removeprefix("whsec_"))) <= 64:
            raise ConfigurationError(f"{name} must be whsec_ and the base64 of 24 to 64 random bytes")
    return words


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""


def _choice(values: Table, name: str, allowed: tuple[str, ...], default: str) -> str:
    value = (_text(values, name) or default).lower()
    if value not in allowed:
        raise ConfigurationError(f"{name} is {value!r} but must be one of {', '.join(allowed)}")
    return value


def _integer(values: Table, name: str, default: int, smallest: int, largest: int) -> int:
    value = values.get(name, default)
    number = int(value) if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value.strip()) else value
    if type(number) is not int or not smallest <= number <= largest:
        raise ConfigurationError(f"{name} is {value!r} but must be a whole number from {smallest} to {largest}")
    return number


def _days(values: Table, name: str, default: int | None) -> int | None:
    if values.get(name) in (None, ""):
        return default
    if values[name] == "off":
        return None
    try:
        return _integer(values, name, 0, 1, 36_500)
    except ConfigurationError as error:
        raise ConfigurationError(f"{error}, or off") from error


def _url(values: Table, name: str, *schemes: str) -> str | None:
    value = _text(values, name)
    # The address may carry a password, so it is not shown.
    if value is not None and not value.startswith(schemes):
        raise ConfigurationError(f"{name} must start with {' or '.join(schemes)}")
    return value


def _judge(values: Table, name: str) -> str | None:
    value = _text(values, name)
    if value is not None and not re.fullmatch(r"[a-z0-9][a-z0-9_-]*(/\S+)?", value):
        raise ConfigurationError(f"{name} is {value!r} but must be off, provider or provider/model")
    return value
