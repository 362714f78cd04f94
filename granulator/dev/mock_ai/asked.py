"""What a request to the mock asks for and what is answered, in no vendor's words; how JSON of any shape is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from granulator.model import Json

Form = Literal["text", "json", "schema", "tool"]
"""How the answer is to be written: free text, any JSON object, JSON of a schema, the arguments of a tool."""

StopReason = Literal["complete", "length", "refuse", "filter"]

BYTES_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of the conversation; images and the like are left out."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. ``model`` still carries its ``#scenario``; ``sent`` names the parameters that were sent."""

    model: str
    turns: tuple[Turn, ...]
    form: Form = "text"
    schema: Json = None
    tool: str = ""
    is_tool_forced: bool = False
    streams: bool = False
    reports_usage: bool = True
    max_tokens: int | None = None
    sent: frozenset[str] = frozenset()

    @property
    def prompt(self) -> str:
        return "\n\n".join(turn.text for turn in self.turns)

    @property
    def orders(self) -> str:
        """Return what was said to the model, without what it said itself."""
        return "\n\n".join(turn.text for turn in self.turns if turn.role != "assistant")

    @property
    def user_turns(self) -> int:
        return sum(turn.role == "user" for turn in self.turns)

    @property
    def base_model(self) -> str:
        return self.model.rpartition("#")[0] or self.model


@dataclass(frozen=True, slots=True)
class Spent:
    """Tokens of one call; ``cached`` and ``written`` are parts of ``prompt``, ``reasoning`` of ``output``."""

    prompt: int
    output: int
    cached: int = 0
    written: int = 0
    reasoning: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model answers. ``stop`` None means that it never said why it stopped."""

    text: str
    stop: StopReason | None
    spent: Spent
    form: Form = "text"
    tool: str = ""
    reports_usage: bool = True


def tokens(text: str) -> int:
    """Return the number of tokens the mock bills for a text: at least 1, else one per four bytes."""
    return max(1, len(text.encode("utf-8", "surrogatepass")) // BYTES_PER_TOKEN)


def mapping(value: Json) -> Mapping[str, Json]:
    """Return the value if it is an object, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def rows(value: Json) -> Iterator[Mapping[str, Json]]:
    """Yield the objects of a list; nothing of anything else."""
    for row in listed(value):
        if isinstance(row, Mapping):
            yield row


def listed(value: Json) -> Sequence[Json]:
    """Return the value if it is a list, else an empty one."""
    return cast("Sequence[Json]", value) if isinstance(value, list | tuple) else ()


def string(value: Json) -> str:
    """Return the value if it is text, else ""."""
    return value if isinstance(value, str) else ""


def number(value: Json) -> int | None:
    """Return the value if it is a whole number, else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def text_of(content: Json) -> str:
    """Return the text of a message whose content is a string or a list of parts."""
    if isinstance(content, str):
        return content
    return "\n".join(string(part.get("text")) for part in rows(content) if part.get("type", "text") == "text")
