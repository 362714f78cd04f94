"""Defects of questions, in quizzes and in the assessments of courses: keys, options, stems and explanations."""

from __future__ import annotations

from copy import deepcopy

from granulator.dev.quality.defects import wordings
from granulator.dev.quality.defects.wordings import Wordings
from granulator.dev.quality.defects.workpiece import (
    GROSS,
    PLAIN,
    SUBTLE,
    Workpiece,
    blemish,
    child,
    defect,
    listed,
    rows,
    strings,
    text,
)
from granulator.model import Json, JsonObject, StructureType

QUIZ = (StructureType.QUIZ,)
BOTH = (StructureType.QUIZ, StructureType.COURSE)
ENOUGH_FOR_STATISTICS = 8
ANSWER_LETTERS = 4


def asked(work: Workpiece) -> list[JsonObject]:
    """Return every question of the structure."""
    if work.structure_type is StructureType.QUIZ:
        return rows(work.structure, "categories", "questions")
    return [row for module in rows(work.structure, "modules") for row in rows(child(module, "assessment"), "questions")]


def choices(work: Workpiece) -> list[JsonObject]:
    """Return the questions with one right option among several."""
    return [row for row in asked(work) if row.get("type") == "multiple_choice"]


def _key(question: JsonObject) -> int:
    key = question["correctAnswer"]
    assert isinstance(key, int)
    return key


def _answer(question: JsonObject) -> str:
    return strings(question, "options")[_key(question)]


def _set_key(question: JsonObject, key: Json) -> None:
    question["correctAnswer"] = key
    question.pop("distractorRationale", None)


def _lowered(prose: str) -> str:
    return prose if prose[1:2].isupper() else prose[:1].lower() + prose[1:]


