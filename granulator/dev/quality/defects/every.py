"""Defects any structure type may have: in its texts, titles, ids, fields and sizes."""

from __future__ import annotations

from copy import deepcopy
from itertools import cycle, islice

from granulator.dev.quality.defects import wordings
from granulator.dev.quality.defects.languages import SENTENCES
from granulator.dev.quality.defects.prose import cut, reworded, said_in_full
from granulator.dev.quality.defects.workpiece import (
    EVERY,
    GROSS,
    LEAVES,
    PLAIN,
    SUBTLE,
    Workpiece,
    blemish,
    child,
    defect,
    listed,
    rows,
    text,
)
from granulator.granulation import plan
from granulator.granulation.structures import OVERVIEWS
from granulator.model import JsonObject, StructureType

COURSE, QUIZ, NOVEL = StructureType.COURSE, StructureType.QUIZ, StructureType.NOVEL
WORKFLOW, MAP, PATH = StructureType.WORKFLOW, StructureType.KNOWLEDGE_MAP, StructureType.LEARNING_PATH
LESSER_FIELD = {COURSE: "keyPoints", QUIZ: "difficulty", NOVEL: "pov", WORKFLOW: "inputs", MAP: "level", PATH: "type"}
"""A required field of a leaf that is easily forgotten."""

WORDS_TO_CUT = 10
LEVELS = (1, 2, 3, 4, 5)
CLEARLY_LARGER = 1.5


def _blank(work: Workpiece) -> bool:
    if work.severity == SUBTLE:
        work.choose(work.titled())[work.title] = " \n\t"
        return True
    for leaf in work.some(work.leaves()):
        leaf[work.body] = "" if work.severity == GROSS else "   "
    return True


def _placeholder_body(work: Workpiece) -> bool:
    wording = work.worded(wordings.PLACEHOLDER_BODY)
    for leaf in work.some(work.leaves()):
        leaf[work.body] = wording
    return True


def _placeholder_title(work: Workpiece) -> bool:
    wording = work.worded(wordings.PLACEHOLDER_TITLE)
    for element in work.some(work.titled()):
        element[work.title] = wording
    return True


def _untitled_whole(work: Workpiece) -> bool:
    key = "name" if work.structure_type is WORKFLOW else "title"
    child(work.structure, OVERVIEWS[work.structure_type])[key] = work.worded(wordings.PLACEHOLDER_TITLE)
    return True


def _unfilled(work: Workpiece) -> bool:
    wording = work.worded(wordings.UNFILLED)
    leaf = work.choose(work.leaves())
    words = text(leaf, work.body).split()
    middle = len(words) // 2
    leaf[work.body] = wording if work.severity == GROSS else " ".join([*words[:middle], wording, *words[middle + 1 :]])
    return True


def _refusal(work: Workpiece) -> bool:
    wording = work.worded(wordings.REFUSAL)
    for leaf in work.some(work.leaves()):
        leaf[work.body] = wording
    return True


def _thin(work: Workpiece) -> bool:
    work.choose(work.leaves())[work.body] = work.worded(wordings.THIN)
    return True


def _truncated(work: Workpiece) -> bool:
    long = [leaf for leaf in work.leaves() if len(text(leaf, work.body).split()) >= WORDS_TO_CUT]
    if not long:
        return False
    leaf = long[-1] if work.severity == GROSS else work.choose(long)
    leaf[work.body] = cut(text(leaf, work.body), work.severity)
    return True


def _stuck(work: Workpiece) -> bool:
    leaf = work.choose(work.leaves())
    sentence = said_in_full(text(leaf, work.body))[0]
    leaf[work.body] = " ".join([sentence] * {GROSS: 20, PLAIN: 8, SUBTLE: 5}[work.severity])
    return True


def _same_id(work: Workpiece) -> bool:
    elements = work.identified()
    if work.severity == GROSS:
        for element in elements:
            element["id"] = elements[0]["id"]
    elif work.severity == SUBTLE and work.structure_type is COURSE:
        elements[0]["id"] = rows(work.structure, "modules")[-1]["id"]
    else:
        elements[-1 if work.severity == SUBTLE else 1]["id"] = elements[0]["id"]
    return True


