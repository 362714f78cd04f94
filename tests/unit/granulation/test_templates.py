"""Templates: the shipped ones load, and a broken one is refused with its path and the reason."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from granulator.errors import ConfigurationError
from granulator.granulation import bounds, prompts, templates
from granulator.granulation.drafts import DRAFTS
from granulator.granulation.plan import sizes
from granulator.model import StructureType
from tests.unit.granulation.samples import COURSE, TEMPLATES, template

SHIPPED = Path(__file__).parents[3] / "templates"
EVERY = templates.load(SHIPPED)
NAME = "educational_course_basic"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A directory with one sound template in it."""
    shutil.copytree(SHIPPED / NAME, tmp_path / NAME)
    return tmp_path


def change(directory: Path, **values: Any) -> None:
    path = directory / NAME / "template.json"
    data = json.loads(path.read_text(encoding="utf-8")) | values
    kept = {key: value for key, value in data.items() if value is not ...}
    path.write_text(json.dumps(kept), encoding="utf-8")


def refusal(directory: Path) -> str:
    with pytest.raises(ConfigurationError) as raised:
        templates.load(directory)
    return str(raised.value).removeprefix(f"{directory}/")


def test_a_default_and_an_alternative_are_shipped_of_every_type() -> None:
    defaults = {entry.name for entry in TEMPLATES.values()}

    assert {entry.name: entry.structure_type.value for entry in EVERY if entry.name in defaults} == {
        "business_process_standard": "workflow",
        "concept_map_hierarchical": "knowledge_map",
        "educational_course_basic": "course",
        "quiz_assessment_standard": "quiz",
        "skill_development_path": "learning_path",
        "three_act_novel": "novel",
    }
    assert {entry.name: entry.structure_type.value for entry in EVERY if entry.name not in defaults} == {
        "course_flipped_classroom": "course",
        "knowledge_map_glossary": "knowledge_map",
        "learning_path_onboarding": "learning_path",
        "novel_heros_journey": "novel",
        "quiz_certification_exam": "quiz",
        "workflow_incident_response": "workflow",
    }
    assert {(entry.complexity_level, entry.target_audience) for entry in TEMPLATES.values()} == {(3, "general")}


@pytest.mark.parametrize("entry", EVERY, ids=lambda entry: entry.name)
def test_an_alternative_shares_no_prompt_scaffold_or_tone_with_the_default_of_its_type(entry: Any) -> None:
    default = TEMPLATES[entry.structure_type]
    if entry.name == default.name:
        return

    for role, text in entry.prompts.items():
        own = [line for line in text.splitlines() if line.startswith("- ")]
        same = [line for line in own if line in default.prompts[role]]
        # Rules that every structure of a type must keep may be in both.
        assert len(same) <= len(own) / 2
    assert (entry.tone, entry.style, entry.word_targets, entry.schema) != (
        default.tone,
        default.style,
        default.word_targets,
        default.schema,
    )
    assert entry.scaffold is None or not {*entry.scaffold["questions"]} & {*default.scaffold["questions"]}


def test_the_course_template_is_that_of_the_api_document() -> None:
    course = template(COURSE)

    assert course.schema == {
        "courseOverview": {
            "title": "string",
            "description": "string",
            "duration": "string",
            "prerequisites": ["string"],
            "learningOutcomes": ["string"],
        },
        "modules": [],
    }
    assert course.validation_rules == {
        "minModules": 2,
        "maxModules": 10,
        "minLessonsPerModule": 2,
        "maxLessonsPerModule": 8,
    }
    assert (course.tone, course.style) == ("educational_engaging", "educational")


SHOWN = {
    "prompt": {"topic", "audience", "language", "sizes", "required_elements", "words", "source"},
    "outline": {"topic", "audience", "language", "sizes", "required_elements", "source"},
    "part": {"topic", "audience", "language", "required_elements", "words", "source", "outline", "part"},
}


@pytest.mark.parametrize("entry", EVERY, ids=lambda entry: entry.name)
def test_every_shipped_template_has_real_prompts_word_targets_and_a_schema(entry: Any) -> None:
    assert set(entry.prompts) == {"system", "prompt", "outline", "part"}
    assert set(entry.word_targets) == bounds.WORD_TARGETS[entry.structure_type]
    for role in ("prompt", "outline", "part"):
        shown = {variable for variable in prompts.VARIABLES[role] if f"{{{{ {variable} }}}}" in entry.prompts[role]}
        assert shown >= SHOWN[role]
        # An answer is asked for as JSON in words too: some providers refuse JSON mode otherwise.
        assert "one JSON object" in entry.prompts[role]


NO_FIELDS = {"understand", "know", "learn"}
"""Verbs that prompts quote to say that they are not to be used."""


