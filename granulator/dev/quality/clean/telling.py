"""Hand-written novels, workflows and knowledge maps, from their notation to their structure; judges none."""

from __future__ import annotations

from itertools import chain

from granulator.dev.quality.clean.lines import Block, Line, names
from granulator.model import Json, JsonObject

_TRAITS = ("want", "need", "flaw")
_ARC = ("start", "turn", "end")


def novel(block: Block) -> JsonObject:
    """Return the novel the block notes; a thread is set up and paid off at "chapter" or "chapter.scene"."""
    head = block.before("character", "act")
    acts = block.blocks("act")
    chapters = list(chain.from_iterable(act.blocks("chapter") for act in acts))
    numbers = {id(chapter.head): number for number, chapter in enumerate(chapters, 1)}
    overview: JsonObject = {"title": block.head.value}
    overview |= {key: head.value(key) for key in ("logline", "genre", "pov", "tense", "setting")}
    overview |= {"themes": head.names("themes"), "targetWords": sum(int(row.head.field(2)) for row in chapters)}
    people = block.before("act").blocks("character", "thread")
    return {
        "schemaVersion": "1",
        "language": "en",
        "novelOverview": overview,
        "characters": [_character(row) for row in people if row.head.tag == "character"],
        "plotThreads": [_thread(row.head) for row in people if row.head.tag == "thread"],
        "acts": [_act(act, number, numbers) for number, act in enumerate(acts, 1)],
    }


def workflow(block: Block) -> JsonObject:
    """Return the workflow the block notes."""
    head = block.before("step")
    structure: JsonObject = {
        "schemaVersion": "1",
        "language": "en",
        "workflowOverview": {
            "name": block.head.value,
            "description": head.value("about"),
            "purpose": head.value("purpose"),
            "stakeholders": head.names("roles"),
        },
        "steps": [_step(step) for step in block.blocks("step")],
    }
    phases = [line.value.split(" = ") for line in block.body if line.tag == "phase"]
    if phases:
        structure["phases"] = [
            {"id": f"phase_{number}", "name": name, "stepIds": [f"step_{key}" for key in names(keys)]}
            for number, (name, keys) in enumerate(phases, 1)
        ]
    return structure


def knowledge_map(block: Block) -> JsonObject:
    """Return the knowledge map the block notes; the first concept is its root."""
    concepts = block.blocks("concept")
    overview: JsonObject = {
        "title": block.head.value,
        "description": block.value("about"),
        "rootId": f"concept_{concepts[0].head.field(0)}",
    }
    return {
        "schemaVersion": "1",
        "language": "en",
        "mapOverview": overview,
        "concepts": [_concept(concept) for concept in concepts],
        "relations": [_relation(line) for line in block.body if line.tag == "link"],
    }


def _character(block: Block) -> JsonObject:
    return {
        "id": f"char_{block.head.field(0)}",
        "name": block.head.field(1),
        "role": block.head.field(2),
        **{trait: block.value(trait) for trait in _TRAITS},
        "arc": {part: block.value(part) for part in _ARC},
    }


def _thread(line: Line) -> JsonObject:
    return {
        "id": f"thread_{line.field(0)}",
        "name": line.field(1),
        "type": line.field(2),
        "setupScene": _place(line.field(3)),
        "payoffScene": _place(line.field(4)),
    }


def _place(numbers: str) -> str:
    return f"{'scene' if '.' in numbers else 'chapter'}_{numbers.replace('.', '_')}"


def _act(block: Block, number: int, numbers: dict[int, int]) -> JsonObject:
    return {
        "id": f"act_{number}",
        "actNumber": number,
        "title": block.head.value,
        "purpose": block.value("purpose"),
        "chapters": [_chapter(chapter, numbers[id(chapter.head)]) for chapter in block.blocks("chapter")],
    }


def _chapter(block: Block, number: int) -> JsonObject:
    return {
        "id": f"chapter_{number}",
        "chapterNumber": number,
        "title": block.head.field(0),
        "summary": block.value("text"),
        "pov": f"char_{block.head.field(1)}",
        "targetWords": int(block.head.field(2)),
        "scenes": [_scene(scene, f"scene_{number}_{at}") for at, scene in enumerate(block.blocks("scene"), 1)],
    }


def _scene(block: Block, identity: str) -> JsonObject:
    scene: JsonObject = {"id": identity, **{key: block.value(key) for key in ("goal", "conflict", "outcome")}}
    scene["characterIds"] = [f"char_{name}" for name in names(block.head.field(0))]
    scene["threadIds"] = [f"thread_{name}" for name in names(block.head.field(1))]
    scene["location"] = block.head.field(2)
    return scene | {"beat": block.head.field(3)} if block.head.field(3) else scene


def _step(block: Block) -> JsonObject:
    kind = block.head.field(3)
    conditions: list[Json] = [_branch(line.value) for line in block.body if line.tag == "if"]
    return {
        "id": f"step_{block.head.field(0)}",
        "name": block.head.field(1),
        "description": block.value("text"),
        "type": kind or "task",
        "responsible": block.head.field(2),
        **_flow(block.value("in")),
        "nextSteps": [f"step_{name}" for name in block.names("next")],
        "conditions": conditions,
    }


def _flow(value: str) -> JsonObject:
    found: dict[str, list[str]] = {"in": [], "out": [], "tools": []}
    under = "in"
    for name in names(value):
        label, colon, rest = name.partition(": ")
        under = label if colon and label in found else under
        found[under].append(rest if colon and label in found else name)
    return {"inputs": found["in"], "outputs": found["out"], "tools": found["tools"]}


def _branch(value: str) -> JsonObject:
    target, rest = value.split(" = ")
    expression, label = (part.strip() for part in rest.split("|"))
    return {"expression": expression, "label": label, "next": f"step_{target}"}


def _concept(block: Block) -> JsonObject:
    return {
        "id": f"concept_{block.head.field(0)}",
        "label": block.head.field(1),
        "altLabels": names(block.head.field(3)),
        "definition": block.value("text"),
        "level": int(block.head.field(2)),
        "examples": block.values("eg"),
    }


def _relation(line: Line) -> JsonObject:
    source, kind, target = line.field(0).split()
    relation: JsonObject = {"source": f"concept_{source}", "target": f"concept_{target}", "type": kind}
    return relation | {"label": line.field(1)} if line.field(1) else relation
