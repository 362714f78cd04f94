"""Knowledge maps: a hierarchy of concepts and relations without circles, whole, as an outline, or one run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from granulator.dev.mock_ai import vocabulary as words
from granulator.dev.mock_ai.asked import string
from granulator.dev.mock_ai.fitting import Draft
from granulator.dev.mock_ai.prose import Voice, title_case
from granulator.dev.mock_ai.writers.order import Order, Sentences, cited, enough, mention, plan_text
from granulator.model import Json

CHILDREN = 4
DEFINITION_WORDS = r"(\d+) words in a definition"
_FURTHER = ("related", "prerequisite", "appliesTo", "contrasts")


def whole(order: Order) -> Draft:
    """Return a map; what only an outline or only a whole map has is all in it."""
    brief = order.brief
    total, depth = max(1, brief.count("concept", 12)), max(1, brief.count("level deep", 3))
    above, levels = _hierarchy(total, depth)
    labels = [order.heading, *(title_case(term) for term in order.terms(total - 1))]
    own = order.deal([f"concept_{place + 1}" for place in range(total)])
    concepts: list[Draft] = []
    for place, label in enumerate(labels):
        node: dict[str, Draft] = {
            "level": levels[place],
            "broader": "" if place == 0 else f"concept_{above[place] + 1}",
        }
        names = order.required_at(place, total)
        concepts.append({**_concept(order, f"concept_{place + 1}", label, names, own[f"concept_{place + 1}"]), **node})
    broader: list[Draft] = [
        {"source": f"concept_{place + 1}", "target": f"concept_{above[place] + 1}", "type": "broader"}
        for place in range(1, total)
    ]
    further = [_relation(place, total, above) for place in range(2, total, 3)]
    return {"mapOverview": _overview(order), "concepts": concepts, "relations": [*broader, *further]}


def part(order: Order) -> Draft:
    """Return the planned concepts under their ids, and relations from them to earlier ones."""
    own = order.draw([ident for ident in order.brief.planned if ident.startswith("concept_")])
    concepts: list[Draft] = []
    relations: list[Draft] = []
    total = max(len(order.brief.planned), 1)
    for leaf in order.brief.leaves:
        ident = string(leaf.get("id"))
        names = order.required_for(ident, plan_text(leaf))
        label = string(leaf.get("label")) or string(leaf.get("title"))
        concepts.append(_concept(order, ident, label, names, own.get(ident, ())))
        place = _place(ident)
        if place >= 2 and place % 3 == 2:
            relations.append(_relation(place, total, {place: _parent(leaf)}))
    return {"concepts": concepts, "relations": relations}


def _hierarchy(total: int, depth: int) -> tuple[Mapping[int, int], Sequence[int]]:
    """Return the place above each concept and the level of each, as broad as it must be and as deep as asked."""
    above: dict[int, int] = {}
    levels = [1]
    for place in range(1, total):
        if place < depth:
            parent = place - 1
        else:
            open_places = [at for at in range(place) if levels[at] < depth]
            parent = open_places[(place * 7) % len(open_places)] if open_places else 0
        above[place] = parent
        levels.append(levels[parent] + 1)
    return above, levels


def _relation(place: int, total: int, above: Mapping[int, int]) -> Draft:
    # Always to an earlier concept that is not the one above, so that no circle can close.
    target = next((at for at in range(place - 1, 0, -1) if at != above.get(place)), 0)
    kind = _FURTHER[place % len(_FURTHER)]
    return {"source": f"concept_{place + 1}", "target": f"concept_{target + 1}", "type": kind, "weight": 0.5}


def _place(ident: str) -> int:
    digits = "".join(filter(str.isdigit, ident))
    return int(digits) - 1 if digits else 0


def _parent(leaf: Mapping[str, Json]) -> int:
    return _place(string(leaf.get("broader")))


def _concept(order: Order, ident: str, label: str, names: Sequence[str], sentences: Sentences) -> dict[str, Draft]:
    voice = order.voice(f"concept {ident}", label)
    head = label.rpartition(" ")[2].lower()
    place = _place(ident)
    told = enough(sentences, order.brief.length(DEFINITION_WORDS, 20))
    definition = [sentence for sentence, _ in told] or _defined(order, voice)
    has_other_name = place % 3 == 1
    return {
        "id": ident,
        "label": label,
        "altLabels": [f"{head} of the {label.partition(' ')[0].lower()} kind"] if has_other_name else [],
        "definition": " ".join([*definition, *mention(names, voice)]),
        "examples": [voice.line(frame) for frame in voice.chance.sample(words.EXAMPLES, 2)],
        "cites": cited(told) or order.label_for(place),
    }


def _defined(order: Order, voice: Voice) -> list[str]:
    """Return a definition put together from parts so small that no two of them share half of their words."""
    least = order.brief.length(DEFINITION_WORDS, 20)
    traits = voice.some(words.TRAITS, 6)
    told = [f"{voice.one(words.KINDS)} that {traits[0]}, {voice.line(voice.one(words.TAILS))}."]
    for first, second in zip(traits[1::2], traits[2::2], strict=False):
        if sum(len(sentence.split()) for sentence in told) >= least * 0.7:
            break
        told.append(f"It {first} and {second}, {voice.line(voice.one(words.TAILS))}.")
    return told


def _overview(order: Order) -> Draft:
    voice = order.voice("overview")
    return {
        "title": f"{order.heading}: A Map of the Field",
        "description": " ".join([f"This map shows {order.brief.topic} at a glance.", *voice.some(words.SENTENCES, 2)]),
        "rootId": "concept_1",
    }
