"""Checks of who appears in a novel: characters nobody meets, a protagonist who is hardly there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from granulator.granulation.checks.codes import issue, quote
from granulator.granulation.checks.document import Document, Expectation, Group
from granulator.granulation.checks.graph import nodes_of
from granulator.granulation.structures import at
from granulator.granulation.wording import contains, fold
from granulator.model import Issue, Json, StructureType

PROTAGONIST_SHARE = 1 / 3
"""Protagonists together are in fewer of the leaves than this only where somebody forgot them."""

LEAVES_MIN = 3
"""Fewer scenes, or chapters, say nothing about who is missing."""

CHARACTERS_MAX = 500
ENDING_MIN = 6
LAST_SEEN_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class _Character:
    path: str
    id: str
    name: str
    role: str

    def is_in(self, leaf: _Scene) -> bool:
        return self.id in leaf.refers or any(contains(leaf.text, name) for name in self.names)

    @property
    def names(self) -> list[str]:
        """The name, and its words that are long enough to stand for it: "Ines" for "Ines Duarte"."""
        whole = fold(self.name)
        return [whole, *(part for part in whole.split() if len(part) > 2 and part not in _TITLES)]


_TITLE_WORDS = (
    "the von van der den del old young big little mrs miss doctor captain king queen lady lord aunt uncle sister "
    "brother father mother son daughter sir dame professor inspector judge officer sergeant colonel general major "
    "minister mayor prince princess grandmother grandfather cousin widow baron count countess duke duchess master "
    "madam madame monsieur man woman boy girl child priest pastor reverend nurse detective teacher keeper"
)
_TITLES = frozenset(_TITLE_WORDS.split())
"""Words of a name that others may be called by."""


@dataclass(frozen=True, slots=True)
class _Scene:
    text: str
    refers: frozenset[str]


def character_vanishes(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find characters who are in no scene and no chapter, and protagonists who are in hardly any."""
    cast, acts = _read(document)
    told = [scene for act in acts for scene in act]
    if len(told) < LEAVES_MIN:
        return
    for character in cast:
        if not any(map(character.is_in, told)):
            message = f"{character.path}, {quote(character.name)}, is in no scene and no chapter"
            fix = f"Give {quote(character.name)} a part in the story, or remove {character.path}"
            yield issue("character_vanishes", character.path, message, fix)
    for role in ("protagonist", "antagonist"):
        for player in (character for character in cast if character.role == role):
            yield from _last_seen(player, told)
    heroes = [character for character in cast if character.role == "protagonist"]
    seen = sum(any(hero.is_in(scene) for hero in heroes) for scene in told)
    if heroes and 0 < seen < PROTAGONIST_SHARE * len(told):
        path, name = heroes[0].path, quote(heroes[0].name)
        message = f"{path}, the protagonist {name}, is in {seen} of {len(told)} scenes"
        yield issue("character_vanishes", path, message, f"Tell more scenes of {name}")


def _last_seen(player: _Character, told: Sequence[_Scene]) -> Iterator[Issue]:
    """Find a leading character who is not there any more when the story comes to its end."""
    last = max((index for index, scene in enumerate(told, start=1) if player.is_in(scene)), default=len(told))
    if len(told) >= ENDING_MIN and last <= LAST_SEEN_SHARE * len(told):
        message = f"{player.path}, {quote(player.name)}, is last seen in scene {last} of {len(told)}"
        fix = f"Tell what becomes of {quote(player.name)}"
        yield issue("character_vanishes", player.path, message, fix)


def character_absent(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find acts without the protagonist, and last acts without the antagonist."""
    cast, acts = _read(document)
    for role, wanted in (("protagonist", range(len(acts))), ("antagonist", range(2, len(acts)))):
        players = [character for character in cast if character.role == role]
        met = any(player.is_in(scene) for player in players for act in acts for scene in act)
        for number in wanted if met else ():
            if len(acts[number]) >= LEAVES_MIN and not any(p.is_in(s) for p in players for s in acts[number]):
                path = f"acts[{number}]"
                message = f"{path} is without {quote(players[0].name)}, the {role}"
                yield issue("character_absent", path, message, f"Let {quote(players[0].name)} appear in {path}")


def _read(document: Document) -> tuple[list[_Character], list[list[_Scene]]]:
    """Return the characters, and act by act what is told: scenes, with the summaries where there are none."""
    if document.structure_type is not StructureType.NOVEL:
        return [], []
    cast = [
        _Character(path, identity, _text(character, "name"), _text(character, "role"))
        for identity, path, character in nodes_of(document, "characters[]")
    ][:CHARACTERS_MAX]
    summaries = dict(_summaries(document))
    return cast, [_scenes(group, summaries) for group in document.groups]


def _scenes(act: Group, summaries: dict[str, _Scene]) -> list[_Scene]:
    """Return the leaves of an act; a scene is also told by the summary of a chapter of which it is the only one."""
    found = []
    alone = {chapter.leaves[0].path: chapter.path for chapter in act.inner if len(chapter.leaves) == 1}
    for leaf in act.leaves:
        around = summaries.get(alone.get(leaf.path, leaf.path))
        text, refers = fold(leaf.text), leaf.refers
        found.append(_Scene(f"{text}\n{around.text}", refers | around.refers) if around else _Scene(text, refers))
    return found


def _summaries(document: Document) -> Iterator[tuple[str, _Scene]]:
    for path, chapter in at(document.structure, "acts[].chapters[]"):
        told: Sequence[str] = (_text(chapter, "title"), _text(chapter, "summary"))
        yield path, _Scene(fold("\n".join(told)), frozenset({_text(chapter, "pov")}))


def _text(element: Json, key: str) -> str:
    value = element.get(key) if isinstance(element, dict) else None
    return value if isinstance(value, str) else ""
