"""Defects of novels: acts, threads, characters, beats and the words they are given."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import cast

from granulator.dev.quality.defects import wordings
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
from granulator.model import JsonObject, StructureType

NOVEL = (StructureType.NOVEL,)
CHAPTERS = ("acts", "chapters")
SCENES = ("acts", "chapters", "scenes")


def _acts_absent(work: Workpiece) -> bool:
    acts = rows(work.structure, "acts")
    if work.severity == SUBTLE:
        acts[2]["chapters"] = []
        return True
    work.structure["acts"] = [*acts[: 1 if work.severity == GROSS else 2]]
    return True


def _acts_untitled(work: Workpiece) -> bool:
    wording = work.worded(wordings.PLACEHOLDER_TITLE)
    for act in work.some(rows(work.structure, "acts")):
        act["title"] = wording
    return True


def _acts_without_purpose(work: Workpiece) -> bool:
    for act in work.some(rows(work.structure, "acts")):
        act["purpose"] = work.worded(wordings.PLACEHOLDER_BODY)
    return True


def _no_scenes(work: Workpiece) -> bool:
    if not rows(work.structure, *SCENES):
        return False
    work.level = 3
    for chapter in work.some(rows(work.structure, *CHAPTERS)):
        chapter["scenes"] = []
    return True


def _thread_backwards(work: Workpiece) -> bool:
    for thread in work.some(rows(work.structure, "plotThreads")):
        thread["setupScene"], thread["payoffScene"] = thread["payoffScene"], thread["setupScene"]
    return True


def _thread_open(work: Workpiece) -> bool:
    thread = work.choose(rows(work.structure, "plotThreads"))
    if work.severity == GROSS:
        thread["payoffScene"] = " "
    elif work.severity == PLAIN:
        del thread["payoffScene"]
    else:
        thread["payoffScene"] = "scene_99_1"
    return True


def _no_main_thread(work: Workpiece) -> bool:
    for thread in rows(work.structure, "plotThreads"):
        thread["type"] = "subplot"
    return True


def _dangling_person(work: Workpiece) -> bool:
    if work.severity == SUBTLE and rows(work.structure, *SCENES):
        listed(work.choose(rows(work.structure, *SCENES)), "characterIds").append("char_stranger")
        return True
    for chapter in work.some(rows(work.structure, *CHAPTERS)):
        chapter["pov"] = "char_stranger"
    return True


def _no_arc(work: Workpiece) -> bool:
    hero = next(row for row in rows(work.structure, "characters") if row["role"] == "protagonist")
    if work.severity == GROSS:
        del hero["arc"]
    elif work.severity == PLAIN:
        child(hero, "arc")["end"] = " "
    else:
        hero["role"] = "other"
    return True


def _vanished(work: Workpiece) -> bool:
    """Write a character out of everything after the first act, as models do that have lost the thread."""
    people = rows(work.structure, "characters")
    role = "protagonist" if work.severity == GROSS else "antagonist"
    person = next((row for row in people if row["role"] == role), None)
    if person is None:
        return False
    names = {name for name in text(person, "name").split() if name not in ("Old", "Captain", "Warden", "Doctor")}
    other = next(row for row in people if row is not person)
    for act in rows(work.structure, "acts")[1:]:
        for chapter in rows(act, "chapters"):
            _write_out(chapter, text(person, "id"), names, other)
    return True


def _introduced_only(work: Workpiece) -> bool:
    name = {GROSS: "Zebulon Quist", PLAIN: "Aunt Philippa", SUBTLE: "Doctor Wendelin Roth"}[work.severity]
    hero = rows(work.structure, "characters")[0]
    extra = deepcopy(hero) | {"id": "char_extra", "name": name, "role": "other"}
    extra |= {"want": "To be asked along", "need": "To belong somewhere", "flaw": "Waits for others to begin"}
    listed(work.structure, "characters").append(extra)
    return True


def _write_out(chapter: JsonObject, identity: str, names: set[str], other: JsonObject) -> None:
    if chapter["pov"] == identity:
        chapter["pov"] = other["id"]
    named = re.compile(r"\b(" + "|".join(sorted(names)) + r")\b")
    for element in (chapter, *rows(chapter, "scenes")):
        for key, value in element.items():
            if isinstance(value, str) and not key.endswith("d"):
                element[key] = named.sub(text(other, "name").split()[0], value)
    for scene in rows(chapter, "scenes"):
        kept = [row for row in strings(scene, "characterIds") if row != identity]
        scene["characterIds"] = list(kept or [text(other, "id")])


def _beats_off(work: Workpiece) -> bool:
    scenes = [scene for scene in rows(work.structure, *SCENES) if scene.get("beat")]
    if len(scenes) < 4:
        return False
    late, early = scenes[-1], scenes[0]
    if work.severity == GROSS:
        beats = [scene["beat"] for scene in scenes]
        for scene, beat in zip(scenes, reversed(beats), strict=True):
            scene["beat"] = beat
    elif work.severity == PLAIN:
        early["beat"] = "all_is_lost"
    else:
        late["beat"] = "catalyst"
    return True


def _second_act(work: Workpiece) -> bool:
    acts = rows(work.structure, "acts")
    factor = {GROSS: 0.05, PLAIN: 0.2, SUBTLE: 4.0}[work.severity]
    for chapter in rows(acts[1], "chapters"):
        chapter["targetWords"] = max(1, int(cast("int", chapter["targetWords"]) * factor))
    _add_up(work)
    return True


def _add_up(work: Workpiece) -> None:
    words = sum(cast("int", chapter["targetWords"]) for chapter in rows(work.structure, *CHAPTERS))
    child(work.structure, "novelOverview")["targetWords"] = words


def _words_off(work: Workpiece) -> bool:
    overview = child(work.structure, "novelOverview")
    overview["targetWords"] = {GROSS: 1000, PLAIN: 139200, SUBTLE: cast("int", overview["targetWords"]) + 500}[
        work.severity
    ]
    return True


def _numbers_off(work: Workpiece) -> bool:
    chapters = rows(work.structure, *CHAPTERS)
    if work.severity == GROSS:
        for chapter in chapters:
            chapter["chapterNumber"] = 1
    elif work.severity == PLAIN:
        for number, chapter in enumerate(rows(rows(work.structure, "acts")[1], "chapters"), 1):
            chapter["chapterNumber"] = number
    else:
        chapters[-1]["chapterNumber"] = len(chapters) + 1
    return True


def _acts_misnumbered(work: Workpiece) -> bool:
    acts = rows(work.structure, "acts")
    if work.severity == GROSS:
        acts[0]["actNumber"], acts[2]["actNumber"] = 3, 1
    else:
        acts[2]["actNumber"] = 2 if work.severity == PLAIN else 4
    return True


def _namesake(work: Workpiece) -> bool:
    people = rows(work.structure, "characters")
    people[1]["name"] = people[0]["name"] if work.severity == PLAIN else text(people[0], "name").upper()
    return True


def _unknown_role(work: Workpiece) -> bool:
    work.choose(rows(work.structure, "characters"))["role"] = "love interest" if work.severity == PLAIN else "Ally"
    return True


def _nobody(work: Workpiece) -> bool:
    work.structure["characters"] = []
    return True


DEFECTS = (
    defect("acts absent", NOVEL, "missing_act empty_act missing_level below_minimum", _acts_absent),
    defect("untitled acts", NOVEL, "placeholder", _acts_untitled),
    defect("acts without a purpose", NOVEL, "placeholder thin", _acts_without_purpose),
    defect("no scenes at a level that asks for them", NOVEL, "missing_level", _no_scenes, (GROSS, PLAIN)),
    defect("a payoff before its setup", NOVEL, "thread_unresolved", _thread_backwards),
    defect("a thread that is never paid off", NOVEL, "thread_unresolved dangling_ref schema empty", _thread_open),
    defect("no main thread", NOVEL, "thread_unresolved schema missing_level below_minimum", _no_main_thread, (PLAIN,)),
    defect("a person nobody knows", NOVEL, "dangling_ref", _dangling_person),
    defect("no protagonist with an arc", NOVEL, "no_arc empty", _no_arc),
    blemish(
        "a character who vanishes",
        NOVEL,
        "character_vanishes",
        _vanished,
        (GROSS, PLAIN),
    ),
    blemish("a character who never appears", NOVEL, "character_absent character_vanishes", _introduced_only),
    blemish("beats out of place", NOVEL, "beat_position", _beats_off),
    blemish("acts out of balance", NOVEL, "act_balance", _second_act),
    defect("words that do not add up", NOVEL, "count_mismatch", _words_off),
    defect("chapters numbered wrongly", NOVEL, "count_mismatch schema", _numbers_off),
    defect("acts numbered wrongly", NOVEL, "count_mismatch schema missing_act", _acts_misnumbered),
    blemish("two characters of one name", NOVEL, "dup_title dup_concept dup_id", _namesake, (PLAIN, SUBTLE)),
    defect("a role that does not exist", NOVEL, "schema", _unknown_role, (PLAIN, SUBTLE)),
    defect("no characters", NOVEL, "missing_level below_minimum schema no_arc", _nobody, (GROSS,)),
)
