"""How a structure of each type becomes the ``Document`` that checks look at; what is missing or odd is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from granulator.granulation.checks.document import Document, Group, Leaf, Passage, Question, Role
from granulator.granulation.structures import LISTS, OVERVIEWS, at, element_paths
from granulator.granulation.wording import content_words, words
from granulator.model import Json, StructureType

MEASURE_MAX = 1e300
"""What is beyond is no measure; nothing is reckoned with it."""


def read(structure_type: StructureType, structure: Json, language: str) -> Document:
    """Return what can be read of the structure; what is missing or of the wrong kind is left out."""
    overview = next((value for _, value in at(structure, OVERVIEWS[structure_type])), None)
    groups = tuple(_GROUPS[structure_type](structure))
    return Document(
        structure_type=structure_type,
        structure=structure,
        language=_text(structure, "language") or language,
        title=_text(overview, "name" if structure_type is StructureType.WORKFLOW else "title"),
        groups=groups,
        bodies=tuple(_bodies(structure_type, structure, groups)),
        passages=tuple(_passages(structure, _TEXTS[structure_type])),
        ids=tuple(_ids(structure, element_paths(structure_type))),
    )


def _bodies(structure_type: StructureType, structure: Json, groups: Sequence[Group]) -> Iterator[Leaf]:
    if structure_type is StructureType.NOVEL:
        for path, chapter in at(structure, "acts[].chapters[]"):
            yield _leaf(path, "", chapter, "title", "summary", ("summary",))
    elif structure_type in (StructureType.COURSE, StructureType.WORKFLOW, StructureType.KNOWLEDGE_MAP):
        yield from (leaf for group in groups for leaf in group.leaves)


_Texts = tuple[tuple[str, Role, str], ...]


def _questions_at(path: str) -> _Texts:
    return ((path, "stem", "question"), (path, "option", "options[]"), (path, "explanation", "explanation"))


_TEXTS: Mapping[StructureType, _Texts] = {
    StructureType.COURSE: (
        ("courseOverview", "title", "title"),
        ("courseOverview", "description", "description"),
        ("courseOverview", "objective", "learningOutcomes[]"),
        ("modules[]", "title", "title"),
        ("modules[]", "description", "description"),
        ("modules[]", "objective", "learningObjectives[]"),
        ("modules[].lessons[]", "title", "title"),
        ("modules[].lessons[]", "body", "content"),
        ("modules[].lessons[]", "point", "keyPoints[]"),
        ("modules[].lessons[]", "example", "examples[]"),
        ("modules[].lessons[]", "exercise", "practicalExercises[]"),
        *_questions_at("modules[].assessment.questions[]"),
    ),
    StructureType.QUIZ: (
        ("quizOverview", "title", "title"),
        ("quizOverview", "description", "description"),
        ("categories[]", "title", "name"),
        *_questions_at("categories[].questions[]"),
    ),
    StructureType.NOVEL: (
        ("novelOverview", "title", "title"),
        ("novelOverview", "description", "logline"),
        ("novelOverview", "point", "genre"),
        ("novelOverview", "point", "setting"),
        ("novelOverview", "point", "themes[]"),
        ("characters[]", "title", "name"),
        ("characters[]", "point", "want"),
        ("characters[]", "point", "need"),
        ("characters[]", "point", "flaw"),
        ("characters[].arc", "description", "start"),
        ("characters[].arc", "description", "turn"),
        ("characters[].arc", "description", "end"),
        ("plotThreads[]", "title", "name"),
        ("acts[]", "title", "title"),
        ("acts[]", "description", "purpose"),
        ("acts[].chapters[]", "title", "title"),
        ("acts[].chapters[]", "body", "summary"),
        ("acts[].chapters[].scenes[]", "description", "goal"),
        ("acts[].chapters[].scenes[]", "description", "conflict"),
        ("acts[].chapters[].scenes[]", "description", "outcome"),
        ("acts[].chapters[].scenes[]", "point", "location"),
    ),
    StructureType.WORKFLOW: (
        ("workflowOverview", "title", "name"),
        ("workflowOverview", "description", "description"),
        ("workflowOverview", "description", "purpose"),
        ("steps[]", "title", "name"),
        ("steps[]", "body", "description"),
        ("steps[]", "point", "responsible"),
        ("steps[]", "point", "inputs[]"),
        ("steps[]", "point", "outputs[]"),
        ("steps[]", "point", "tools[]"),
        ("steps[]", "point", "conditions[]"),
        ("steps[].conditions[]", "point", "expression"),
        ("steps[].conditions[]", "point", "label"),
        ("phases[]", "title", "name"),
        ("roles[]", "title", "name"),
        ("roles[]", "description", "description"),
    ),
    StructureType.KNOWLEDGE_MAP: (
        ("mapOverview", "title", "title"),
        ("mapOverview", "description", "description"),
        ("concepts[]", "title", "label"),
        ("concepts[]", "point", "altLabels[]"),
        ("concepts[]", "body", "definition"),
        ("concepts[]", "example", "examples[]"),
        ("relations[]", "point", "label"),
    ),
    StructureType.LEARNING_PATH: (
        ("pathOverview", "title", "title"),
        ("pathOverview", "description", "description"),
        ("pathOverview", "point", "targetRole"),
        ("competencies[]", "title", "label"),
        ("milestones[]", "title", "title"),
        ("milestones[].activities[]", "point", "type"),
        ("milestones[].activities[]", "description", "description"),
        ("milestones[].assessment", "point", "type"),
        ("milestones[].assessment", "description", "criterion"),
        ("milestones[]", "description", "project"),
    ),
}
"""Where the texts of each type stand: the path of their element, their role, their key."""


def _passages(structure: Json, texts: _Texts) -> Iterator[Passage]:
    for parent_path, role, key in texts:
        for path, parent in at(structure, parent_path):
            is_source = _is_source(parent)
            for inner, value in at(parent, key):
                if isinstance(value, str):
                    yield Passage(f"{path}.{inner}", role, value, is_source)


def _ids(structure: Json, paths: Sequence[str]) -> Iterator[tuple[str, str]]:
    for path in paths:
        for found, element in at(structure, path):
            if identity := _text(element, "id"):
                yield identity, f"{found}.id"


def _modules(structure: Json) -> Iterator[Group]:
    objectives = _names(structure, (("modules[].objectives[]", "text"),))
    for index, (path, module) in enumerate(at(structure, "modules[]"), start=1):
        yield Group(
            path=path,
            place=str(index),
            id=_text(module, "id"),
            title=_text(module, "title"),
            description=_text(module, "description"),
            leaves=tuple(
                _lesson(f"{path}.{inner}", f"{index}.{number}", lesson, objectives)
                for number, (inner, lesson) in enumerate(at(module, "lessons[]"), start=1)
            ),
            questions=tuple(
                _question(f"{path}.{inner}", question) for inner, question in at(module, "assessment.questions[]")
            ),
        )


def _categories(structure: Json) -> Iterator[Group]:
    for index, (path, category) in enumerate(at(structure, "categories[]"), start=1):
        questions = tuple(_question(f"{path}.{inner}", entry) for inner, entry in at(category, "questions[]"))
        yield Group(
            path=path,
            place=str(index),
            id=_text(category, "id"),
            title=_text(category, "name"),
            description="",
            leaves=tuple(_as_leaf(question, f"{index}.{n}") for n, question in enumerate(questions, start=1)),
            questions=questions,
        )


def _acts(structure: Json) -> Iterator[Group]:
    names = _names(structure, (("characters[]", "name"), ("plotThreads[]", "name")))
    for number, (path, act) in enumerate(at(structure, "acts[]"), start=1):
        chapters = [
            _chapter(f"{path}.{inner}", f"{number}.{index}", chapter, names)
            for index, (inner, chapter) in enumerate(at(act, "chapters[]"), start=1)
        ]
        yield Group(
            path=path,
            place=str(number),
            id=_text(act, "id"),
            title=_text(act, "title"),
            description=_text(act, "purpose"),
            leaves=tuple(leaf for chapter in chapters for leaf in chapter.leaves),
            inner=tuple(chapter for chapter in chapters if chapter.leaves and chapter.leaves[0].path != chapter.path),
            description_key="purpose",
        )


def _chapter(path: str, place: str, chapter: Json, names: Mapping[str, str]) -> Group:
    """Return a chapter with its scenes as leaves, or with itself as its only leaf where it has none."""
    pov = _text(chapter, "pov")
    point_of_view = names.get(pov, "")
    scenes = tuple(
        _scene(f"{path}.{inner}", f"{place}.{index}", scene, names)
        for index, (inner, scene) in enumerate(at(chapter, "scenes[]"), start=1)
    )
    aspects = [("character", point_of_view)]
    itself = _leaf(path, place, chapter, "title", "summary", ("summary",), aspects=aspects, refers=[pov])
    return Group(
        path=path,
        place=place,
        id=_text(chapter, "id"),
        title="\n".join((_text(chapter, "title"), point_of_view)),
        description=_text(chapter, "summary"),
        leaves=scenes or (itself,),
        description_key="summary",
    )


def _scene(path: str, place: str, scene: Json, names: Mapping[str, str]) -> Leaf:
    kinds = (("characterIds", "character"), ("threadIds", "thread"))
    refers = [identity for key, _ in kinds for identity in _texts(scene, key)]
    aspects = [(kind, names.get(identity, "")) for key, kind in kinds for identity in _texts(scene, key)]
    aspects.append(("location", _text(scene, "location")))
    return _leaf(path, place, scene, "goal", "outcome", ("conflict", "outcome"), aspects=aspects, refers=refers)


def _steps(structure: Json) -> Iterator[Group]:
    told = ("description", "inputs[]", "outputs[]", "conditions[]", "conditions[].expression", "conditions[].label")
    names = _names(structure, (("steps[]", "name"),))
    leaves = []
    for number, (path, step) in enumerate(at(structure, "steps[]"), start=1):
        following = _texts(step, "nextSteps")
        aspects = [("role", _text(step, "responsible")), *(("tool", tool) for tool in _texts(step, "tools"))]
        aspects += [("step", names.get(identity, "")) for identity in following]
        leaves.append(_leaf(path, str(number), step, "name", "description", told, aspects=aspects, refers=following))
    yield from _one_group(StructureType.WORKFLOW, leaves)


def _concepts(structure: Json) -> Iterator[Group]:
    told = ("altLabels[]", "definition", "examples[]")
    names = _names(structure, (("concepts[]", "label"),))
    related = _related(structure)
    leaves = []
    for number, (path, concept) in enumerate(at(structure, "concepts[]"), start=1):
        refers = related.get(_text(concept, "id"), [])
        aspects = [("concept", names.get(identity, "")) for identity in refers]
        leaves.append(_leaf(path, str(number), concept, "label", "definition", told, aspects=aspects, refers=refers))
    yield from _one_group(StructureType.KNOWLEDGE_MAP, leaves)


RELATED_MAX = 50
"""How many of the concepts a concept is related to are taken for named by it."""


def _related(structure: Json) -> dict[str, list[str]]:
    """Return concept id -> ids of the concepts it rests on or stands beside."""
    related: dict[str, list[str]] = {}
    for _, relation in at(structure, "relations[]"):
        targets = related.setdefault(_text(relation, "source"), [])
        if len(targets) < RELATED_MAX:
            targets.append(_text(relation, "target"))
    return related


def _milestones(structure: Json) -> Iterator[Group]:
    told = ("activities[].type", "activities[].description", "assessment.type", "assessment.criterion", "project")
    names = _names(structure, (("competencies[]", "label"),))
    leaves = []
    for number, (path, milestone) in enumerate(at(structure, "milestones[]"), start=1):
        refers = _texts(milestone, "developsCompetencies")
        aspects = [("competency", names.get(identity, "")) for identity in refers]
        leaves.append(_leaf(path, str(number), milestone, "title", "project", told, aspects=aspects, refers=refers))
    yield from _one_group(StructureType.LEARNING_PATH, leaves)


def _one_group(structure_type: StructureType, leaves: Sequence[Leaf]) -> Iterator[Group]:
    if leaves:
        yield Group(LISTS[structure_type], "", "", "", "", tuple(leaves))


def _leaf(
    path: str,
    place: str,
    element: Json,
    title_key: str,
    body_key: str,
    told_at: Sequence[str],
    *,
    aspects: Sequence[tuple[str, str]] = (),
    refers: Sequence[str] = (),
) -> Leaf:
    """Return a leaf that tells what stands at the paths ``told_at`` in its element."""
    body, title = _text(element, body_key), _text(element, title_key)
    told = "\n".join(text for key in told_at for _, text in at(element, key) if isinstance(text, str))
    named = tuple((kind, name) for kind, name in aspects if name)
    return Leaf(
        path=path,
        place=place,
        id=_text(element, "id"),
        title=title,
        body=body,
        is_source=_is_source(element),
        text="\n".join((title, told, *(name for _, name in named))),
        length=words(body),
        meaning=frozenset(content_words(body)),
        body_key=body_key,
        span=_span(element),
        told=f"{title}\n{told}" if title_key == "goal" else told,
        refers=frozenset(refers),
        aspects=named,
    )


def _names(structure: Json, paths: Sequence[tuple[str, str]]) -> dict[str, str]:
    return {_text(element, "id"): _text(element, key) for path, key in paths for _, element in at(structure, path)}


_GROUPS: Mapping[StructureType, Callable[[Json], Iterator[Group]]] = {
    StructureType.COURSE: _modules,
    StructureType.QUIZ: _categories,
    StructureType.NOVEL: _acts,
    StructureType.WORKFLOW: _steps,
    StructureType.KNOWLEDGE_MAP: _concepts,
    StructureType.LEARNING_PATH: _milestones,
}


def _lesson(path: str, place: str, lesson: Json, objectives: Mapping[str, str]) -> Leaf:
    title, body, points = _text(lesson, "title"), _text(lesson, "content"), _texts(lesson, "keyPoints")
    more = (*_texts(lesson, "examples"), *_texts(lesson, "practicalExercises"))
    refers = _texts(lesson, "objectiveIds")
    aims = [objectives[identity] for identity in refers if identity in objectives]
    return Leaf(
        path=path,
        place=place,
        id=_text(lesson, "id"),
        title=title,
        body=body,
        points=points,
        objective_ids=refers,
        is_source=_is_source(lesson),
        text="\n".join((title, body, *points, *more, *aims)),
        length=words(body),
        meaning=frozenset(content_words(body)),
        span=_span(lesson),
        told=body,
        refers=frozenset(refers),
    )


def _as_leaf(question: Question, place: str) -> Leaf:
    sides = (side for pair in question.pairs for side in pair)
    text = "\n".join((question.stem, *question.options, *question.answers, *sides, question.explanation))
    return Leaf(
        question.path,
        place,
        question.id,
        question.stem,
        question.stem,
        (),
        question.objective_ids,
        text=text,
        refers=frozenset(question.objective_ids),
    )


def _question(path: str, question: Json) -> Question:
    options = _texts(question, "options")
    keys = tuple(_keys(question, len(options)))
    accepted = _texts(question, "correctAnswer") if _text(question, "type") == "short_answer" else ()
    return Question(
        path=path,
        id=_text(question, "id"),
        type=_text(question, "type"),
        stem=_text(question, "question"),
        options=options,
        keys=keys,
        answers=accepted or tuple(options[key] for key in keys),
        explanation=_text(question, "explanation"),
        difficulty=_text(question, "difficulty"),
        objective_ids=_texts(question, "objectiveIds"),
        pairs=tuple((_text(pair, "left"), _text(pair, "right")) for _, pair in at(question, "correctAnswer[]") if pair),
        value=_measure(question),
    )


def _measure(question: Json) -> tuple[float, float] | None:
    found = [value for key in ("value", "tolerance") for _, value in at(question, f"correctAnswer.{key}")]
    numbers = [float(each) for each in found if isinstance(each, int | float) and abs(each) <= MEASURE_MAX]
    return (numbers[0], abs(numbers[1])) if len(numbers) == len(found) == 2 else None


def _keys(question: Json, options: int) -> Iterator[int]:
    answer = question.get("correctAnswer") if isinstance(question, dict) else None
    for key in answer if isinstance(answer, list) else [answer]:
        if isinstance(key, int | float) and not isinstance(key, bool) and key in range(options):
            yield int(key)


def _is_source(element: Json) -> bool:
    provenance = element.get("provenance") if isinstance(element, dict) else None
    return isinstance(provenance, dict) and provenance.get("kind") == "source"


def _span(element: Json) -> tuple[str, int, int] | None:
    for _, span in at(element, "provenance.span"):
        doc, start, end = (span.get(key) for key in ("doc", "start", "end")) if isinstance(span, dict) else (None,) * 3
        if isinstance(doc, str) and isinstance(start, int) and isinstance(end, int) and 0 <= start < end:
            return doc, start, end
    return None


def _text(element: Json, key: str) -> str:
    value = element.get(key) if isinstance(element, dict) else None
    return value if isinstance(value, str) else ""


def _texts(element: Json, key: str) -> tuple[str, ...]:
    value = element.get(key) if isinstance(element, dict) else None
    return tuple(entry for entry in value if isinstance(entry, str)) if isinstance(value, list) else ()