def _other_language(work: Workpiece) -> bool:
    languages = SENTENCES[work.split]
    language = work.choose(sorted(languages))
    if work.severity == SUBTLE:
        work.structure["language"] = language
        return True
    leaves = work.leaves()
    sentences = cycle(work.draw.sample(languages[language], len(languages[language])))
    for leaf in leaves if work.severity == GROSS else leaves[: -(-len(leaves) // 2)]:
        length = max(1, min(5, len(text(leaf, work.body).split()) // 12))
        leaf[work.body] = " ".join(islice(sentences, length))
    return True


def _same_body(work: Workpiece) -> bool:
    first, second = work.two(work.leaves())
    original = text(first, work.body)
    second[work.body] = original if work.severity == GROSS else reworded(original, work, is_shuffled=_is_subtle(work))
    return True


def _is_subtle(work: Workpiece) -> bool:
    return work.severity == SUBTLE


def _all_alike(work: Workpiece) -> bool:
    leaves = work.leaves()
    original = max((text(leaf, work.body) for leaf in leaves), key=len)
    for leaf in leaves:
        leaf[work.body] = original if work.severity == GROSS else reworded(original, work, is_shuffled=_is_subtle(work))
    return True


def _retold(work: Workpiece) -> bool:
    leaves = work.leaves()
    told = [leaf for leaf in leaves if text(leaf, work.body) in work.clean.retold]
    if not told:
        return False
    first = work.choose(told)
    other = work.choose([leaf for leaf in leaves if leaf is not first])
    other[work.body] = work.clean.retold[text(first, work.body)]
    return True


def _same_title(work: Workpiece) -> bool:
    elements = work.titled()
    if len(elements) < 2:
        return False
    original = text(elements[0], work.title)
    for element in elements[1:] if work.severity == GROSS else [work.choose(elements[1:])]:
        element[work.title] = f"{original.upper()}." if work.severity == SUBTLE else original
    return True


def _field_absent(work: Workpiece) -> bool:
    key = LESSER_FIELD[work.structure_type] if work.severity == SUBTLE else work.body
    for leaf in work.some(work.leaves()):
        del leaf[key]
    return True


def _wrong_kind(work: Workpiece) -> bool:
    leaf = work.choose(work.leaves())
    if work.severity == GROSS:
        work.structure[LEAVES[work.structure_type][0]] = "see attachment"
    elif work.severity == PLAIN:
        leaf[work.body] = [text(leaf, work.body)]
    else:
        leaf[work.body] = None
    return True


def _unknown_field(work: Workpiece) -> bool:
    element = work.structure if work.severity == GROSS else work.choose(work.leaves())
    name = {GROSS: "result", PLAIN: "notes", SUBTLE: work.body.capitalize()}[work.severity]
    element[name] = "Generated on request"
    return True


def _level_absent(work: Workpiece) -> bool:
    path = LEAVES[work.structure_type]
    parents = rows(work.structure, *path[:-1])
    for parent in parents if work.severity != SUBTLE else [work.choose(parents)]:
        if work.severity == GROSS:
            del parent[path[-1]]
        else:
            parent[path[-1]] = []
    return True


def _too_few(work: Workpiece) -> bool:
    key, least = _LEAST[work.structure_type]
    keep = 1 if work.severity == GROSS else least - 1
    if work.structure_type is QUIZ:
        _keep_questions(work, keep)
    elif work.structure_type is NOVEL:
        for act in rows(work.structure, "acts"):
            act["chapters"] = listed(act, "chapters")[:1]
    else:
        work.structure[key] = listed(work.structure, key)[:keep]
    return True


_LEAST = {
    COURSE: ("modules", 2), QUIZ: ("categories", 4), NOVEL: ("acts", 5),
    WORKFLOW: ("steps", 4), MAP: ("concepts", 6), PATH: ("milestones", 3),
}  # fmt: skip
"""The list and the minimum the default template sets for it, as published with the templates."""


def _keep_questions(work: Workpiece, count: int) -> None:
    first = rows(work.structure, "categories")[0]
    first["questions"] = listed(first, "questions")[:count]
    work.structure["categories"] = [first]
    child(work.structure, "quizOverview")["totalQuestions"] = len(listed(first, "questions"))


def _too_many(work: Workpiece) -> bool:
    path, limit = _MOST[work.structure_type]
    parent = rows(work.structure, *path[:-1])[0]
    elements = rows(parent, path[-1])
    made: list[JsonObject] = []
    while len(elements) + len(made) <= limit:
        copy = deepcopy(elements[len(made) % len(elements)])
        if "id" in copy:
            copy["id"] = f"{text(copy, 'id')}_copy_{len(made)}"
        made.append(copy)
    parent[path[-1]] = [*elements, *made]
    return True


_MOST = {
    COURSE: (("modules", "lessons"), 8), QUIZ: (("categories",), 10), NOVEL: (("acts", "chapters"), 50),
    WORKFLOW: (("steps",), 35), MAP: (("concepts",), 87), PATH: (("milestones",), 15),
}  # fmt: skip


def _wrong_size(work: Workpiece) -> bool:
    """Ask for the largest size, or for the next one that is clearly larger than what was written."""
    count = len(work.leaves())
    larger = [level for level in LEVELS if plan.level_sizes(work.structure_type, level).leaves > CLEARLY_LARGER * count]
    if not larger:
        return False
    work.level = larger[-1 if work.severity == GROSS else 0]
    return True


def _other_topic(work: Workpiece) -> bool:
    work.topic = work.choose(wordings.OTHER_TOPICS[work.split])
    return True


def _foreign_body(work: Workpiece) -> bool:
    leaves = work.leaves()
    if len(leaves) < 4:
        return False
    work.choose(leaves)[work.body] = work.worded(wordings.FOREIGN)
    return True


WITHOUT_NOVEL = EVERY - {NOVEL}
TWO = (GROSS, PLAIN)

DEFECTS = (
    defect("a blank text", EVERY, "empty schema", _blank),
    defect("placeholder prose", EVERY, "placeholder thin", _placeholder_body),
    defect("a placeholder for a title", EVERY, "placeholder", _placeholder_title),
    defect("the whole is untitled", EVERY, "placeholder", _untitled_whole),
    defect("an unfilled variable", EVERY, "placeholder", _unfilled),
    defect("a refusal in place of text", EVERY, "placeholder thin", _refusal),
    defect("a thin text", {COURSE}, "thin placeholder", _thin),
    defect("a thin text", {NOVEL, WORKFLOW, MAP, PATH}, "thin placeholder", _thin, TWO),
    blemish("a thin text", {QUIZ}, "thin placeholder key_contradicts_explanation", _thin, TWO),
    defect("a text cut off", EVERY, "truncated", _truncated),
    defect("the same sentence again and again", EVERY, "dup_content truncated placeholder", _stuck),
    defect("an id used twice", EVERY, "dup_id", _same_id),
    blemish("another language", EVERY, "wrong_language", _other_language),
    defect("the same text twice", EVERY - {QUIZ}, "dup_content", _same_body),
    defect("the same text twice", {QUIZ}, "dup_content key_contradicts_explanation", _same_body),
    defect("all texts alike", EVERY - {QUIZ}, "dup_content", _all_alike),
    defect("all texts alike", {QUIZ}, "dup_content key_contradicts_explanation", _all_alike),
    defect("a text told again in other words", {COURSE, NOVEL}, "dup_content", _retold, (SUBTLE,)),
    blemish("a title used twice", EVERY, "dup_title dup_step dup_concept", _same_title),
    defect("a required field absent", EVERY, "schema missing_level empty no_keypoints", _field_absent),
    defect("a value of the wrong kind", EVERY, "schema missing_level empty", _wrong_kind),
    defect("an unknown field", EVERY, "schema", _unknown_field),
    defect(
        "a level absent",
        EVERY,
        "missing_level empty_module empty_act missing_act below_minimum empty schema",
        _level_absent,
    ),
    defect("fewer than the template allows", EVERY, "below_minimum missing_level", _too_few, TWO),
    defect("more than the template allows", EVERY, "above_maximum", _too_many, (GROSS,)),
    blemish("not the size that was asked for", EVERY, "granularity_mismatch", _wrong_size, TWO),
    blemish("about something else than asked", WITHOUT_NOVEL, "topic_missing off_topic", _other_topic, (GROSS,)),
    blemish("a text from another subject", {COURSE, NOVEL}, "off_topic keypoints_unrelated ungrounded", _foreign_body),
)