def _shifted(work: Workpiece) -> bool:
    questions = choices(work)
    if not questions:
        return False
    half = questions[: -(-len(questions) // 2)]
    for row in {GROSS: questions, PLAIN: half, SUBTLE: [work.choose(questions)]}[work.severity]:
        _set_key(row, (_key(row) + 1) % len(strings(row, "options")))
    return True


def _keyed_c(work: Workpiece) -> bool:
    wrong = [row for row in choices(work) if _key(row) != 2]
    if not wrong:
        return False
    for row in choices(work):
        _set_key(row, 2)
    return True


def _moved_to_c(work: Workpiece) -> bool:
    questions = choices(work)
    if len(questions) < ENOUGH_FOR_STATISTICS:
        return False
    for row in questions if work.severity == GROSS else questions[1:]:
        options = strings(row, "options")
        answer = options.pop(_key(row))
        options.insert(2, answer)
        _set_key(row, 2)
    return True


def _key_out_of_range(work: Workpiece) -> bool:
    questions = choices(work)
    if not questions:
        return False
    row = work.choose(questions)
    letter = "ABCDEFGH"[_key(row)]
    values: dict[str, tuple[Json, ...]] = {
        GROSS: (99, -1),
        PLAIN: (len(strings(row, "options")), letter, _answer(row)),
        SUBTLE: (True, 1.5, [_key(row)], str(_key(row))),
    }
    _set_key(row, work.choose(values[work.severity]))
    return True


def _same_options(work: Workpiece) -> bool:
    questions = choices(work)
    if not questions:
        return False
    row = work.choose(questions)
    answer = _answer(row)
    wrong = work.choose([at for at in range(len(strings(row, "options"))) if at != _key(row)])
    copies = {GROSS: answer, PLAIN: f"{answer.rstrip('.').upper()}.", SUBTLE: f"{answer.rstrip('.')} "}
    strings(row, "options")[wrong] = copies[work.severity]
    row.pop("distractorRationale", None)
    return True


def _few_options(work: Workpiece) -> bool:
    questions = choices(work)
    if not questions:
        return False
    for row in work.some(questions):
        keep = [_answer(row)]
        if work.severity != PLAIN:
            keep.append(next(option for option in strings(row, "options") if option != keep[0]))
        row["options"] = list(keep)
        _set_key(row, 0)
    return True


def _reveals_itself(work: Workpiece) -> bool:
    questions = [row for row in choices(work) if len(_answer(row)) >= ANSWER_LETTERS]
    if not questions:
        return False
    row = work.choose(questions)
    row["question"] = _filled(work, wordings.HINTED_STEM, _answer(row), text(row, "question"))
    return True


def _reveals_another(work: Workpiece) -> bool:
    questions = [row for row in choices(work) if len(_answer(row)) >= 2 * ANSWER_LETTERS]
    if len(questions) < 2:
        return False
    row, other = work.two(questions)
    other["question"] = _filled(work, wordings.LEAKING_STEM, _answer(row), text(other, "question"))
    return True


def _filled(work: Workpiece, wording: Wordings, answer: str, stem: str) -> str:
    return work.worded(wording).format(
        stem=stem, stem_lower=_lowered(stem), answer=answer, answer_lower=_lowered(answer)
    )


def _explains_another(work: Workpiece) -> bool:
    questions = choices(work)
    if not questions:
        return False
    row = work.choose(questions)
    other = work.choose([option for option in strings(row, "options") if option != _answer(row)]).rstrip(".")
    wording = work.worded(wordings.OTHER_EXPLANATION)
    row["explanation"] = wording.format(other=other, other_lower=_lowered(other))
    return True


def _asked_twice(work: Workpiece) -> bool:
    questions = choices(work)
    if not questions:
        return False
    row = work.choose(questions)
    again = deepcopy(row)
    again["id"] = f"{text(row, 'id')}_b"
    again["question"] = _filled(work, wordings.REWORDED_STEM, _answer(row), text(row, "question"))
    _ask_also(work, again)
    return True


def _asked_in_other_words(work: Workpiece) -> bool:
    questions = [row for row in choices(work) if text(row, "question") in work.clean.retold]
    if not questions:
        return False
    row = work.choose(questions)
    again = deepcopy(row)
    again["id"] = f"{text(row, 'id')}_b"
    again["question"] = work.clean.retold[text(row, "question")]
    again["options"] = list(reversed(strings(row, "options")))
    _set_key(again, len(strings(row, "options")) - 1 - _key(row))
    _ask_also(work, again)
    return True


def _ask_also(work: Workpiece, question: JsonObject) -> None:
    if work.structure_type is StructureType.QUIZ:
        listed(rows(work.structure, "categories")[-1], "questions").append(question)
        child(work.structure, "quizOverview")["totalQuestions"] = len(asked(work))
    else:
        listed(child(rows(work.structure, "modules")[-1], "assessment"), "questions").append(question)


def _all_alike(work: Workpiece) -> bool:
    questions = choices(work)
    if len(questions) < 4:
        return False
    first = questions[0]
    for row in questions[1:]:
        row["question"] = _filled(work, wordings.REWORDED_STEM, _answer(first), text(first, "question"))
        row["options"] = list(strings(first, "options"))
        row["explanation"] = text(first, "explanation")
        _set_key(row, _key(first))
    return True


def _one_difficulty(work: Workpiece) -> bool:
    questions = asked(work)
    if len(questions) < ENOUGH_FOR_STATISTICS or len({text(row, "difficulty") for row in questions}) < 2:
        return False
    difficulty = {GROSS: "easy", PLAIN: "medium", SUBTLE: "hard"}[work.severity]
    for row in questions:
        row["difficulty"] = difficulty
    return True


def _longest(work: Workpiece) -> bool:
    questions = choices(work)
    if len(questions) < ENOUGH_FOR_STATISTICS - 2:
        return False
    for row in questions if work.severity == GROSS else questions[:-1]:
        wording = work.choose(wordings.LENGTHENED[work.split])
        strings(row, "options")[_key(row)] = wording.format(option=_answer(row).rstrip("."))
    return True


def _catch_all(work: Workpiece) -> bool:
    questions = [row for row in choices(work) if len(strings(row, "options")) - 1 != _key(row)]
    if not questions:
        return False
    row = work.choose(questions)
    strings(row, "options")[-1] = work.worded(wordings.CATCH_ALL)
    row.pop("distractorRationale", None)
    return True


def _overlapping(work: Workpiece) -> bool:
    questions = choices(work)
    if not questions:
        return False
    row = work.choose(questions)
    wrong = work.choose([at for at in range(len(strings(row, "options"))) if at != _key(row)])
    strings(row, "options")[wrong] = work.worded(wordings.INCLUDING).format(option=_answer(row).rstrip("."))
    row.pop("distractorRationale", None)
    return True


def _miscounted(work: Workpiece) -> bool:
    overview = child(work.structure, "quizOverview")
    count = len(asked(work))
    overview["totalQuestions"] = {GROSS: count * 5, PLAIN: count + 3, SUBTLE: count - 1}[work.severity]
    return True


def _unexplained(work: Workpiece) -> bool:
    for row in work.some(asked(work)):
        row["explanation"] = "" if work.severity != SUBTLE else "\u00a0"
    return True


def _bad_other_key(work: Workpiece) -> bool:
    keys: dict[str, Json] = {
        "ordering": [0, 0, 1],
        "multiple_response": [],
        "matching": [{"left": "a", "right": "b"}],
        "numeric": {"value": 1, "tolerance": -1},
        "short_answer": [],
        "true_false": True,
    }
    questions = [row for row in asked(work) if row.get("type") in keys]
    if not questions:
        return False
    row = work.choose(questions)
    row["correctAnswer"] = keys[text(row, "type")]
    return True


def _bad_difficulty(work: Workpiece) -> bool:
    work.choose(asked(work))["difficulty"] = {GROSS: "7/10", PLAIN: "moderate", SUBTLE: "Medium"}[work.severity]
    return True


def _empty_category(work: Workpiece) -> bool:
    listed(work.structure, "categories").append({"name": "Further questions", "questions": []})
    return True


DEFECTS = (
    defect("keys shifted by one", BOTH, "key_contradicts_explanation", _shifted),
    defect("every key says C", BOTH, "key_contradicts_explanation key_range", _keyed_c, (GROSS,)),
    blemish("every right answer stands at C", QUIZ, "key_position_bias", _moved_to_c, (GROSS, PLAIN)),
    defect("a key that is no option", BOTH, "key_range schema", _key_out_of_range),
    defect("the right option twice", BOTH, "dup_options", _same_options),
    defect("too few options", BOTH, "few_options", _few_options),
    defect("the stem tells its answer", BOTH, "answer_in_stem", _reveals_itself),
    defect("a stem tells another answer", BOTH, "answer_leak", _reveals_another),
    defect("an explanation for another option", BOTH, "key_contradicts_explanation", _explains_another),
    defect("a question asked twice", BOTH, "dup_question", _asked_twice),
    defect("a question asked again in other words", QUIZ, "dup_question", _asked_in_other_words, (SUBTLE,)),
    defect("all questions alike", BOTH, "dup_question", _all_alike),
    blemish("one difficulty throughout", QUIZ, "difficulty_flat", _one_difficulty),
    blemish("the longest option is right", QUIZ, "longest_is_correct", _longest, (GROSS, PLAIN)),
    blemish("a catch-all option", BOTH, "all_of_above", _catch_all),
    blemish(
        "an option that includes the right one", BOTH, "overlapping_options dup_options", _overlapping, (GROSS, PLAIN)
    ),
    defect("a count that is not the real one", QUIZ, "count_mismatch", _miscounted),
    defect("no explanation", BOTH, "empty", _unexplained),
    defect("a key of the wrong form", QUIZ, "key_range schema", _bad_other_key, (PLAIN,)),
    defect("a difficulty that does not exist", BOTH, "schema", _bad_difficulty),
    defect("a category without questions", QUIZ, "missing_level below_minimum empty schema", _empty_category, (PLAIN,)),
)
