"""What each structure type joins first, and what comes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from granulator.errors import AiResponseInvalid
from granulator.granulation import merging, summary
from tests.unit.granulation.merging.grown import MODEL
from tests.unit.granulation.samples import (
    COURSE,
    LEARNING_PATH,
    NOVEL,
    QUIZ,
    WORKFLOW,
    clean,
    kind_of,
    questions,
    template,
)


def merged(structure: Any, most: int, **rules: int) -> Any:
    """The structure with at most so many elements, under its default template with some rules changed."""
    kind = kind_of(structure)
    used = template(kind)
    changed = replace(
        used, validation_rules={**used.validation_rules, **rules}, structure_rules={} if rules else used.structure_rules
    )
    return merging.merge(kind, structure, most, changed)


def course(*exercises: int) -> Any:
    """Two modules of two lessons with so many exercises each."""
    structure = clean(COURSE)
    lessons = [lesson for module in structure["modules"] for lesson in module["lessons"]]
    for lesson, count in zip(lessons, exercises, strict=True):
        lesson["practicalExercises"] = [f"Do {lesson['id']} part {n}" for n in range(1, count + 1)]
    return structure


def exercises(structure: Any) -> list[list[str]]:
    return [lesson["practicalExercises"] for module in structure["modules"] for lesson in module["lessons"]]


def test_exercises_are_joined_before_lessons_where_there_are_most() -> None:
    smaller = merged(course(3, 1, 1, 1), 13)

    assert exercises(smaller) == [
        ["Do lesson_1_1 part 1; Do lesson_1_1 part 2", "Do lesson_1_1 part 3"],
        ["Do lesson_1_2 part 1"],
        ["Do lesson_2_1 part 1"],
        ["Do lesson_2_2 part 1"],
    ]


def test_short_lessons_are_joined_before_long_ones_in_the_module_that_has_most() -> None:
    structure = clean(COURSE)
    first, second = structure["modules"]
    contents = ["One two three.", "Four five six.", "Seven.", "Eight."]
    second["lessons"] = [
        {**second["lessons"][0], "id": f"lesson_2_{n}", "content": content} for n, content in enumerate(contents, 1)
    ]

    smaller = merged(structure, summary.total_elements(COURSE, structure) - 2, minLessonsPerModule=1)

    assert [len(module["lessons"]) for module in smaller["modules"]] == [2, 3]
    assert smaller["modules"][1]["lessons"][2]["content"] == "Seven.\n\nEight."


def test_joined_modules_have_no_more_lessons_than_the_template_allows() -> None:
    structure = clean(COURSE)

    smaller = merged(structure, 10, minModules=1, minLessonsPerModule=2, maxLessonsPerModule=3)

    assert [len(module["lessons"]) for module in smaller["modules"]] == [3]


def test_two_lessons_become_one_with_all_that_was_in_them() -> None:
    structure = clean(COURSE)
    first, second = structure["modules"][0]["lessons"]

    smaller = merged(structure, 10, minLessonsPerModule=1)

    module = smaller["modules"][0]
    assert [lesson["id"] for lesson in module["lessons"]] == ["lesson_1_1"]
    assert module["lessons"][0] == {
        "id": "lesson_1_1",
        "title": "Browns and greens and Air and water",
        "content": f"{first['content']}\n\n{second['content']}",
        "keyPoints": [*first["keyPoints"], *second["keyPoints"]],
        "examples": [*first["examples"], *second["examples"]],
        "practicalExercises": [f"{first['practicalExercises'][0]} {second['practicalExercises'][0]}"],
        "provenance": {"kind": "user"},
        "x_mergedIds": ["lesson_1_2"],
    }


def test_modules_are_joined_last_with_their_objectives_durations_and_assessments() -> None:
    structure = clean(COURSE)
    first, second = structure["modules"]
    first["assessment"]["passingScore"], second["assessment"]["passingScore"] = 60, 90

    smaller = merged(structure, 5, minModules=1, minLessonsPerModule=1)

    [module] = smaller["modules"]
    assert summary.total_elements(COURSE, smaller) <= 5
    assert module["title"] == f"{first['title']} and {second['title']}"
    assert module["learningObjectives"] == [*first["learningObjectives"], *second["learningObjectives"]]
    assert module["assessment"]["questions"] == [*first["assessment"]["questions"], *second["assessment"]["questions"]]
    assert 60 < module["assessment"]["passingScore"] < 90
    assert module["x_mergedIds"] == ["module_2"]


@pytest.mark.parametrize(
    ("first", "second", "whole"),
    [
        ("90 minutes", "90 minutes", "3 hours"),
        ("2 weeks", "1 hour", "2 weeks + 1 hour"),
        ("20 minutes", "1 hour", "80 minutes"),
    ],
)
def test_durations_are_added_up_where_they_can_be(first: str, second: str, whole: str) -> None:
    structure = clean(COURSE)
    structure["modules"][0]["estimatedDuration"], structure["modules"][1]["estimatedDuration"] = first, second

    [module] = merged(structure, 5, minModules=1, minLessonsPerModule=1)["modules"]

    assert module["estimatedDuration"] == whole


@pytest.mark.parametrize(
    ("language", "title"),
    [("en-GB", "A, B and C"), ("de", "A, B und C"), ("ja", "A / B / C")],
)
def test_titles_are_joined_in_the_language_of_the_structure(language: str, title: str) -> None:
    structure = {**clean(QUIZ), "language": language}
    asked = questions(structure)
    structure["categories"] = [
        {"name": name, "questions": asked[place : place + 3], "provenance": MODEL}
        for name, place in (("A", 0), ("B", 3), ("C", 6))
    ]

    assert [category["name"] for category in merged(structure, 10)["categories"]] == [title]


def test_a_span_of_a_joined_element_is_that_around_its_parts_whose_own_are_kept() -> None:
    structure = clean(COURSE)
    spans = [
        {"kind": "source", "span": {"doc": "source", "start": n, "end": n + 5}, "sha256": "a" * 64} for n in (10, 40)
    ]
    for lesson, provenance in zip(structure["modules"][0]["lessons"], spans, strict=True):
        lesson["provenance"] = provenance

    [lesson] = merged(structure, 10, minLessonsPerModule=1)["modules"][0]["lessons"]

    assert lesson["provenance"] == {"kind": "source", "span": {"doc": "source", "start": 10, "end": 45}}
    assert lesson["x_mergedProvenance"] == spans


def test_what_is_partly_from_a_source_is_no_longer_said_to_be_from_it() -> None:
    structure = clean(COURSE)
    lessons = structure["modules"][0]["lessons"]
    lessons[0]["provenance"] = {"kind": "source", "span": {"doc": "source", "start": 0, "end": 9}}
    lessons[1]["provenance"] = MODEL

    [lesson] = merged(structure, 10, minLessonsPerModule=1)["modules"][0]["lessons"]

    assert (lesson["provenance"], "x_mergedProvenance" in lesson) == (MODEL, False)


def test_categories_are_joined_before_a_question_is_left_out() -> None:
    structure = clean(QUIZ)

    smaller = merged(structure, 11)

    assert [len(category["questions"]) for category in smaller["categories"]] == [10]
    assert questions(smaller) == questions(structure)


def test_the_question_most_like_another_is_left_out_and_the_limit_of_time_follows() -> None:
    structure = clean(QUIZ)
    asked = questions(structure)
    asked[2]["question"] = asked[7]["question"] + " Exactly?"
    structure["quizOverview"]["timeLimit"] = "20 minutes"

    smaller = merged(structure, 10)

    assert smaller["quizOverview"]["x_leftOutIds"] in ([asked[2]["id"]], [asked[7]["id"]])
    assert (smaller["quizOverview"]["totalQuestions"], smaller["quizOverview"]["timeLimit"]) == (9, "18 minutes")


def test_questions_are_left_out_of_the_largest_categories_and_not_from_the_end() -> None:
    structure = clean(QUIZ)
    asked = questions(structure)
    structure["categories"] = [{"name": "Short", "questions": asked[:3]}, {"name": "Long", "questions": asked[3:]}]

    smaller = merged(structure, 8, minCategories=2)

    assert [len(category["questions"]) for category in smaller["categories"]] == [3, 3]
    assert smaller["categories"][0]["questions"] == asked[:3]
    assert smaller["categories"][1]["questions"] != asked[3:6]


def unlike(*rows: tuple[str, str]) -> Any:
    """A quiz of questions that share no word, given as difficulty and explanation."""
    structure, words = clean(QUIZ), ("mulch", "worm", "bin", "sieve", "lime", "straw")
    asked = [
        {
            **questions(structure)[n],
            "id": f"q_{n + 1}",
            "question": f"{words[n]}?",
            "difficulty": level,
            "explanation": why,
        }
        for n, (level, why) in enumerate(rows)
    ]
    structure["categories"] = [{"name": "All", "questions": asked}]
    return structure


def test_of_questions_unlike_each_other_a_common_difficulty_and_a_short_explanation_is_left_out() -> None:
    long, short = "Because it rots slowly.", "It rots."
    structure = unlike(
        ("hard", short), ("easy", long), ("easy", short), ("easy", long), ("easy", short), ("medium", short)
    )

    smaller = merged(structure, 5)["quizOverview"]

    assert smaller["x_leftOutIds"] == ["q_3", "q_5"]


def test_only_one_of_two_like_questions_is_left_out() -> None:
    structure = unlike(*[("easy", "It rots.")] * 6)
    asked = questions(structure)
    asked[2]["question"] = asked[4]["question"] = "Which heap rots fastest?"

    left_out = merged(structure, 5)["quizOverview"]["x_leftOutIds"]

    assert len({"q_3", "q_5"}.intersection(left_out)) == 1
    assert len(left_out) == 2


def test_a_category_keeps_the_questions_its_template_wants() -> None:
    used = template(QUIZ)
    rules = {"levels": [{"level": 2, "path": "categories[].questions", "min": 5, "max": 9}]}

    with pytest.raises(AiResponseInvalid):
        merging.merge(QUIZ, clean(QUIZ), 5, replace(used, structure_rules=rules))
    assert merging.merge(QUIZ, clean(QUIZ), 6, replace(used, structure_rules=rules))


def chapters_of(structure: Any) -> list[Any]:
    return [chapter for act in structure["acts"] for chapter in act["chapters"]]


def without_scenes(structure: Any) -> Any:
    for chapter in chapters_of(structure):
        chapter["scenes"] = []
    structure["plotThreads"][0] |= {"setupScene": "chapter_1", "payoffScene": "chapter_6"}
    structure["plotThreads"][1] |= {"setupScene": "chapter_1", "payoffScene": "chapter_6"}
    return structure


def reshaped(structure: Any, *shares: int) -> Any:
    """The novel with so many chapters in each act."""
    chapters = iter(chapters_of(structure))
    for act, share in zip(structure["acts"], shares, strict=True):
        act["chapters"] = [next(chapters) for _ in range(share)]
    return structure


@pytest.mark.parametrize("most", [9, 12])
def test_a_novel_keeps_the_chapters_its_template_wants(most: int) -> None:
    with pytest.raises(AiResponseInvalid):
        merged(clean(NOVEL), most)


def test_a_chapter_keeps_the_scenes_its_template_wants() -> None:
    structure = clean(NOVEL)
    for number, chapter in enumerate(chapters_of(structure), 1):
        chapter["scenes"] = [{**chapter["scenes"][0], "id": f"scene_{number}_{place}"} for place in (1, 2)]
    structure["plotThreads"] = []

    with pytest.raises(AiResponseInvalid):
        merged(structure, 14, minChapters=5, minScenesPerChapter=2)


def test_chapters_that_end_a_thread_or_change_the_view_are_not_joined_where_others_can_be() -> None:
    structure = reshaped(without_scenes(clean(NOVEL)), 1, 4, 1)
    second = chapters_of(structure)[1:5]
    for chapter, view in zip(second, ("char_ines", "char_ines", "char_tomas", "char_tomas"), strict=True):
        chapter["pov"], chapter["targetWords"] = view, 5000
    second[1]["targetWords"] = second[2]["targetWords"] = 1
    structure["plotThreads"][0] |= {"setupScene": "chapter_2", "payoffScene": "chapter_3"}

    smaller = merged(structure, 8, minChapters=3)

    assert [chapter["id"] for chapter in chapters_of(smaller)] == [f"chapter_{n}" for n in (1, 2, 3, 4, 6)]


def test_scenes_with_a_task_in_the_whole_are_not_joined_where_others_can_be() -> None:
    structure = clean(NOVEL)
    scene = structure["acts"][0]["chapters"][0]["scenes"][0]
    told = [{**scene, "id": f"scene_1_{n}", "goal": "Go. " * n, "threadIds": []} for n in range(1, 5)]
    for index in (2, 3):
        told[index] = {key: value for key, value in told[index].items() if key != "beat"}
    structure["acts"][0]["chapters"][0]["scenes"] = told
    structure["plotThreads"] = []

    smaller = merged(structure, summary.total_elements(NOVEL, structure) - 1)

    assert [one["id"] for one in smaller["acts"][0]["chapters"][0]["scenes"]] == ["scene_1_1", "scene_1_2", "scene_1_4"]
    assert smaller["acts"][0]["chapters"][0]["scenes"][1]["beat"] == scene["beat"]


def test_scenes_of_a_chapter_become_one_before_chapters_do() -> None:
    structure = clean(NOVEL)

    smaller = merged(structure, summary.total_elements(NOVEL, structure) - 1)

    chapters = [chapter for act in smaller["acts"] for chapter in act["chapters"]]
    joined = [scene for chapter in chapters for scene in chapter["scenes"] if "x_mergedIds" in scene]
    assert len(chapters) == 6
    assert len(joined) == 1
    assert summary.total_elements(NOVEL, smaller) == summary.total_elements(NOVEL, structure) - 1


def test_joined_chapters_are_counted_and_numbered_anew() -> None:
    structure = clean(NOVEL)

    smaller = merged(structure, 13)

    chapters = [chapter for act in smaller["acts"] for chapter in act["chapters"]]
    assert [chapter["chapterNumber"] for chapter in chapters] == [1, 2, 3, 4, 5]
    assert sum(chapter["targetWords"] for chapter in chapters) == smaller["novelOverview"]["targetWords"] == 15000


def test_setup_and_payoff_that_had_to_be_joined_are_put_one_after_the_other() -> None:
    structure = clean(NOVEL)
    for act in structure["acts"]:
        for chapter in act["chapters"]:
            chapter["scenes"] = []
    structure["plotThreads"][0] |= {"setupScene": "chapter_1", "payoffScene": "chapter_2"}
    structure["plotThreads"][1] |= {"setupScene": "chapter_5", "payoffScene": "chapter_6"}
    shares = [len(act["chapters"]) for act in structure["acts"]]

    smaller = merged(structure, 6, minChapters=3)

    assert (sum(shares), [len(act["chapters"]) for act in smaller["acts"]]) == (6, [1, 1, 1])
    ends = [(thread["setupScene"], thread["payoffScene"]) for thread in smaller["plotThreads"]]
    assert all(setup != payoff for setup, payoff in ends)


def steps(*rows: tuple[str, list[str], str]) -> Any:
    """A workflow of steps given as id, next steps and performer."""
    structure = clean(WORKFLOW)
    structure["steps"] = [
        {
            "id": identity,
            "name": identity.upper(),
            "description": f"{identity} is done.",
            "responsible": performer,
            "inputs": [f"from {place - 1}"],
            "outputs": [f"from {place}"],
            "tools": [],
            "nextSteps": following,
            "conditions": [f"to {name}" for name in following] if len(following) > 1 else [],
        }
        for place, (identity, following, performer) in enumerate(rows, 1)
    ]
    return {key: value for key, value in structure.items() if key not in ("phases", "roles")}


def test_a_chain_of_tasks_of_one_performer_becomes_one_step() -> None:
    structure = steps(
        ("step_1", ["step_2"], "Mechanic"),
        ("step_2", ["step_3"], "Customer"),
        ("step_3", ["step_4"], "Mechanic"),
        ("step_4", [], "Mechanic"),
    )

    smaller = merged(structure, 3, minSteps=2)

    assert smaller["steps"][2] == {
        "id": "step_3",
        "name": "STEP_3 and STEP_4",
        "description": "step_3 is done.\n\nstep_4 is done.",
        "responsible": "Mechanic",
        "inputs": ["from 2"],
        "outputs": ["from 3", "from 4"],
        "tools": [],
        "nextSteps": [],
        "conditions": [],
        "x_mergedIds": ["step_4"],
    }


def test_a_joined_step_says_who_does_the_second_half_of_it() -> None:
    structure = steps(
        ("step_1", ["step_2"], "Customer"), ("step_2", ["step_3"], "Mechanic"), ("step_3", [], "Customer")
    )

    smaller = merged(structure, 2, minSteps=2)

    assert smaller["steps"][0]["description"] == "step_1 is done.\n\nMechanic: step_2 is done."


def test_a_step_that_names_a_condition_is_not_joined_with_what_follows_it() -> None:
    structure = steps(
        ("step_1", ["step_2"], "Mechanic"), ("step_2", ["step_3"], "Mechanic"), ("step_3", [], "Mechanic")
    )
    structure["steps"][0]["conditions"] = ["only on weekdays"]

    assert [step["id"] for step in merged(structure, 2, minSteps=2)["steps"]] == ["step_1", "step_2"]


def test_a_step_is_not_joined_with_one_that_leads_back_to_it() -> None:
    structure = steps(
        ("step_1", ["step_2"], "Mechanic"),
        ("step_2", ["step_3"], "Mechanic"),
        ("step_3", ["step_2", "step_4"], "Mechanic"),
        ("step_4", [], "Mechanic"),
    )

    with pytest.raises(AiResponseInvalid):
        merged(structure, 3, minSteps=2)


def test_chains_within_a_phase_are_joined_before_those_across_phases() -> None:
    rows = [(f"step_{n}", [f"step_{n + 1}"] if n < 4 else [], "Mechanic") for n in range(1, 5)]
    structure = steps(*rows)
    structure["phases"] = [
        {"id": "phase_1", "name": "First", "stepIds": ["step_1"]},
        {"id": "phase_2", "name": "Rest", "stepIds": ["step_2", "step_3", "step_4"]},
    ]

    smaller = merged(structure, 2, minSteps=2)

    assert [step["name"] for step in smaller["steps"]] == ["STEP_1", "STEP_2, STEP_3 and STEP_4"]
    assert [phase["stepIds"] for phase in smaller["phases"]] == [["step_1"], ["step_2"]]


def test_plain_tasks_are_joined_before_a_task_with_what_decides() -> None:
    structure = steps(
        ("step_1", ["step_2"], "Mechanic"),
        ("step_2", ["step_3", "step_4"], "Mechanic"),
        ("step_3", ["step_4"], "Mechanic"),
        ("step_4", ["step_5"], "Mechanic"),
        ("step_5", [], "Customer"),
    )
    structure["steps"][3]["description"] = "A long description of what is done. " * 9

    assert [step["id"] for step in merged(structure, 4, minSteps=2)["steps"]] == [
        "step_1",
        "step_2",
        "step_3",
        "step_4",
    ]


def test_a_start_that_is_joined_with_what_decides_is_a_decision() -> None:
    structure = steps(
        ("step_1", ["step_2"], "Mechanic"),
        ("step_2", ["step_3", "step_4"], "Mechanic"),
        ("step_3", ["step_4"], "Mechanic"),
        ("step_4", [], "Mechanic"),
    )
    structure["steps"][0]["type"] = "start"

    [first, *_] = merged(structure, 3, minSteps=2)["steps"]

    assert (first["type"], first["nextSteps"], len(first["conditions"])) == ("decision", ["step_3", "step_4"], 2)


def test_branches_are_never_joined() -> None:
    structure = steps(
        ("step_1", ["step_2", "step_3"], "Mechanic"),
        ("step_2", ["step_4"], "Mechanic"),
        ("step_3", ["step_4"], "Mechanic"),
        ("step_4", ["step_5"], "Mechanic"),
        ("step_5", [], "Mechanic"),
    )

    smaller = merged(structure, 4, minSteps=2)

    assert [(step["id"], step["nextSteps"]) for step in smaller["steps"]] == [
        ("step_1", ["step_2", "step_3"]),
        ("step_2", ["step_4"]),
        ("step_3", ["step_4"]),
        ("step_4", []),
    ]


def concept(number: int, level: int) -> Any:
    return {
        "id": f"concept_{number}",
        "label": f"Concept {number}",
        "altLabels": [],
        "definition": f"What concept {number} is.",
        "level": level,
        "examples": [],
    }


def relation(source: int, target: int, kind: str, **more: str) -> Any:
    return {"source": f"concept_{source}", "target": f"concept_{target}", "type": kind, **more}


def a_map(levels: list[int], relations: list[Any]) -> Any:
    concepts = [concept(number, level) for number, level in enumerate(levels, 1)]
    overview = {"title": "Bread", "description": "Bread.", "rootId": "concept_1"}
    return {"mapOverview": overview, "concepts": concepts, "relations": relations}


def test_a_leaf_concept_goes_into_the_broader_one_with_its_name_and_definition() -> None:
    structure = a_map([1, 2, 2, 3], [relation(2, 1, "broader"), relation(3, 1, "broader"), relation(4, 2, "partOf")])

    smaller = merged(structure, 3, minConcepts=1)

    assert smaller["concepts"][1] == {
        "id": "concept_2",
        "label": "Concept 2",
        "altLabels": ["Concept 4"],
        "definition": "What concept 2 is. Concept 4: What concept 4 is.",
        "level": 2,
        "examples": [],
        "x_mergedIds": ["concept_4"],
    }
    assert smaller["relations"] == structure["relations"][:2]


def test_relations_of_a_leaf_move_with_it_unless_they_are_there_already() -> None:
    structure = a_map(
        [1, 2, 2, 3],
        [
            relation(2, 1, "broader"),
            relation(3, 1, "broader"),
            relation(4, 2, "broader"),
            relation(3, 4, "prerequisite"),
            relation(4, 3, "broader", label="also a"),
            relation(4, 1, "related", label="seen in"),
        ],
    )

    smaller = merged(structure, 3, minConcepts=1)

    assert smaller["relations"] == [
        relation(2, 1, "broader"),
        relation(3, 1, "broader"),
        relation(3, 2, "prerequisite"),
    ]
    assert smaller["concepts"][1]["x_relationLabels"] == ["also a", "seen in"]


def test_a_relation_that_would_close_a_circle_is_only_related() -> None:
    structure = a_map(
        [1, 2, 3, 3],
        [
            relation(2, 1, "broader"),
            relation(3, 2, "broader"),
            relation(4, 2, "broader"),
            relation(1, 4, "prerequisite"),
        ],
    )

    smaller = merged(structure, 2, minConcepts=1)

    assert smaller["relations"] == [relation(2, 1, "broader")]
    assert smaller["concepts"][1]["x_mergedIds"] == ["concept_3", "concept_4"]


def test_what_the_leaf_was_below_its_broader_concept_is_only_related_to() -> None:
    structure = a_map(
        [1, 2, 2, 3],
        [relation(2, 1, "broader"), relation(3, 1, "broader"), relation(4, 2, "broader"), relation(4, 3, "partOf")],
    )

    smaller = merged(structure, 3, minConcepts=1)

    assert smaller["relations"][2:] == [relation(2, 3, "related")]


def test_the_root_stays_whatever_it_is_related_by() -> None:
    structure = a_map([1, 1], [relation(1, 2, "related")])

    assert [one["id"] for one in merged(structure, 1, minConcepts=1)["concepts"]] == ["concept_1"]


def test_a_concept_that_holds_another_to_the_map_does_not_go() -> None:
    structure = a_map([1, 2, 2, 3], [relation(2, 1, "broader"), relation(4, 3, "broader")])

    with pytest.raises(AiResponseInvalid):
        merged(structure, 3, minConcepts=1)


def test_leaves_go_evenly_into_their_broader_concepts_and_no_label_is_lost() -> None:
    below = [relation(n, 2, "broader", label=f"kind {n}") for n in (4, 5)] + [
        relation(n, 3, "broader", label=f"kind {n}") for n in (6, 7)
    ]
    structure = a_map([1, 2, 2, 3, 3, 3, 3], [relation(2, 1, "broader"), relation(3, 1, "broader"), *below])

    smaller, smallest = merged(structure, 5, minConcepts=1), merged(structure, 3, minConcepts=1)

    assert [len(one.get("x_mergedIds", [])) for one in smaller["concepts"]][:3] == [0, 1, 1]
    assert [one.get("x_relationLabels") for one in smallest["concepts"]] == [
        None,
        ["kind 4", "kind 5"],
        ["kind 6", "kind 7"],
    ]


def test_a_map_stays_as_deep_as_its_template_wants_it() -> None:
    structure = a_map([1, 2, 2, 3], [relation(2, 1, "broader"), relation(3, 1, "broader"), relation(4, 2, "broader")])

    smaller = merged(structure, 3, minConcepts=1, minDepth=3)

    assert [one["id"] for one in smaller["concepts"]] == ["concept_1", "concept_2", "concept_4"]


def test_what_is_partly_optional_is_not_optional() -> None:
    structure = clean(LEARNING_PATH)
    structure["milestones"] = structure["milestones"][:2]
    structure["milestones"][0]["optional"] = True

    [joined] = merged(structure, 2, minMilestones=1)["milestones"]

    assert joined["optional"] is False


def test_milestones_that_follow_one_another_become_one() -> None:
    structure = clean(LEARNING_PATH)
    first, second, third, last = structure["milestones"]

    smaller = merged(structure, 6)

    assert [(one["id"], one["requires"]) for one in smaller["milestones"]] == [
        ("milestone_1", []),
        ("milestone_3", ["milestone_1"]),
        ("milestone_4", ["milestone_1", "milestone_3"]),
    ]
    joined = smaller["milestones"][0]
    assert joined["hours"] == first["hours"] + second["hours"]
    assert joined["activities"][0]["hours"] == sum(
        activity["hours"] for activity in [*first["activities"], *second["activities"]]
    )
    assert (joined["x_mergedIds"], joined["optional"]) == (["milestone_2"], False)
    assert third["project"] == smaller["milestones"][1]["project"]
    assert last["title"] == smaller["milestones"][2]["title"]