@pytest.mark.parametrize("entry", EVERY, ids=lambda entry: entry.name)
def test_a_prompt_speaks_of_no_field_that_the_model_is_not_asked_for(entry: Any) -> None:
    draft = DRAFTS[entry.structure_type]
    whole, outline = (keys(schema) for schema in (draft.whole_schema(cites=True), draft.outline_schema(passages=True)))
    asked = {"prompt": whole, "outline": outline, "part": whole | outline}

    unknown = {role: set(re.findall(r'"([A-Za-z]+)"', entry.prompts[role])) - asked[role] - NO_FIELDS for role in asked}

    assert unknown == {"prompt": set(), "outline": set(), "part": set()}


def keys(schema: object) -> set[str]:
    """The names of all properties in a JSON Schema."""
    return set(re.findall(r'"([A-Za-z]+)": ', json.dumps(schema)))


def test_what_would_be_empty_without_facts_has_no_scaffold() -> None:
    without = {StructureType.QUIZ, StructureType.KNOWLEDGE_MAP}

    assert {entry.structure_type for entry in EVERY if entry.scaffold is None} == without
    assert {entry.structure_type for entry in EVERY if entry.scaffold is not None} == set(StructureType) - without


@pytest.mark.parametrize("entry", [each for each in EVERY if each.scaffold], ids=lambda entry: entry.name)
def test_a_scaffold_asks_questions_about_the_topic(entry: Any) -> None:
    scaffold = entry.scaffold

    assert len(set(scaffold["questions"])) == 8
    assert all(question.endswith("?") for question in scaffold["questions"])
    assert "{topic}" in json.dumps(scaffold)


@pytest.mark.parametrize("entry", [each for each in EVERY if each.structure_type is COURSE], ids=lambda each: each.name)
def test_a_course_scaffold_has_a_title_for_every_module_and_lesson_of_level_5(entry: Any) -> None:
    scaffold = entry.scaffold
    largest = sizes(COURSE, 5, template(COURSE))

    assert len(scaffold["moduleTitles"]) >= largest.groups
    assert len(scaffold["lessonTitles"]) >= largest.leaves_per_group


def test_a_sound_template_of_ones_own_is_loaded(directory: Path) -> None:
    change(directory, description="Mine", scaffold=..., validationThreshold=72.5)
    (directory / ".git").mkdir()
    (directory / "README.md").write_text("not a template")

    (loaded,) = templates.load(directory)

    assert (loaded.name, loaded.description, loaded.scaffold, loaded.threshold) == (NAME, "Mine", None, 72.5)


def test_a_template_may_leave_out_levels_if_it_says_so(directory: Path) -> None:
    change(directory, validationRules={"maxModules": 5}, levels=[1, 2, 3])

    (loaded,) = templates.load(directory)

    assert loaded.structure_rules["granularityLevels"] == [1, 2, 3]


def test_a_missing_or_empty_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no templates directory"):
        templates.load(tmp_path / "nowhere")
    with pytest.raises(ConfigurationError, match="no templates here"):
        templates.load(tmp_path)


LEVEL = {"level": 1, "path": "modules", "elementType": "module", "min": 2, "max": 10, "required": ["title"]}


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"colour": "red"}, "colour: unknown key"),
        ({"description": ...}, "description: Field required"),
        ({"version": "1"}, "version: Input should be a valid integer"),
        ({"version": True}, "version: Input should be a valid integer"),
        ({"complexityLevel": 6}, "complexityLevel: Input should be less than or equal to 5"),
        ({"name": "other_course"}, "name 'other_course' is not that of its folder 'educational_course_basic'"),
        ({"name": "Educational"}, "name: String should match pattern"),
        ({"structureType": "lecture"}, "structureType: Input should be"),
        ({"validationRules": {"minQuestions": 1}}, "validationRules.minQuestions: a course has no such rule"),
        ({"validationRules": {"modules": 3}}, "validationRules.modules: a course has no such rule"),
        ({"validationRules": {"minModules": 9, "maxModules": 8}}, "the minimum 9 is above the maximum 8"),
        ({"validationRules": {"maxModules": 7}}, "validationRules.maxModules: 7 excludes granularity level 5 (8)"),
        ({"validationRules": {"minModules": 3}}, "validationRules.minModules: 3 excludes granularity level 1 (2)"),
        ({"structureRules": {"levels": [LEVEL | {"path": "acts"}], "overview": {"required": []}}}, "has no 'acts'"),
        (
            {"structureRules": {"levels": [LEVEL | {"max": 5}], "overview": {"required": []}}},
            "structureRules.levels[0].max: 5 excludes granularity level 4 (6)",
        ),
        ({"structureRules": {"levels": [LEVEL | {"min": 12}], "overview": {"required": []}}}, "12 is above"),
        ({"structureRules": {"levels": [LEVEL | {"required": ["titel"]}], "overview": {"required": []}}}, "no 'titel'"),
        ({"structureRules": {"levels": [LEVEL], "overview": {"required": ["mood"]}}}, "CourseOverview has no 'mood'"),
        ({"validationThreshold": 101}, "validationThreshold: Input should be less than or equal to 100"),
        ({"wordTargets": {"scenes": [1, 1, 1, 1, 1]}}, "wordTargets.scenes: a course has no such element type"),
        ({"wordTargets": {"examples": [1, 1]}}, "wordTargets.examples: List should have at least 5 items"),
        ({"prompt": "../prompt.md"}, "prompt: String should match pattern"),
        ({"prompts": {"chorus": "prompt.md"}}, "prompts.chorus"),
        ({"prompts": {"part": "part.md"}}, "prompts: part is of no use without outline"),
        ({"prompts": {"draft": "prompt.md"}}, "prompts: draft is of no use without structure"),
    ],
)
def test_a_faulty_template_is_refused_with_its_path_and_reason(directory: Path, values: Any, reason: str) -> None:
    change(directory, **values)

    message = refusal(directory)

    assert message.startswith(f"{NAME}/template.json: ")
    assert reason in message


