"""The configuration: order of the sources, what each file means, and what is refused."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from granulator.errors import ConfigurationError
from granulator.settings import (
    AliasSettings,
    ObjectStorageSettings,
    ProviderSettings,
    Settings,
    ensure_development_secrets,
    load,
    require_secrets,
)

DATABASE = """
[[{prefix}d1_databases]]
binding = "DB"
database_name = "granulator"
database_id = "{id}"
"""

WEBHOOK_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


def configure(root: Path, text: str = "", **files: str) -> None:
    """Write wrangler.toml with a database, and other files; ``dev_vars_staging`` is ``.dev.vars.staging``."""
    (root / "wrangler.toml").write_text(text + DATABASE.format(prefix="", id="top-id"))
    for name, content in files.items():
        (root / ("." + name.replace("_", "."))).write_text(content)


def loaded(root: Path, environment: str | None = None, **environ: str) -> Settings:
    return load(root, environ, environment)


def error_of(root: Path, environment: str | None = None, **environ: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(root, environ, environment)
    return str(caught.value)


def test_an_empty_directory_runs_with_the_packaged_defaults(tmp_path: Path) -> None:
    settings = loaded(tmp_path)

    database = tmp_path / ".granulator/state/d1/00000000-0000-4000-8000-000000000001.sqlite"
    assert settings == Settings(
        root=tmp_path,
        config_file=Path(__file__).parents[2] / "wrangler.toml",
        environment="development",
        environment_name=None,
        service_name="bitware-content-granulator",
        log_level="info",
        state_dir=tmp_path / ".granulator",
        database_url=f"sqlite:///{database}",
        redis_url=None,
        shared_secrets=(),
        session_secret=None,
        rate_limit_per_minute=100,
        concurrency_per_key=10,
        lease_seconds=30,
        patience_seconds=60,
        webhook_allow_hosts=(),
        judge_model=None,
        default_provider=None,
        providers=ProviderSettings(),
        crons=("17 3 * * *",),
        missing_secrets=(),
    )
    assert settings.sqlite_path == database


def test_every_name_is_read_from_the_process_environment(tmp_path: Path) -> None:
    configure(tmp_path)

    settings = loaded(
        tmp_path,
        ENVIRONMENT="production",
        SERVICE_NAME="content",
        LOG_LEVEL="DEBUG",
        STATE_DIR="state",
        DATABASE_URL="postgresql://db/granulator",
        REDIS_URL="redis://cache",
        SHARED_SECRET=" one, ,two ,",
        SESSION_SECRET="three",
        RATE_LIMIT_PER_MINUTE="7",
        CONCURRENCY_PER_KEY="3",
        LEASE_SECONDS="5",
        WEBHOOK_ALLOW_HOSTS="localhost,10.0.0.0/8",
        WEBHOOK_SECRET=f"{WEBHOOK_SECRET}, whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        JUDGE_MODEL="openai/gpt",
        DEFAULT_PROVIDER="local",
        OPENAI_API_KEY="a",
        OPENAI_BASE_URL="http://localhost:1",
        ANTHROPIC_API_KEY="b",
        ANTHROPIC_BASE_URL="http://localhost:2",
        CLOUDFLARE_ACCOUNT_ID="c",
        CLOUDFLARE_API_TOKEN="d",
        CLOUDFLARE_BASE_URL="http://localhost:3",
        OPENAI_MODEL="m1",
        ANTHROPIC_MODEL="m2",
        CLOUDFLARE_MODEL="m3",
        AI_TRANSPORT="httpx2",
        RETRY_BASE_MS="20",
        PARALLEL_PARTS="9",
        SHUTDOWN_DELAY_SECONDS="4",
        DRAIN_SECONDS="60",
        QUEUE_WAIT_ALERT_SECONDS="30",
        RETENTION_JOBS_DAYS="90",
        RETENTION_EVENTS_DAYS="off",
        RETENTION_WEBHOOKS_DAYS="14",
    )

    assert settings == Settings(
        root=tmp_path,
        config_file=tmp_path / "wrangler.toml",
        environment="production",
        environment_name=None,
        service_name="content",
        log_level="debug",
        state_dir=tmp_path / "state",
        database_url="postgresql://db/granulator",
        redis_url="redis://cache",
        shared_secrets=("one", "two"),
        session_secret="three",
        rate_limit_per_minute=7,
        concurrency_per_key=3,
        lease_seconds=5,
        patience_seconds=60,
        webhook_allow_hosts=("localhost", "10.0.0.0/8"),
        webhook_secrets=(WEBHOOK_SECRET, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        judge_model="openai/gpt",
        default_provider="local",
        parallel_parts=9,
        shutdown_delay_seconds=4,
        drain_seconds=60,
        queue_wait_alert_seconds=30,
        retention_jobs_days=90,
        retention_events_days=None,
        retention_webhooks_days=14,
        providers=ProviderSettings(
            openai_api_key="a",
            openai_base_url="http://localhost:1",
            openai_model="m1",
            anthropic_api_key="b",
            anthropic_base_url="http://localhost:2",
            anthropic_model="m2",
            cloudflare_account_id="c",
            cloudflare_api_token="d",
            cloudflare_base_url="http://localhost:3",
            cloudflare_model="m3",
            transport="httpx2",
            retry_base_ms=20,
        ),
    )
    assert settings.sqlite_path is None


@pytest.mark.parametrize(
    ("files", "environ", "expected"),
    [
        ({}, {}, "vars"),
        ({"env": "SERVICE_NAME=env"}, {}, "env"),
        ({"env": "SERVICE_NAME=env", "env_local": "SERVICE_NAME=local"}, {}, "local"),
        ({"env": "SERVICE_NAME=env", "dev_vars": "SESSION_SECRET=x"}, {}, "vars"),
        ({"env": "SERVICE_NAME=env", "dev_vars": "SERVICE_NAME=dev"}, {}, "dev"),
        ({"dev_vars": "SERVICE_NAME=dev"}, {"SERVICE_NAME": "process"}, "process"),
        ({"dev_vars": "SERVICE_NAME=dev"}, {"SERVICE_NAME": "  "}, "dev"),
        ({"dev_vars": "SERVICE_NAME="}, {}, "vars"),
    ],
)
def test_the_strongest_source_wins(
    tmp_path: Path, files: Mapping[str, str], environ: Mapping[str, str], expected: str
) -> None:
    configure(tmp_path, '[vars]\nSERVICE_NAME = "vars"\n', **files)

    assert loaded(tmp_path, **environ).service_name == expected


STAGING = (
    '[vars]\nSERVICE_NAME = "top"\nLEASE_SECONDS = 9\n[triggers]\ncrons = ["1 * * * *"]\n'
    '[env.staging.vars]\nSERVICE_NAME = "staging"\n' + DATABASE.format(prefix="env.staging.", id="staging-id")
)


def test_an_environment_inherits_crons_but_neither_vars_nor_bindings(tmp_path: Path) -> None:
    configure(tmp_path, STAGING)

    settings = loaded(tmp_path, "staging")

    assert settings.environment_name == "staging"
    assert (settings.service_name, settings.lease_seconds, settings.crons) == ("staging", 30, ("1 * * * *",))
    assert settings.sqlite_path == tmp_path / ".granulator/state/d1/staging-id.sqlite"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"dev_vars": "SERVICE_NAME=general"}, "general"),
        ({"dev_vars": "SERVICE_NAME=general", "dev_vars_staging": "LEASE_SECONDS=5"}, "staging"),
        ({"dev_vars": "SERVICE_NAME=general", "dev_vars_staging": "SERVICE_NAME=special"}, "special"),
        ({"env": "SERVICE_NAME=1", "env_staging": "SERVICE_NAME=2"}, "2"),
        ({"env": "SERVICE_NAME=1", "env_staging": "SERVICE_NAME=2", "env_local": "SERVICE_NAME=3"}, "3"),
        ({"env_local": "SERVICE_NAME=3", "env_staging_local": "SERVICE_NAME=4"}, "4"),
    ],
)
def test_files_of_an_environment_replace_dev_vars_and_merge_into_env(
    tmp_path: Path, files: Mapping[str, str], expected: str
) -> None:
    configure(tmp_path, STAGING, **files)

    assert loaded(tmp_path, "staging").service_name == expected


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, None),
        ({"CLOUDFLARE_ENV": "staging"}, "staging"),
        ({"ENVIRONMENT": "production"}, "production"),
        ({"CLOUDFLARE_ENV": "staging", "ENVIRONMENT": "production"}, "staging"),
    ],
)
def test_the_process_environment_selects_the_table(
    tmp_path: Path, environ: Mapping[str, str], expected: str | None
) -> None:
    configure(tmp_path, STAGING + DATABASE.format(prefix="env.production.", id="live"))

    assert loaded(tmp_path, **environ).environment_name == expected


def test_production_needs_no_table_of_its_own(tmp_path: Path) -> None:
    configure(tmp_path, STAGING)

    settings = loaded(tmp_path, ENVIRONMENT="production")

    assert (settings.environment_name, settings.is_production, settings.service_name) == (None, True, "top")


def test_an_unknown_environment_lists_the_known_ones(tmp_path: Path) -> None:
    configure(tmp_path, STAGING + DATABASE.format(prefix="env.live.", id="live"))

    assert error_of(tmp_path, "stagin") == "Unknown environment 'stagin'; wrangler.toml defines: live, staging"


def test_names_that_are_not_declared_are_not_taken_from_the_process(tmp_path: Path) -> None:
    configure(tmp_path, '[vars]\nDECLARED = "1"\n')

    settings = loaded(tmp_path, service_name="lower", PATH="/bin", GRANULATOR_SERVICE_NAME="other")

    assert settings == loaded(tmp_path)


def test_a_line_that_is_no_assignment_is_named_without_its_text(tmp_path: Path) -> None:
    configure(tmp_path, dev_vars="# one\nSESSION_SECRET=x\nSHARED_SECRET hunter2\n")

    assert error_of(tmp_path) == f"{tmp_path / '.dev.vars'} line 3 is not NAME=value"


@pytest.mark.parametrize(("environment", "seconds"), [("development", 0), ("Production", 3)])
def test_a_server_takes_its_leave_from_a_load_balancer_only_in_production(
    tmp_path: Path, environment: str, seconds: int
) -> None:
    configure(tmp_path)

    assert loaded(tmp_path, ENVIRONMENT=environment).shutdown_delay_seconds == seconds


def test_results_are_kept_for_ever_unless_something_else_is_asked_for(tmp_path: Path) -> None:
    configure(tmp_path, "[vars]\nRETENTION_EVENTS_DAYS = 3\n")

    settings = loaded(tmp_path)

    kept = (settings.retention_jobs_days, settings.retention_events_days, settings.retention_webhooks_days)
    assert kept == (None, 3, 30)


@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "CLOUDFLARE_API_TOKEN", "SHARED_SECRET", "my_key"])
def test_a_secret_in_vars_is_refused(tmp_path: Path, name: str) -> None:
    configure(tmp_path, f'[vars]\n{name} = "hunter2"\n')

    where = tmp_path / "wrangler.toml"
    assert error_of(tmp_path) == f"{where}: [vars] must not hold the secret {name}; put it in .dev.vars"


def test_numbers_tables_and_empty_secrets_are_allowed_in_vars(tmp_path: Path) -> None:
    configure(tmp_path, '[vars]\nCONCURRENCY_PER_KEY = 4\nOPENAI_API_KEY = ""\nLIMITS = { a = 1 }\n')

    settings = loaded(tmp_path)

    assert (settings.concurrency_per_key, settings.providers.openai_api_key) == (4, None)


@pytest.mark.parametrize(
    ("text", "environment", "expected"),
    [
        ("[[d1_databases]]\nbinding = 'OTHER'\n", None, "{file} has no d1_databases entry with binding DB"),
        (DATABASE.format(prefix="", id="x") + "[env.live.vars]\n", "live", "{file} [env.live] has no d1_databases"),
        (DATABASE.format(prefix="", id="../x"), None, "{file}: the d1_databases binding DB needs a plain database_id"),
        ("vars = 3\n" + DATABASE.format(prefix="", id="x"), None, "wrangler.toml: vars must be a table"),
        ("[triggers]\ncrons = 'x'\n" + DATABASE.format(prefix="", id="x"), None, "{file}: crons must be a list"),
        ("x = = 1", None, "{file} cannot be read: "),
    ],
)
def test_a_wrangler_file_that_cannot_work_is_refused(
    tmp_path: Path, text: str, environment: str | None, expected: str
) -> None:
    file = tmp_path / "wrangler.toml"
    file.write_text(text)

    assert error_of(tmp_path, environment).startswith(expected.format(file=file))


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("ENVIRONMENT", "prod", "ENVIRONMENT is 'prod' but must be one of development, production"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL is 'loud' but must be one of debug, info, warning, error, critical"),
        (
            "RATE_LIMIT_PER_MINUTE",
            "0",
            "RATE_LIMIT_PER_MINUTE is '0' but must be a whole number from 1 to 1000000",
        ),
        ("CONCURRENCY_PER_KEY", "ten", "CONCURRENCY_PER_KEY is 'ten' but must be a whole number from 1 to 10000"),
        ("LEASE_SECONDS", "2.5", "LEASE_SECONDS is '2.5' but must be a whole number from 1 to 3600"),
        (
            "RETENTION_JOBS_DAYS",
            "0",
            "RETENTION_JOBS_DAYS is '0' but must be a whole number from 1 to 36500, or off",
        ),
        (
            "WEBHOOK_ALLOW_HOSTS",
            "hooks.lan, 10.0.0.1/8",
            "WEBHOOK_ALLOW_HOSTS: '10.0.0.1/8' is no host name, address or network: 10.0.0.1/8 has host bits set",
        ),
        (
            "WEBHOOK_ALLOW_HOSTS",
            "hooks.lan:8080",
            "WEBHOOK_ALLOW_HOSTS: 'hooks.lan:8080' is no host name, address or network:"
            " 'hooks.lan:8080' does not appear to be an IPv4 or IPv6 network",
        ),
        ("WEBHOOK_SECRET", "hunter2", "WEBHOOK_SECRET must be whsec_ and the base64 of 24 to 64 random bytes"),
        (
            "WEBHOOK_SECRET",
            "whsec_aHVudGVyMg==",
            "WEBHOOK_SECRET must be whsec_ and the base64 of 24 to 64 random bytes",
        ),
        ("JUDGE_MODEL", "gpt 4", "JUDGE_MODEL is 'gpt 4' but must be off, provider or provider/model"),
        ("DATABASE_URL", "mysql://u:hunter2@h", "DATABASE_URL must start with sqlite:/// or postgresql://"),
        ("REDIS_URL", "http://u:hunter2@h", "REDIS_URL must start with redis:// or rediss:// or unix://"),
        ("OPENAI_BASE_URL", "ftp://x", "OPENAI_BASE_URL must start with https:// or http://"),
    ],
)
def test_a_bad_value_is_refused_by_name(tmp_path: Path, name: str, value: str, expected: str) -> None:
    configure(tmp_path)

    assert error_of(tmp_path, **{name: value}) == expected


@pytest.mark.parametrize(
    "value", ["off", "openai", "openai/gpt-6-luna", "cloudflare/@cf/meta/llama-3.3-70b-instruct-fp8-fast"]
)
def test_a_judge_is_off_a_provider_or_one_of_its_models(tmp_path: Path, value: str) -> None:
    configure(tmp_path)

    assert loaded(tmp_path, JUDGE_MODEL=value).judge_model == value


def test_a_value_of_the_wrong_kind_in_vars_is_refused_by_name(tmp_path: Path) -> None:
    configure(tmp_path, "[vars]\nSERVICE_NAME = 3\n")

    assert error_of(tmp_path) == "SERVICE_NAME must be text"


def test_an_unreadable_dev_vars_is_refused_without_its_content(tmp_path: Path) -> None:
    configure(tmp_path)
    (tmp_path / ".dev.vars").write_bytes(b"SHARED_SECRET=hunter2\xff")

    assert error_of(tmp_path) == f"{tmp_path / '.dev.vars'} cannot be read: UnicodeDecodeError"


def test_no_secret_has_a_repr(tmp_path: Path) -> None:
    configure(tmp_path)

    secret = {
        "SHARED_SECRET": "hunter2",
        "SESSION_SECRET": "hunter2",
        "OPENAI_API_KEY": "hunter2",
        "ANTHROPIC_API_KEY": "hunter2",
        "CLOUDFLARE_API_TOKEN": "hunter2",
        "DATABASE_URL": "postgresql://u:hunter2@h/d",
        "REDIS_URL": "redis://:hunter2@h",
        "WEBHOOK_SECRET": WEBHOOK_SECRET,
    }

    shown = repr(loaded(tmp_path, **secret))
    assert "hunter2" not in shown
    assert WEBHOOK_SECRET not in shown


def test_further_providers_are_configured_in_a_table_or_as_json_and_their_keys_by_name(tmp_path: Path) -> None:
    configure(
        tmp_path,
        """
        [vars.AI_PROVIDERS.ollama]
        base_url = "http://localhost:11434/v1"
        models = ["llama3", "qwen"]
        default_model = "qwen"
        aliases = { small = "qwen" }
        profile = { structured = "json" }
        price = { input = "0", output = "0" }
        """,
    )
    gateway = '{"gateway": {"kind": "openai", "key_env": "GATEWAY_KEY", "models": ["gpt-6-luna"]}}'

    assert loaded(tmp_path).providers.aliases == (
        AliasSettings(
            name="ollama",
            kind="openai-compatible",
            base_url="http://localhost:11434/v1",
            models=("llama3", "qwen"),
            default_model="qwen",
            aliases={"small": "qwen"},
            profile={"structured": "json"},
            price=("0", "0"),
        ),
    )
    configured = loaded(tmp_path, AI_PROVIDERS=gateway, GATEWAY_KEY="hunter2")
    assert configured.providers.aliases == (
        AliasSettings("gateway", "openai", None, ("gpt-6-luna",), "gpt-6-luna", api_key="hunter2"),
    )
    assert "hunter2" not in repr(configured)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("{", "AI_PROVIDERS is not valid JSON"),
        ("[]", "AI_PROVIDERS must be an object of provider names"),
        ('{"openai": {"models": ["m"]}}', "'openai' must be a new name"),
        ('{"A b": {"models": ["m"]}}', "'A b' must be a new name"),
        ('{"x": {"models": []}}', "x.models: List should have at least 1 item"),
        ('{"x": {"models": ["m"], "url": "http://h"}}', "x.url: Extra inputs are not permitted"),
        ('{"x": {"models": ["m"], "base_url": "ftp://h"}}', "x.base_url: String should match pattern"),
        ('{"x": {"models": ["m"]}}', "x.base_url is missing"),
        ('{"x": {"models": ["m"], "base_url": "http://h", "key_env": "NO_KEY"}}', "names NO_KEY, which is not set"),
        ('{"x": {"models": ["m"], "base_url": "http://h", "default_model": "n"}}', "not among its models"),
        ('{"x": {"models": ["m"], "base_url": "http://h", "price": {"input": "1e9", "output": "0"}}}', "x.price.input"),
    ],
)
def test_a_further_provider_that_is_configured_wrongly_is_refused_with_the_place(
    tmp_path: Path, written: str, reason: str
) -> None:
    assert reason in error_of(tmp_path, AI_PROVIDERS=written)


def test_only_listed_secrets_are_read_from_the_files_when_a_list_is_given(tmp_path: Path) -> None:
    configure(
        tmp_path,
        '[secrets]\nrequired = ["OPENAI_API_KEY", "ANTHROPIC_API_KEY"]\n',
        dev_vars="OPENAI_API_KEY=a\nCLOUDFLARE_API_TOKEN=b\nSESSION_SECRET=c\n",
    )

    settings = loaded(tmp_path)

    assert settings.providers == ProviderSettings(openai_api_key="a")
    assert settings.session_secret == "c"
    assert settings.missing_secrets == ("ANTHROPIC_API_KEY",)


def test_a_listed_secret_that_is_missing_stops_the_start_in_every_environment(tmp_path: Path) -> None:
    configure(tmp_path, '[secrets]\nrequired = ["OPENAI_API_KEY"]\n')
    settings, _ = ensure_development_secrets(loaded(tmp_path))

    with pytest.raises(ConfigurationError, match="^Missing OPENAI_API_KEY: "):
        require_secrets(settings)


@pytest.mark.parametrize(
    ("environ", "missing"),
    [
        ({}, "SHARED_SECRET, SESSION_SECRET"),
        ({"SHARED_SECRET": "a"}, "SESSION_SECRET"),
        ({"SESSION_SECRET": "a", "SHARED_SECRET": " , "}, "SHARED_SECRET"),
    ],
)
def test_production_refuses_to_start_without_its_secrets(
    tmp_path: Path, environ: Mapping[str, str], missing: str
) -> None:
    settings, written = ensure_development_secrets(loaded(tmp_path, ENVIRONMENT="production", **environ))

    with pytest.raises(ConfigurationError) as caught:
        require_secrets(settings)

    assert written is None
    assert str(caught.value) == (
        f"Missing {missing}: set it in the environment or in {tmp_path / '.dev.vars'} (ENVIRONMENT is production)"
    )


def test_the_first_start_in_development_writes_random_secrets_only_the_owner_can_read(tmp_path: Path) -> None:
    settings, written = ensure_development_secrets(loaded(tmp_path))

    assert written == tmp_path / ".dev.vars"
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert len(settings.shared_secrets[0]) >= 43
    assert settings.session_secret not in (None, settings.shared_secrets[0])
    assert ensure_development_secrets(loaded(tmp_path)) == (settings, None)
    assert os.listdir(tmp_path) == [".dev.vars"]
    require_secrets(settings)


def test_a_missing_secret_is_added_and_existing_lines_stay(tmp_path: Path) -> None:
    (tmp_path / ".dev.vars").write_text("# mine\nSHARED_SECRET=kept\nSESSION_SECRET=\nOPENAI_API_KEY=x")

    settings, written = ensure_development_secrets(loaded(tmp_path))

    assert written == tmp_path / ".dev.vars"
    assert settings.shared_secrets == ("kept",)
    assert (tmp_path / ".dev.vars").read_text() == (
        f"# mine\nSHARED_SECRET=kept\nSESSION_SECRET=\nOPENAI_API_KEY=x\nSESSION_SECRET={settings.session_secret}\n"
    )
    assert loaded(tmp_path) == settings


def test_secrets_go_to_env_local_where_env_files_are_in_use(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("OPENAI_API_KEY=x\n")

    settings, written = ensure_development_secrets(loaded(tmp_path))

    assert written == tmp_path / ".env.local"
    assert loaded(tmp_path) == settings
    assert settings.providers.openai_api_key == "x"


def test_a_start_that_lost_the_race_uses_the_secrets_of_the_winner(tmp_path: Path) -> None:
    first, second = loaded(tmp_path), loaded(tmp_path)

    winner, written = ensure_development_secrets(first)
    loser, _ = ensure_development_secrets(second)

    assert written is not None
    assert loser == winner


def test_a_directory_that_cannot_be_written_is_named_with_the_way_out(tmp_path: Path) -> None:
    settings = replace(loaded(tmp_path), root=tmp_path / "gone")

    with pytest.raises(ConfigurationError) as caught:
        ensure_development_secrets(settings)

    assert str(caught.value) == (
        f"{tmp_path / 'gone' / '.dev.vars'} cannot be written (No such file or directory): "
        "make the directory writable or set SHARED_SECRET, SESSION_SECRET"
    )


@pytest.mark.parametrize("is_configured", [True, False])
def test_the_root_is_the_configured_working_directory_or_the_checkout(tmp_path: Path, is_configured: bool) -> None:
    if is_configured:
        configure(tmp_path)
    checkout = Path(__file__).parents[2]
    script = "from granulator.settings import load; print(load().root)"

    shown = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={"PYTHONPATH": str(checkout)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert shown.stdout.strip() == str(tmp_path if is_configured else checkout)


def test_every_kind_of_host_may_be_listed_for_webhooks(tmp_path: Path) -> None:
    configure(tmp_path)

    listed = "localhost, receiver_1, Hooks.example.com, 127.0.0.1, ::1, 10.0.0.0/8, fd00::/8"

    assert loaded(tmp_path, WEBHOOK_ALLOW_HOSTS=listed).webhook_allow_hosts == tuple(listed.split(", "))


def test_a_derived_key_is_its_own_for_every_purpose_and_secret(tmp_path: Path) -> None:
    configure(tmp_path)
    one, other = (loaded(tmp_path, SESSION_SECRET=secret) for secret in ("one", "other"))

    found = [settings.derived_key(purpose) for settings in (one, other) for purpose in ("webhook", "callback")]

    assert (len(set(found)), {len(key) for key in found}) == (4, {32})
    assert one.derived_key("webhook") == found[0]


def test_the_object_storage_takes_the_variables_of_aws_and_shows_no_secret(
    tmp_path: Path,
) -> None:
    configure(tmp_path)
    environ = {
        "OBJECT_STORAGE_URL": "s3://bucket/prefix",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": "https://s3.example",
        "AWS_ACCESS_KEY_ID": "hidden-id",
        "AWS_SECRET_ACCESS_KEY": "hidden-key",
        "AWS_SESSION_TOKEN": "hidden-token",
    }

    plain, special = loaded(tmp_path, **environ), loaded(tmp_path, **environ, AWS_REGION="eu-west-1")

    assert plain.object_storage == ObjectStorageSettings(
        "s3://bucket/prefix", "us-east-1", "https://s3.example", "hidden-id", "hidden-key", "hidden-token"
    )
    assert special.object_storage.region == "eu-west-1"
    assert "hidden" not in repr(plain)


@pytest.mark.parametrize(
    "environ",
    [
        {"OBJECT_STORAGE_URL": "gs://bucket"},
        {"OBJECT_STORAGE_URL": "/var/objects"},
        {"AWS_ENDPOINT_URL": "s3.example"},
        {"AWS_ENDPOINT_URL_S3": "s3.example"},
    ],
)
def test_an_address_of_the_object_storage_that_is_none_is_refused(tmp_path: Path, environ: dict[str, str]) -> None:
    configure(tmp_path)

    with pytest.raises(ConfigurationError, match=f"{next(iter(environ))} must start with "):
        loaded(tmp_path, **environ)
