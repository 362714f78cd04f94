"""Single texts: what is blank, a placeholder or cut off is found, and honest text is left alone."""

from __future__ import annotations

from typing import Any

import pytest

from granulator.granulation.checks import stand_ins, texts
from granulator.model import StructureType
from tests.unit.granulation.samples import (
    clean,
    course,
    found,
    knowledge_map,
    learning_path,
    lesson,
    novel,
    put,
    questions,
    quiz,
    workflow,
)

CONTENT = "modules[0].lessons[0].content"
TITLE = "modules[0].lessons[0].title"


def with_content(text: str) -> Any:
    structure = course()
    lesson(structure)["content"] = text
    return structure


def with_title(text: str, kind: str = "user") -> Any:
    structure = course()
    lesson(structure).update(title=text, provenance={"kind": kind})
    return structure


@pytest.mark.parametrize("kind", StructureType)
@pytest.mark.parametrize("check", [texts.empty, stand_ins.placeholder, texts.truncated])
def test_a_clean_structure_has_none_of_it(check: Any, kind: StructureType) -> None:
    assert found(check, clean(kind)) == []


@pytest.mark.parametrize(
    ("structure", "path", "text"),
    [
        (novel(), "acts[0].title", "Act 1"),
        (novel(), "acts[0].chapters[1].title", "Chapter 2"),
        (novel(), "characters[1].name", "Character 2"),
        (novel(), "acts[0].chapters[0].scenes[0].goal", "To be written"),
        (workflow(), "steps[3].name", "Step 4"),
        (workflow(), "steps[3].outputs[0]", "TBD"),
        (knowledge_map(), "concepts[2].label", "Concept 3"),
        (knowledge_map(), "concepts[2].definition", "Description goes here"),
        (learning_path(), "milestones[2].title", "Milestone 3"),
        (learning_path(), "milestones[2].activities[0].description", "lorem ipsum dolor sit amet"),
    ],
)
def test_a_placeholder_is_found_in_every_type(structure: Any, path: str, text: str) -> None:
    assert found(stand_ins.placeholder, put(structure, path, text)) == [("placeholder", path)]


def test_a_concept_may_be_called_string() -> None:
    structure = put(knowledge_map(), "concepts[2].label", "String")

    assert found(stand_ins.placeholder, structure) == []


@pytest.mark.parametrize(
    ("structure", "path"),
    [
        (novel(), "acts[1].chapters[0].summary"),
        (workflow(), "steps[1].description"),
        (knowledge_map(), "concepts[1].definition"),
    ],
)
def test_a_text_cut_off_is_found_in_every_type(structure: Any, path: str) -> None:
    cut = "The first sentence is whole. The second sentence is whole too. The third one stops because the"

    assert found(texts.truncated, put(structure, path, cut)) == [("truncated", path)]


def test_invisible_characters_are_blank() -> None:
    assert found(texts.empty, with_content("\u200b\u2060")) == [("empty", CONTENT)]


@pytest.mark.parametrize(
    "title",
    ["Untitled", "Untitled lesson", "Unnamed Element", "Lesson 3", "Module IV", "chapter 2:", "TBD", "...", "{topic}",
     "{{title}}", "<title>", "[Lesson title]", "Placeholder"],
)  # fmt: skip
def test_a_stand_in_title_is_a_placeholder(title: str) -> None:
    assert found(stand_ins.placeholder, with_title(title)) == [("placeholder", TITLE)]


@pytest.mark.parametrize(
    "title",
    ["Modules", "Lessons learned", "string", "Chapter and verse", "Part of speech", "Lesson 3: Building a heap", "Text",
     "Unit tests", "Using {} and []", "C++", "Vitamins", "Question marks", "A title"],
)  # fmt: skip
def test_a_real_title_is_none(title: str) -> None:
    assert found(stand_ins.placeholder, with_title(title)) == []


def test_a_numbered_title_is_honest_when_the_source_has_it() -> None:
    assert found(stand_ins.placeholder, with_title("Chapter 3", kind="source")) == []


@pytest.mark.parametrize(
    "text",
    [
        "Lorem ipsum dolor sit amet, consectetur adipiscing elit.",
        "Content goes here.",
        "TODO",
        "string",
        "To be added",
        "First, [insert an example here] and then go on with the heap.",
        "Welcome to this lesson on {topic}, which every gardener needs.",
    ],
)
def test_stand_in_prose_is_a_placeholder(text: str) -> None:
    assert found(stand_ins.placeholder, with_content(text)) == [("placeholder", CONTENT)]