def write(name: str, text: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_text(text, encoding="utf-8") and None


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (write("template.json", '{"name": '), "template.json: is not valid JSON"),
        (write("template.json", "[]"), "template.json: the document: Input should be"),
        (write("template.json", '{"name": 1, "name": 2}'), "template.json: is not valid JSON: the key 'name' is"),
        (write("template.json", '{"version": NaN}'), "template.json: is not valid JSON: NaN is not a JSON number"),
        (lambda folder: (folder / "template.json").unlink(), "template.json: the file is missing"),
        (lambda folder: (folder / "part.md").unlink(), "part.md: the file is missing"),
        (lambda folder: (folder / "part.md").write_bytes(b"\xff\xfe"), "part.md: the file cannot be read"),
        (write("prompt.md", " \n"), "prompt.md: the prompt is empty"),
        (write("prompt.md", "{{ topic }}\n{{ subject }}"), "prompt.md:2: unknown variable {{ subject }}; the prom"),
        (write("prompt.md", "On {{ topic }},\nfor {audience}"), "prompt.md:2: {audience} is no variable: write {{ aud"),
        (write("outline.md", "On {{ topic }}\n\n{% if source %}"), "outline.md:3: Unexpected end of template"),
        (write("part.md", "Write on {{ topic }}."), "part.md:1: the part prompt must show {{ part }}"),
        (write("system.md", "You know {{ topic }}."), "system.md:1: unknown variable {{ topic }}"),
        (write("scaffold.json", '{"moduleTitles": [], "lessonTitles": ["a"], "questions": ["b?"]}'), "moduleTitles"),
        (write("scaffold.json", '{"stepNames": ["a"], "questions": ["b?"]}'), "scaffold.json: moduleTitles: Field"),
        (
            write("scaffold.json", '{"moduleTitles": ["{audience}"], "lessonTitles": ["a"], "questions": ["b?"]}'),
            "scaffold.json: unknown variable {audience}; known are topic",
        ),
    ],
)  # fmt: skip
def test_a_broken_file_is_refused_with_its_path_and_reason(directory: Path, spoil: Any, reason: str) -> None:
    spoil(directory / NAME)

    assert reason in refusal(directory)


def in_each(path: str, low: int, high: int) -> dict[str, Any]:
    """Rules for how many elements each list at the path may have."""
    return {"levels": [LEVEL | {"path": path, "min": low, "max": high, "required": []}], "overview": {"required": []}}


@pytest.mark.parametrize(
    ("name", "values", "reason"),
    [
        ("three_act_novel", {"validationRules": {"acts": 4}}, "validationRules.acts: must be 3"),
        ("quiz_assessment_standard", {"scaffold": "scaffold.json"}, "scaffold: a quiz has no scaffold"),
        ("concept_map_hierarchical", {"validationRules": {"maxDepth": 3}}, "excludes granularity level 4 (4)"),
        (
            "three_act_novel",
            {"structureRules": in_each("acts[].chapters", 2, 48)},
            "2 excludes granularity level 1 (1)",
        ),
        (
            "quiz_assessment_standard",
            {"structureRules": in_each("categories[].questions", 1, 7)},
            "levels[0].max: 7 excludes granularity level 5 (8)",
        ),
    ],
)
def test_each_type_has_rules_of_its_own(tmp_path: Path, name: str, values: Any, reason: str) -> None:
    shutil.copytree(SHIPPED / name, tmp_path / name)
    path = tmp_path / name / "template.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | values), encoding="utf-8")

    assert reason in refusal(tmp_path)


def test_every_level_of_every_type_fits_every_shipped_template() -> None:
    for entry in EVERY:
        faults = bounds.rule_faults(entry.structure_type, entry.validation_rules, bounds.LEVELS)
        assert list(faults) == []


def test_a_template_may_be_written_in_two_steps(directory: Path) -> None:
    change(directory, prompts={"draft": "draft.md", "structure": "structure.md"})
    (directory / NAME / "draft.md").write_text("Write freely on {{ topic }}.")
    (directory / NAME / "structure.md").write_text("Put this into shape: {{ draft }}")

    (loaded,) = templates.load(directory)

    assert set(loaded.prompts) == {"prompt", "draft", "structure"}
