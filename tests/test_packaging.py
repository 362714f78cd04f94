"""The wheel: it holds everything the server needs and works outside the checkout, without the network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sdist and wheel, built with the locked build tool; the wheel is built from the sdist."""
    target = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(target), str(ROOT)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    return target


@pytest.fixture(scope="module")
def installed(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory the wheel was unpacked to; its dependencies come from this environment."""
    target = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(next(dist.glob("*.whl"))) as wheel:
        wheel.extractall(target)
    return target


def granulator(installed: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the installed command in a directory of its own, with nothing of this environment configured."""
    environ = {"PYTHONPATH": str(installed), "PATH": os.defpath, "HOME": str(cwd)}
    command = [sys.executable, "-P", "-m", "granulator", *arguments]
    return subprocess.run(command, cwd=cwd, env=environ, capture_output=True, text=True, check=False)


def test_the_wheel_holds_the_schema_the_templates_and_the_configuration(dist: Path) -> None:
    with zipfile.ZipFile(next(dist.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())

    packaged = {path.relative_to(ROOT).as_posix() for path in (ROOT / "templates").rglob("*") if path.is_file()}
    expected = {f"granulator/_data/{name}" for name in {*packaged, "schema.sql", "wrangler.toml"}}
    expected |= {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "granulator").rglob("*")
        if path.suffix in {".py", ".sql", ".md", ".json"}
    }
    assert expected - names == set()
    assert not [name for name in names if name.startswith(("tests/", "scripts/")) or name.endswith(".pyc")]


def test_the_sdist_holds_no_secret_and_no_state(dist: Path) -> None:
    with tarfile.open(next(dist.glob("*.tar.gz"))) as archive:
        names = [name.partition("/")[2] for name in archive.getnames()]

    assert "requirements.lock" in names
    assert not [name for name in names if name.startswith((".dev", ".env", ".granulator", ".venv"))]


def test_the_installed_package_is_the_one_that_runs(installed: Path, tmp_path: Path) -> None:
    script = "import granulator.settings as s; print(s.__file__); print(s.load().config_file); print(s.load().root)"

    shown = subprocess.run(
        [sys.executable, "-P", "-c", script],
        cwd=tmp_path,
        env={"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=True,
    )

    package = installed / "granulator"
    assert shown.stdout.split() == [
        str(package / "settings.py"),
        str(package / "_data" / "wrangler.toml"),
        str(tmp_path),
    ]


def test_the_installed_command_makes_a_course_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    sample = installed / "granulator" / "dev" / "sample.md"

    made = granulator(installed, "execute", "--source", str(sample), "--type", "course", "--json", cwd=tmp_path)

    assert made.returncode == 0, made.stderr
    body = json.loads(made.stdout)
    assert body["success"] is True
    assert body["output"]["structure"]["courseOverview"]["title"] == "How a Relational Database Keeps Its Promises"
    assert (tmp_path / ".granulator").is_dir()


def test_the_installed_command_shows_its_commands(installed: Path, tmp_path: Path) -> None:
    shown = granulator(installed, "--help", cwd=tmp_path)

    assert shown.returncode == 0, shown.stderr
    assert all(name in shown.stdout for name in ("serve", "execute", "keys", "migrate", "worker", "dev"))
