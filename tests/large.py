"""Texts beyond what a row takes, and where their objects are on disk."""

from __future__ import annotations

from pathlib import Path

from granulator.dev.sample import SAMPLE
from granulator.settings import Settings

CHAPTERS = 3


def large_document() -> str:
    """A document whose course is an object too, with long words of three bytes a letter."""
    sample = SAMPLE.read_text(encoding="utf-8")
    return "\n\n".join(
        sample.replace("# ", f"# {chapter}th ").replace("e ", f"e{'語' * 60}{chapter} ") for chapter in range(CHAPTERS)
    )


def padded_document(size: int) -> str:
    """The sample, made ``size`` bytes long by blocks of code, which are quick to read."""
    block = f"```\n{'x = 1  # padding ' * 60}\n```\n\n"
    padding = block * (size // len(block) + 1)
    sample = SAMPLE.read_text(encoding="utf-8") + "\n\n"
    return sample + padding[: size - len(sample.encode())]


def object_files(settings: Settings) -> list[Path]:
    """The files of all objects."""
    return sorted(path for path in (settings.state_dir / "objects").rglob("*") if path.is_file())


def block(directory: Path) -> None:
    """Put a file in the place of a directory: nothing can be written there, by root neither."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    directory.rename(directory.with_suffix(".aside")) if directory.exists() else None
    directory.write_text("")


def unblock(directory: Path) -> None:
    """Undo ``block``."""
    directory.unlink()
    aside = directory.with_suffix(".aside")
    aside.rename(directory) if aside.exists() else None
