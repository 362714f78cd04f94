"""One mock server for all tests of it; it forgets between them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.mock_server import MockAi, mock_ai


@pytest.fixture(scope="session")
def server() -> Iterator[MockAi]:
    with mock_ai() as running:
        yield running


@pytest.fixture
def mock(server: MockAi) -> MockAi:
    server.reset()
    return server
