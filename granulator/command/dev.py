"""``granulator dev``: for trying and developing Granulator."""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys

import uvicorn

from granulator.dev.mock_ai import create_app
from granulator.dev.mock_ai.connection import Connection
from granulator.dev.sample import SAMPLE
from granulator.errors import ConfigurationError

HOST = "127.0.0.1"
BACKLOG = 1024


def sample_command(arguments: argparse.Namespace) -> int:
    """Print the bundled sample document."""
    sys.stdout.write(SAMPLE.read_text(encoding="utf-8"))
    return 0


def request_command(arguments: argparse.Namespace) -> int:
    """Print a body for ``POST /api/execute`` with the sample document as its source."""
    text = SAMPLE.read_text(encoding="utf-8")
    wanted = {
        "topic": text.partition("\n")[0].lstrip("# "),
        "structureType": arguments.type,
        "granularityLevel": arguments.level,
        "source": {"format": "markdown", "text": text},
    }
    sys.stdout.write(json.dumps({"action": "granulate", "input": wanted}) + "\n")
    return 0


def mock_ai_command(arguments: argparse.Namespace) -> int:
    """Serve the mock AI server until stopped."""
    app = create_app(
        latency_ms=arguments.latency_ms,
        ttft_ms=arguments.ttft_ms,
        tokens_per_second=arguments.tokens_per_second,
    )
    with _listening(arguments.port) as plug:
        sys.stderr.write(_settings_for(f"http://{HOST}:{plug.getsockname()[1]}"))
        config = uvicorn.Config(app, http=Connection, ws="none", lifespan="off", log_config=None, access_log=False)
        config.timeout_graceful_shutdown = 1
        uvicorn.Server(config).run(sockets=[plug])
    return 0


def _listening(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port), backlog=BACKLOG)
    except OSError as error:
        raise ConfigurationError(f"cannot listen on {HOST}:{port}: {os.strerror(error.errno or 0)}") from error


def _settings_for(url: str) -> str:
    return (
        f"The mock AI server listens on {url}; any key will do. "
        f"OPENAI_BASE_URL={url}/v1 ANTHROPIC_BASE_URL={url} CLOUDFLARE_BASE_URL={url}/client/v4\n"
    )