@pytest.mark.parametrize(
    "text",
    [
        "An f-string such as f'{x} of {total}' fills its braces when the line runs.",
        "In Jinja `{{ name }}` prints a variable, and `{topic}` prints nothing at all.",
        "The set {a, b} has two members, and the empty set {} has none.",
        "Typesetters call such dummy text lorem ipsum; it comes from Cicero.",
        "Leave a TODO in the code, and the next reader knows that something is missing.",
        "The list [1, 2] is mutable, and the note [sic] marks an error in the original.",
    ],
)
def test_prose_with_braces_and_brackets_is_none(text: str) -> None:
    assert found(stand_ins.placeholder, with_content(text)) == []


def test_a_marker_that_the_caller_wrote_comes_out_literally() -> None:
    structure = with_content("Everything about {topic} and how it grows in a heap.")

    assert found(stand_ins.placeholder, structure, topic="{topic}") == []
    assert found(stand_ins.placeholder, structure, sources={"source": "Write {topic} in braces."}) == []


def test_lettered_options_are_placeholders_but_a_single_module_is_not() -> None:
    structure = quiz()
    questions(structure)[0]["options"] = ["Option A", "Option B", "Option C", "Option D"]
    questions(structure)[1]["options"] = ["module", "string", "text", "answer"]

    path = "categories[0].questions[0].options"
    assert found(stand_ins.placeholder, structure) == [("placeholder", f"{path}[{index}]") for index in range(4)]


@pytest.mark.parametrize(
    "text",
    [
        "A heap needs air. It needs water too. Without them the microbes that do the work cannot",
        "A heap needs air. It needs water too, and a mixed diet of brown,",
        "Layer the material in the way that is shown in the picture of the",
        "A heap needs air. Without it the microbes that do the work",
        "A heap needs air. It needs water too.\n\nYou can",
        "A heap needs air.\n\n```python\nheap.turn()\n",
        "堆肥需要空气。也需要水。没有它们，微生物就不能工作并且会死",
    ],
)
def test_text_that_stops_in_a_sentence_is_truncated(text: str) -> None:
    assert found(texts.truncated, with_content(text)) == [("truncated", CONTENT)]


@pytest.mark.parametrize(
    "text",
    [
        "A heap needs air. It needs water too (see above).",
        'A heap needs air. She said: "It needs water too"',
        "A heap needs air. It needs water too; turn it with `fork --deep`",
        "Turn the heap. Water it. The call is then:\n\n    heap.turn(depth=2)",
        "Turn the heap. Water it.\n\n- twigs at the bottom of the heap\n- leaves and peelings above them",
        "Turn the heap. Water it.\n\n1. lay out the twigs\n2. add two buckets of leaves",
        "Turn the heap. Water it.\n\n| part | share |\n| brown | two of three parts in all |",
        "Turn the heap. Water it.\n\n>>> heap.turn(2) and heap.water(3)",
        "A short description without any mark at the end of it",
        "A heap needs air. It needs water too.\n\nFurther reading",
        "Is a heap warm? It is!",
        "The temperature rises. It reaches 60 °C.",
        "It needs water. See the following list:",
        "Compost is called Kompost in German… and it smells of earth…",
        "堆肥需要空气。也需要水。",
    ],
)
def test_text_that_ends_as_prose_code_or_a_list_is_whole(text: str) -> None:
    assert found(texts.truncated, with_content(text)) == []


def test_a_key_point_that_ends_in_an_article_is_truncated_and_one_without_a_mark_is_not() -> None:
    structure = course()
    lesson(structure)["keyPoints"] = [
        "Microbes build their bodies from the",
        "Microbes build their bodies from nitrogen",
    ]

    assert found(texts.truncated, structure) == [("truncated", "modules[0].lessons[0].keyPoints[0]")]


ACTIVITY = "milestones[1].activities[0].description"


@pytest.mark.parametrize(
    "text",
    [
        "Read the report and note what it",
        "Read “The history of bread",
        "Walk round the bakery with somebody who",
        "Compare two doughs (the wet one",
    ],
)
def test_a_text_that_hangs_in_the_air_is_cut_off_whatever_its_siblings_do(text: str) -> None:
    assert found(texts.truncated, put(learning_path(), ACTIVITY, text)) == [("truncated", ACTIVITY)]


@pytest.mark.parametrize(
    "text", ["Explain what a closure is", "Sign the contracts that are there for everyone to sign"]
)
def test_a_text_without_a_mark_that_ends_with_its_last_word_is_whole(text: str) -> None:
    structure = learning_path()
    for number, milestone in enumerate(structure["milestones"]):
        for activity in milestone["activities"]:
            activity["description"] = f"Note the signature on page {number}"

    assert found(texts.truncated, put(structure, ACTIVITY, text)) == []
