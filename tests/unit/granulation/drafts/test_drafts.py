"""What holds for all six types: both ways of asking lead to the same structure, and bad answers to faults."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from granulator.granulation import structures
from granulator.granulation.drafts import DRAFTS
from granulator.granulation.drafts.base import FAULTS_MAX, Fault, Planned, planned_from_json
from granulator.granulation.drafts.fields import objects
from granulator.granulation.plan import Sizes
from granulator.model import JsonObject, StructureType
from tests.unit.granulation.drafts.samples import (
    COURSE,
    MAP,
    NOVEL,
    TYPES,
    WHOLE,
    outline,
    part_answer,
    planned,
    wanted,
)

each_type = pytest.mark.parametrize("structure_type", TYPES)


def uncited(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: uncited(entry) for key, entry in value.items() if key != "cites"}
    return [uncited(entry) for entry in value] if isinstance(value, list) else value


def shape_of(structure_type: StructureType, structure: JsonObject) -> tuple[object, ...]:
    return structures.shape(structure_type, {"schemaVersion": "1", "language": "en"} | uncited(structure))


def whole(structure_type: StructureType) -> JsonObject:
    structure, faults = DRAFTS[structure_type].read_whole(WHOLE[structure_type](), wanted(structure_type))
    assert faults == ()
    return structure


def written(structure_type: StructureType, parts: tuple[JsonObject, ...], plan: Planned) -> list[JsonObject]:
    draft = DRAFTS[structure_type]
    read = [draft.read_part(part, part_answer(structure_type, part, plan), plan) for part in parts]
    assert [faults for _, faults in read] == [()] * len(parts)
    return [answer for answer, _ in read]


def test_every_structure_type_has_a_draft() -> None:
    assert set(DRAFTS) == set(StructureType)


@each_type
def test_a_good_whole_answer_becomes_a_structure_of_its_shape(structure_type: StructureType) -> None:
    assert shape_of(structure_type, whole(structure_type)) == ()


@each_type
@pytest.mark.parametrize("leaves_per_part", [1, 2, 50])
def test_an_outline_with_parts_becomes_the_structure_of_the_whole_answer(
    structure_type: StructureType, leaves_per_part: int
) -> None:
    plan = planned(structure_type)
    parts = DRAFTS[structure_type].parts(plan, leaves_per_part)

    structure = DRAFTS[structure_type].assemble(plan, parts, written(structure_type, parts, plan))

    assert structure == whole(structure_type)


@each_type
def test_a_plan_and_its_parts_are_the_same_after_being_stored(structure_type: StructureType) -> None:
    plan = planned(structure_type)
    parts = DRAFTS[structure_type].parts(plan, 2)

    stored = json.loads(json.dumps([plan.to_json(), parts]))

    assert (planned_from_json(stored[0]), tuple(stored[1])) == (plan, parts)
    assert planned(structure_type) == plan


@each_type
def test_the_halves_of_a_split_part_merge_into_what_the_part_would_have_been(structure_type: StructureType) -> None:
    draft, plan = DRAFTS[structure_type], planned(structure_type)
    for part in draft.parts(plan, 50):
        halves = draft.split(part)
        if halves is None:
            assert len(objects(part, "leaves")) == 1
            continue
        whole_part, first, second = written(structure_type, (part, *halves), plan)
        assert draft.merge(first, second) == whole_part
        assert (part["isFirst"], part["isLast"]) == (halves[0]["isFirst"], halves[1]["isLast"])
        assert (halves[0]["isLast"], halves[1]["isFirst"]) == (False, False)


def test_only_the_last_half_of_a_module_is_asked_for_its_questions() -> None:
    part = DRAFTS[COURSE].parts(planned(COURSE), 50)[0]

    first, second = DRAFTS[COURSE].split(part) or ({}, {})

    assert ("questions" in first, second["questions"]) == (False, 2)
    assert "questions" not in json.dumps(DRAFTS[COURSE].part_schema(first, cites=True))


@given(st.lists(st.integers(1, 20), min_size=1, max_size=8), st.integers(1, 12))
def test_parts_hold_every_leaf_once_in_order_and_never_cross_a_group(sizes: list[int], most: int) -> None:
    groups = [
        {"title": f"group {index}", "leaves": [{"id": f"leaf_{index}_{place}"} for place in range(size)]}
        for index, size in enumerate(sizes)
    ]

    parts = DRAFTS[COURSE].parts(Planned({}, tuple(groups)), most)

    runs = [objects(part, "leaves") for part in parts]
    assert [leaf for run in runs for leaf in run] == [leaf for group in groups for leaf in group["leaves"]]
    assert all(leaf in groups[part["group"]]["leaves"] for part in parts for leaf in objects(part, "leaves"))  # type: ignore[index]
    assert max(map(len, runs)) <= most
    assert [sum(bool(part[key]) for part in parts) for key in ("isFirst", "isLast")] == [len(sizes)] * 2
    assert all(max(lengths) - min(lengths) <= 1 for lengths in _lengths_by_group(parts))


def _lengths_by_group(parts: tuple[JsonObject, ...]) -> list[list[int]]:
    found: dict[Any, list[int]] = {}
    for part in parts:
        found.setdefault(part["group"], []).append(len(objects(part, "leaves")))
    return list(found.values())


@each_type
def test_a_writer_is_told_every_group_and_the_leaves_of_its_own(structure_type: StructureType) -> None:
    draft, plan = DRAFTS[structure_type], planned(structure_type)
    part = draft.parts(plan, 1)[0]

    lines = draft.outline_text(plan, part).splitlines()

    named = [line.split()[0] for line in lines]
    assert all(named.count(str(leaf["id"])) == 1 for leaf in objects(plan.groups[0], "leaves"))
    assert all(any(str(group["title"]) in line for line in lines) for group in plan.groups)


@pytest.mark.parametrize("structure_type", ["novel", "workflow", "knowledge_map", "learning_path"])
def test_a_writer_who_refers_to_leaves_of_other_parts_is_told_all_of_them(structure_type: str) -> None:
    draft, plan = DRAFTS[StructureType(structure_type)], planned(StructureType(structure_type))
    part = draft.parts(plan, 1)[0]

    named = [line.split()[0] for line in draft.outline_text(plan, part).splitlines()]

    assert all(named.count(str(leaf["id"])) == 1 for group in plan.groups for leaf in objects(group, "leaves"))


@each_type
def test_a_leaf_takes_more_tokens_the_more_words_are_asked_for(structure_type: StructureType) -> None:
    names = ("lessonContent", "stems", "chapters", "steps", "definitions", "activities")
    draft = DRAFTS[structure_type]

    few, many = (draft.leaf_tokens(3, {name: (words,) * 5 for name in names}) for words in (10, 200))

    assert 50 < few < many - 200


@each_type
def test_sections_and_citations_are_kept_where_they_were_given(structure_type: StructureType) -> None:
    draft, answer = DRAFTS[structure_type], outline(structure_type)
    key = next(key for key in ("modules", "categories", "acts", "steps", "concepts", "milestones") if key in answer)
    answer[key][0]["sections"] = ["[s2]", "s4", "s2", 7]

    plan, faults = draft.read_outline(answer, wanted(structure_type))

    assert faults == ()
    assert plan is not None
    part = draft.parts(plan, 1)[0]
    assert part["sections"] == ["s2", "s4"]
    assert not any("sections" in leaf for leaf in objects(part, "leaves"))


@each_type
def test_citations_stay_with_the_leaf_that_gives_them(structure_type: StructureType) -> None:
    draft, plan = DRAFTS[structure_type], planned(structure_type)
    part = draft.parts(plan, 1)[0]
    answer = part_answer(structure_type, part, plan)
    key = next(iter(answer))
    answer[key][0]["cites"] = ["p3", "[p12]", "p3", None]

    read, faults = draft.read_part(part, answer, plan)

    assert (faults, objects(read, key)[0]["cites"]) == ((), ["p3", "p12"])


@each_type
def test_what_was_not_asked_for_is_dropped(structure_type: StructureType) -> None:
    answer = _with_noise(WHOLE[structure_type]())

    structure, faults = DRAFTS[structure_type].read_whole(answer, wanted(structure_type))

    assert (structure, faults) == (whole(structure_type), ())


def _with_noise(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_noise(entry) for key, entry in value.items()} | {"provenance": {"kind": "user"}, "x": 1}
    return [_with_noise(entry) for entry in value] if isinstance(value, list) else value


@each_type
def test_a_part_without_one_of_its_leaves_is_told_which(structure_type: StructureType) -> None:
    draft, plan = DRAFTS[structure_type], planned(structure_type)
    part = next(part for part in draft.parts(plan, 50) if len(objects(part, "leaves")) > 1)
    answer = part_answer(structure_type, part, plan)
    key = next(iter(answer))
    missing = answer[key].pop(0)["id"]
    ids = ", ".join(str(leaf["id"]) for leaf in objects(part, "leaves"))

    read, faults = draft.read_part(part, answer, plan)

    assert read == {}
    assert faults == (Fault(key, f"lacks {missing}; the plan wants {ids}"),)


@each_type
def test_a_leaf_written_twice_is_a_fault_and_one_not_asked_for_is_dropped(structure_type: StructureType) -> None:
    draft, plan = DRAFTS[structure_type], planned(structure_type)
    part = draft.parts(plan, 1)[0]
    answer = part_answer(structure_type, part, plan)
    key = next(iter(answer))
    own = answer[key][0]["id"]
    stranger = answer[key][0] | {"id": f"{own}9"}

    double = answer | {key: [*answer[key], answer[key][0]]}
    foreign = answer | {key: [stranger, *answer[key]]}

    assert draft.read_part(part, double, plan) == ({}, (Fault(key, f"has {own} twice"),))
    assert draft.read_part(part, foreign, plan) == draft.read_part(part, answer, plan)


@each_type
def test_leaves_without_any_id_are_taken_in_order_when_their_number_is_right(structure_type: StructureType) -> None:
    draft, plan = DRAFTS[structure_type], planned(structure_type)
    part = draft.parts(plan, 50)[0]
    answer = part_answer(structure_type, part, plan)
    key = next(iter(answer))
    nameless = answer | {key: [{name: value for name, value in one.items() if name != "id"} for one in answer[key]]}

    assert draft.read_part(part, nameless, plan) == draft.read_part(part, answer, plan)


@each_type
def test_an_answer_far_from_the_size_is_told_so_but_still_read(structure_type: StructureType) -> None:
    asked = wanted(structure_type, sizes=Sizes(20, 60, 60))

    structure, faults = DRAFTS[structure_type].read_whole(WHOLE[structure_type](), asked)

    assert structure == whole(structure_type)
    assert any("45 to 75 are wanted" in fault.message for fault in faults)


@each_type
def test_more_elements_than_allowed_are_a_fault_of_whole_and_outline(structure_type: StructureType) -> None:
    draft, asked = DRAFTS[structure_type], wanted(structure_type, max_elements=4)

    _, of_whole = draft.read_whole(WHOLE[structure_type](), asked)
    _, of_outline = draft.read_outline(outline(structure_type), asked)

    assert [sum("at most 4 are allowed" in fault.message for fault in found) for found in (of_whole, of_outline)] == [
        1,
        1,
    ]
    assert of_whole == of_outline


@each_type
def test_answers_that_are_nothing_like_what_was_asked_are_faults(structure_type: StructureType) -> None:
    draft, plan = DRAFTS[structure_type], planned(structure_type)
    part = draft.parts(plan, 1)[0]

    assert draft.read_whole({}, wanted(structure_type))[0] == {}
    assert draft.read_outline({}, wanted(structure_type))[0] is None
    assert draft.read_part(part, {}, plan)[0] == {}
    assert {fault.message for fault in draft.read_whole({}, wanted(structure_type))[1]} == {"is missing"}
    assert all(draft.read_part(part, {}, plan)[1])


def test_no_more_faults_are_told_than_a_model_can_take_in() -> None:
    answer = WHOLE[COURSE]()
    answer["modules"] = [{"title": ""} for _ in range(50)]

    _, faults = DRAFTS[COURSE].read_whole(answer, wanted(COURSE))

    assert len(faults) == FAULTS_MAX


@each_type
def test_good_answers_keep_the_schemas_they_were_asked_with(structure_type: StructureType) -> None:
    draft, plan = DRAFTS[structure_type], planned(structure_type)
    whole_schema, outline_schema = draft.whole_schema(cites=False), draft.outline_schema(passages=False)

    assert _unkept(uncited(WHOLE[structure_type]()), whole_schema) == []
    assert _unkept(outline(structure_type), outline_schema) == []
    for part in draft.parts(plan, 1):
        answer = uncited(part_answer(structure_type, part, plan))
        assert _unkept(answer, draft.part_schema(part, cites=False)) == []


def _unkept(answer: Any, schema: JsonObject) -> list[str]:
    return [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(answer)]


@each_type
def test_schemas_ask_for_citations_and_sections_only_with_a_source(structure_type: StructureType) -> None:
    draft = DRAFTS[structure_type]
    part = draft.parts(planned(structure_type), 50)[0]
    asked = (
        (draft.whole_schema(cites=True), draft.whole_schema(cites=False), "cites"),
        (draft.part_schema(part, cites=True), draft.part_schema(part, cites=False), "cites"),
        (draft.outline_schema(passages=True), draft.outline_schema(passages=False), "sections"),
    )

    assert [(f'"{key}"' in json.dumps(given), f'"{key}"' in json.dumps(bare)) for given, bare, key in asked] == [
        (True, False)
    ] * 3


@each_type
def test_schemas_are_plain_enough_for_every_dialect(structure_type: StructureType) -> None:
    draft = DRAFTS[structure_type]
    parts = draft.parts(planned(structure_type), 1)
    schemas = [draft.whole_schema(cites=True), draft.outline_schema(passages=True)]
    schemas += [draft.part_schema(part, cites=True) for part in parts]

    for schema in schemas:
        for node in _nodes(schema):
            assert set(node) <= {
                "type", "properties", "required", "additionalProperties", "items", "anyOf", "enum", "description",
                "minItems", "maxItems", "minimum", "maximum",
            }  # fmt: skip
            assert node.get("required", []) == list(node.get("properties", {}))
            assert ("properties" in node) == (node.get("additionalProperties") is False)
    # A course asks for questions with the last run of a module alone; else all parts are asked for alike.
    assert len({json.dumps(schema) for schema in schemas[2:]}) == (2 if structure_type is COURSE else 1)


def _nodes(schema: Any) -> list[Any]:
    inner = [*schema.get("properties", {}).values(), *schema.get("anyOf", [])]
    inner += [schema["items"]] if "items" in schema else []
    return [schema, *(node for one in inner for node in _nodes(one))]


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return (
        [path, *(place for key, entry in entries for place in _places(entry, (*path, key)))]
        if path
        else [place for key, entry in entries for place in _places(entry, (key,))]
    )


def _changed(value: Any, place: tuple[Any, ...], new: Any) -> Any:
    if not place:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[place[0]] = _changed(copy[place[0]], place[1:], new)
    return copy


junk = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 9), st.floats(), st.text(max_size=5), st.just("\ud800"), st.just([]),
    st.just({}), st.lists(st.text(max_size=3), max_size=3), st.just("bread"), st.just(["s_check", "saw", "ada"]),
)  # fmt: skip


@each_type
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_one_changed_value_is_a_fault_or_leaves_a_structure_of_its_shape(
    structure_type: StructureType, data: st.DataObject
) -> None:
    answer = WHOLE[structure_type]()
    answer = _changed(answer, data.draw(st.sampled_from(_places(answer))), data.draw(junk))

    structure, faults = DRAFTS[structure_type].read_whole(answer, wanted(structure_type))

    assert structure or faults
    assert structure == {} or shape_of(structure_type, structure) == ()


@each_type
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_one_changed_value_of_an_outline_is_a_fault_or_leaves_a_plan(
    structure_type: StructureType, data: st.DataObject
) -> None:
    answer = outline(structure_type)
    answer = _changed(answer, data.draw(st.sampled_from(_places(answer))), data.draw(junk))
    draft = DRAFTS[structure_type]

    plan, faults = draft.read_outline(answer, wanted(structure_type))

    assert plan or faults
    if plan is not None:
        leaves = [leaf for part in draft.parts(plan, 2) for leaf in objects(part, "leaves")]
        assert len(leaves) == sum(len(objects(group, "leaves")) for group in plan.groups)
        json.dumps(plan.to_json(), allow_nan=False).encode()


@each_type
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_one_changed_value_of_a_part_is_a_fault_or_leaves_a_structure_of_its_shape(
    structure_type: StructureType, data: st.DataObject
) -> None:
    draft, plan = DRAFTS[structure_type], planned(structure_type)
    parts = draft.parts(plan, 50)
    answers = written(structure_type, parts, plan)
    answer = part_answer(structure_type, parts[0], plan)
    answer = _changed(answer, data.draw(st.sampled_from(_places(answer))), data.draw(junk))

    read, faults = draft.read_part(parts[0], answer, plan)

    assert read or faults
    if read:
        assert shape_of(structure_type, draft.assemble(plan, parts, [read, *answers[1:]])) == ()


def test_assembling_without_a_planned_leaf_is_refused() -> None:
    plan = planned(MAP)

    with pytest.raises(KeyError):
        DRAFTS[MAP].assemble(plan, DRAFTS[MAP].parts(plan, 50), [{"concepts": [], "relations": []}])


def test_parts_of_a_novel_without_scenes_are_not_asked_for_any() -> None:
    asked = wanted(NOVEL, sizes=Sizes(3, 4, 0))
    plan, _ = DRAFTS[NOVEL].read_outline(outline(NOVEL), asked)
    assert plan is not None

    part = DRAFTS[NOVEL].parts(plan, 50)[0]

    assert "scenes" not in json.dumps(DRAFTS[NOVEL].part_schema(part, cites=True))
