"""What a prompt orders, as far as a stand-in for a model must know: topic, counts, plan, lengths and passages. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from granulator.dev.mock_ai.asked import mapping, rows
from granulator.model import Json

T = TypeVar("T")

TOPIC_MAX = 70
_BLOCK = re.compile(r"<([a-z_-]+?)((?:-[0-9a-f]{3,})?)>\s*(.*?)\s*</\1\2>", re.DOTALL)
_COUNT = re.compile(r"\b(\d+|no|none)(?: or \d+)? (?:of them )?(?:a )?([a-z]+)( in all| deep| each)?")
_LABELLED = re.compile(r"^(?:#+ )?\[([ps]\d+)\] ?(.*)$")
_HEADING = re.compile(r"^(#+) \[(s\d+)\].*(\n\[p)?", re.MULTILINE)
_SENTENCE = re.compile(r"[^.!?]+[.!?]+[\"')\]]*(?=\s|$)")
_PLANNED = re.compile(r"^\s*((?:step|concept|chapter|milestone|lesson|q)_\w+)[ :]+(.+)$", re.MULTILINE)
_GROUP = re.compile(r"^(module_\d+) ", re.MULTILINE)
_CAST = re.compile(r"\b((?:char|thread)_\w+) ([^;,\n]+)")
_SCHEMA = re.compile(r"^JSON Schema:\s*", re.MULTILINE)
_REQUIREMENT = re.compile(r"(?: \([a-z]+\))?(?:, in at least \d+ places)?(?:, in (?:\d[\d.]* \(|[a-z]+_)[^\n]*)?$")
"""What is said of a required name after it: its type, how often and where it is to be."""

_SENTENCE_WORDS_MIN = 5


@dataclass(frozen=True, slots=True)
class Passage:
    """A labelled piece of the source."""

    label: str
    text: str


@dataclass(frozen=True)
class Brief:
    """A prompt taken apart: the blocks between tags by name, and the words outside of them.

    ``attempt`` is 1 unless the model is asked again; then it answers in other words.
    """

    blocks: Mapping[str, str]
    instructions: str
    attempt: int = 1

    @cached_property
    def topic(self) -> str:
        """Return the topic on one line, short enough to stand in a sentence."""
        text = " ".join((self.blocks.get("topic") or self.instructions).split()) or "the subject"
        if len(text) > TOPIC_MAX:
            text = text[:TOPIC_MAX].rpartition(" ")[0] or text[:TOPIC_MAX]
        return text.rstrip(" .,:;!?(") or "the subject"

    @cached_property
    def part(self) -> Mapping[str, Json]:
        """Return the part of the plan that is to be written; empty where everything is."""
        try:
            found: Json = json.loads(self.blocks.get("part", "null"))
        except ValueError:
            return {}
        return mapping(found)

    @cached_property
    def leaves(self) -> tuple[Mapping[str, Json], ...]:
        return tuple(rows(self.part.get("leaves")))

    @cached_property
    def planned(self) -> Mapping[str, str]:
        """Return the ids of the plan's leaves with what it says of them, in order."""
        return dict(_PLANNED.findall(self.blocks.get("outline", "")))

    @cached_property
    def planned_groups(self) -> tuple[str, ...]:
        """Return the ids of the plan's modules, in order."""
        return tuple(_GROUP.findall(self.blocks.get("outline", "")))

    @cached_property
    def cast(self) -> Mapping[str, str]:
        """Return the ids of the plan's characters and threads with their names, in order."""
        return dict(_CAST.findall(self.blocks.get("outline", "")))

    @cached_property
    def required(self) -> tuple[str, ...]:
        """Return the names that must occur."""
        lines = self.blocks.get("required-elements", "").splitlines()
        return tuple(name for line in lines if (name := _REQUIREMENT.sub("", line.removeprefix("- ").strip())))

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        return tuple(found for found in self._labelled if found.label.startswith("p"))

    @cached_property
    def sections(self) -> tuple[str, ...]:
        """Return the labels of the sections that have passages of their own and no sections below them."""
        found = [*_HEADING.finditer(self.blocks.get("source", "")), None]
        return tuple(
            one[2]
            for one, after in zip(found, found[1:], strict=False)
            if one is not None and (after is None or len(after[1]) <= len(one[1])) and one[3]
        )

    @cached_property
    def _labelled(self) -> tuple[Passage, ...]:
        found: list[Passage] = []
        for line in self.blocks.get("source", "").splitlines():
            label = _LABELLED.match(line)
            if label:
                found.append(Passage(label[1], label[2]))
            elif found:
                found[-1] = Passage(found[-1].label, f"{found[-1].text} {line}".strip())
        return tuple(found)

    @cached_property
    def sentences(self) -> tuple[tuple[str, str], ...]:
        """Return every whole sentence of the passages with the label of its passage, each sentence once."""
        found: dict[str, str] = {}
        for passage in self.passages:
            for sentence in _SENTENCE.findall(passage.text):
                text = " ".join(sentence.split())
                if len(text.split()) >= _SENTENCE_WORDS_MIN:
                    found.setdefault(text, passage.label)
        return tuple(found.items())

    @cached_property
    def _counts(self) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for count, noun, kind in _COUNT.findall(self.instructions):
            key = f"{_singular(noun)}{kind}"
            found.setdefault(key, int(count) if count.isdecimal() else 0)
        return found

    def count(self, noun: str, default: int) -> int:
        """Return how many of something are asked for."""
        return self._counts.get(noun, default)

    def total(self, group: str, leaf: str, default: int) -> int:
        """Return how many leaves are asked for in all groups together."""
        if f"{leaf} in all" in self._counts:
            return self._counts[f"{leaf} in all"]
        each = self._counts.get(f"{leaf} each")
        return default if each is None else each * self.count(group, 1)

    @cached_property
    def act_chapters(self) -> tuple[int, ...]:
        """Return the chapters of each act where the prompt gives them."""
        found = re.search(r"acts with (\d+), (\d+) and (\d+) chapters", self.instructions)
        return tuple(map(int, found.groups())) if found else ()

    def length(self, pattern: str, default: int) -> int:
        """Return the number of words asked for by a hint such as ``(\\d+) words of content``."""
        found = re.search(pattern, self.instructions)
        return int(found[1]) if found else default


