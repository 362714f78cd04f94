"""The parts every test is built from: a configured service on a real database, its clients and its documents."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from granulator.api import keys
from granulator.app import create_app
from granulator.dev.sample import SAMPLE
from granulator.services import Services
from granulator.settings import Settings, load
from tests.described import faults
from tests.mock_server import MockAi, mock_ai

pytest_plugins = ("tests.postgres",)

WORKER_TOKEN = "worker-token-of-the-tests"

IMPATIENT = {"DATABASE_PATIENCE_SECONDS": "1"}
"""How long jobs wait for a database that a test has broken for good."""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--postgres`` runs every test that has no reason to ask for SQLite on PostgreSQL."""
    parser.addoption("--postgres", action="store_true", help="run the tests of the service on PostgreSQL")


@pytest.fixture
def database_environment(request: pytest.FixtureRequest) -> dict[str, str]:
    """What the environment says about the database: nothing, or with ``--postgres`` one of the test alone."""
    return {"DATABASE_URL": request.getfixturevalue("postgres_url")} if request.config.getoption("postgres") else {}


@pytest.fixture
def settings(tmp_path: Path, database_environment: dict[str, str]) -> Settings:
    """Settings of an empty directory, with secrets made for the tests."""
    secrets = {
        "SHARED_SECRET": f"an-older-token, {WORKER_TOKEN}",
        "SESSION_SECRET": "session-secret-of-the-tests",
        **IMPATIENT,
    }
    return load(root=tmp_path, environ={**secrets, **database_environment})


@pytest.fixture(scope="session")
def mock() -> Iterator[MockAi]:
    """The mock AI server, for all tests that need a vendor."""
    with mock_ai() as started:
        yield started


def ai_environment(mock: MockAi) -> dict[str, str]:
    """What the environment must hold for every vendor to be the mock server, without pauses between attempts."""
    return {
        "OPENAI_API_KEY": "key-of-openai",
        "OPENAI_BASE_URL": f"{mock.url}/v1",
        "ANTHROPIC_API_KEY": "key-of-claude",
        "ANTHROPIC_BASE_URL": mock.url,
        "CLOUDFLARE_ACCOUNT_ID": "account",
        "CLOUDFLARE_API_TOKEN": "token-of-cloudflare",
        "CLOUDFLARE_BASE_URL": f"{mock.url}/client/v4",
        "AI_PROVIDERS": json.dumps({"lab": {"base_url": f"{mock.url}/v1", "models": ["lab-1", "lab-2"]}}),
        "RETRY_BASE_MS": "0",
        # What a job asks of its author is counted to the call; the tests of the judge switch it on.
        "JUDGE_MODEL": "off",
    }


@pytest.fixture
def ai_settings(tmp_path: Path, mock: MockAi, database_environment: dict[str, str]) -> Settings:
    """Settings with every provider configured, all of them the mock server."""
    mock.reset()
    secrets = {"SHARED_SECRET": WORKER_TOKEN, "SESSION_SECRET": "session-secret-of-the-tests", **IMPATIENT}
    return load(root=tmp_path, environ={**secrets, **database_environment, **ai_environment(mock)})


@pytest.fixture
async def ai_app(ai_settings: Settings) -> AsyncIterator[Starlette]:
    async with running(ai_settings) as started:
        yield started


@pytest.fixture
async def ai_client(ai_app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the tenant ``acme`` of a service whose vendors all are the mock server."""
    issued = await keys.issue(ai_app.state.services, client_id="acme", name="test")
    async with client_of(ai_app, x_api_key=issued.secret) as client:
        yield client


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Starlette]:
    """The application, started as a server starts it."""
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[Starlette]:
    async with running(settings) as started:
        yield started


@pytest.fixture
def services(app: Starlette) -> Services:
    opened: Services = app.state.services
    return opened


async def check_description(response: httpx.Response) -> None:
    """Hold every answer of every test against the published description of the API."""
    await response.aread()
    assert faults(response) == []


def client_of(app: Starlette, **headers: str) -> httpx.AsyncClient:
    """An HTTP client of the application that sends ``headers`` (underscores for dashes) with every request."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://granulator",
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        event_hooks={"response": [check_description]},
    )


@pytest.fixture
async def anonymous(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as client:
        yield client


@pytest.fixture
async def worker(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app, authorization=f"Bearer {WORKER_TOKEN}", x_worker_id="publisher") as client:
        yield client


NewClient = Callable[[str], Awaitable[httpx.AsyncClient]]


@pytest.fixture
async def new_client(app: Starlette, services: Services) -> AsyncIterator[NewClient]:
    """Make a client of a tenant, with an API key of its own."""
    opened: list[httpx.AsyncClient] = []

    async def make(client_id: str) -> httpx.AsyncClient:
        issued = await keys.issue(services, client_id=client_id, name="test")
        client = client_of(app, x_api_key=issued.secret)
        opened.append(client)
        return client

    yield make
    for client in opened:
        await client.aclose()


@pytest.fixture
async def client(new_client: NewClient) -> httpx.AsyncClient:
    """The client most tests use: the tenant ``acme``, with an API key."""
    return await new_client("acme")


@pytest.fixture
def document() -> str:
    """A real document: the bundled sample."""
    return SAMPLE.read_text(encoding="utf-8")


@pytest.fixture
def course_request(document: str) -> dict[str, object]:
    """A request that the local provider can serve."""
    source = {"text": document, "format": "markdown"}
    return {
        "action": "granulate",
        "input": {"topic": "Sample", "structureType": "course", "granularityLevel": 2, "source": source},
    }


@dataclass(frozen=True, slots=True)
class Server:
    """A real ``granulator serve`` on a free port."""

    url: str
    process: subprocess.Popen[bytes]
    directory: Path

    @property
    def pid(self) -> int:
        return self.process.pid


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment for real commands: secrets, and a state directory of its own, which is returned."""
    monkeypatch.setenv("SHARED_SECRET", WORKER_TOKEN)
    monkeypatch.setenv("SESSION_SECRET", "session-secret-of-the-tests")
    monkeypatch.setenv("STATE_DIR", str(tmp_path / "state"))
    # A directory that is configured is its own root: what a developer keeps in the checkout is not read.
    shutil.copy(Path(__file__).parents[1] / "wrangler.toml", tmp_path)
    return tmp_path


@pytest.fixture
def server(environment: Path) -> Iterator[Server]:
    with serving(environment) as started:
        yield started


@contextmanager
def serving(directory: Path, *arguments: str) -> Iterator[Server]:
    """Start a server in ``directory`` and wait until it answers; it is stopped in the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    command = [sys.executable, "-m", "granulator", "serve", "--port", url.rpartition(":")[2], *arguments]
    with (directory / "log").open("ab") as log, subprocess.Popen(command, stderr=log, cwd=directory) as process:
        try:
            with httpx.Client(transport=httpx.HTTPTransport(retries=9)) as client:
                client.get(url)
            yield Server(url, process, directory)
        finally:
            process.terminate()