def brief_of(prompt: str, attempt: int = 1) -> Brief:
    """Take a prompt apart; of blocks of one name the last one counts, since a re-ask comes after its first ask."""
    blocks = {found[1]: found[3] for found in _BLOCK.finditer(prompt)}
    return Brief(blocks, _BLOCK.sub(" ", _without_schema(prompt)), attempt)


def schema_in(prompt: str) -> Json:
    """Return the JSON Schema that stands in a prompt behind ``JSON Schema:``, plain or in a fence, else None."""
    for mark in _SCHEMA.finditer(prompt):
        text = prompt[mark.end() :].lstrip()
        text = re.sub(r"^```\w*\s*", "", text)
        try:
            found: Json = json.JSONDecoder().raw_decode(text)[0]
        except ValueError:
            continue
        if isinstance(found, Mapping):
            return found
    return None


def _without_schema(prompt: str) -> str:
    mark = _SCHEMA.search(prompt)
    if mark is None:
        return prompt
    end = prompt.find("\n\n", mark.end())
    return prompt[: mark.start()] + (prompt[end:] if end >= 0 else "")


def _singular(noun: str) -> str:
    return f"{noun[:-3]}y" if noun.endswith("ies") else noun.removesuffix("s")


def shared_out(items: Sequence[T], count: int) -> list[Sequence[T]]:
    """Return the items in so many runs, as even as possible; with fewer items than runs the last runs are empty."""
    base, more = divmod(len(items), max(1, count))
    runs, start = [], 0
    for place in range(count):
        end = start + base + (place < more)
        runs.append(items[start:end])
        start = end
    return runs
