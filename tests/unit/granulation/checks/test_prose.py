"""Lesson texts: each defect is found, and honest lessons are left alone."""

from __future__ import annotations

import random
from typing import Any

import pytest

from granulator.granulation.checks import prose, repeats
from granulator.model import StructureType
from tests.unit.granulation.samples import clean, course, found, knowledge_map, lesson, novel, put, workflow

SECOND = "modules[1].lessons[1].content"


@pytest.mark.parametrize("kind", StructureType)
@pytest.mark.parametrize(
    "check", [prose.thin, repeats.dup_content, prose.off_topic, prose.keypoints_unrelated, prose.ungrounded]
)
def test_clean_texts_have_none_of_it(check: Any, kind: StructureType) -> None:
    assert found(check, clean(kind)) == []


def with_second(text: str, kind: str = "user") -> Any:
    structure = course()
    lesson(structure, 1, 1).update(content=text, provenance={"kind": kind})
    return structure


def test_a_lesson_of_one_sentence_is_thin() -> None:
    assert found(prose.thin, with_second("This lesson explains when compost is ready for use.")) == [("thin", SECOND)]


def test_a_short_section_of_a_real_source_is_not_thin_unless_it_says_next_to_nothing() -> None:
    assert found(prose.thin, with_second("This section explains when compost is ready.", kind="source")) == []
    assert found(prose.thin, with_second("See above.", kind="source")) == [("thin", SECOND)]


def test_code_does_not_make_a_lesson_long() -> None:
    code = "Run it.\n\n```python\n" + "heap.turn(now, deep, twice, again)\n" * 20 + "```"

    assert found(prose.thin, with_second(code)) == [("thin", SECOND)]


def test_the_same_lesson_is_found_again() -> None:
    structure = with_second(lesson(course())["content"])

    assert found(repeats.dup_content, structure) == [("dup_content", SECOND)]


def test_a_lesson_is_found_again_with_its_sentences_shuffled() -> None:
    sentences = lesson(course())["content"].split(". ")
    random.Random(7).shuffle(sentences)

    assert found(repeats.dup_content, with_second(". ".join(sentences))) == [("dup_content", SECOND)]


def test_a_lesson_is_found_again_with_words_exchanged_and_sentences_shuffled() -> None:
    exchanged = {
        "heap": "pile",
        "dry": "parched",
        "fresh": "new",
        "surplus": "excess",
        "start": "beginning",
        "cold": "cool",
    }
    words = [exchanged.get(word, word) for word in lesson(course())["content"].split()]
    sentences = " ".join(words).split(". ")
    random.Random(3).shuffle(sentences)

    assert found(repeats.dup_content, with_second(". ".join(sentences))) == [("dup_content", SECOND)]


def test_a_lesson_swallowed_by_a_longer_one_is_found() -> None:
    longer = " ".join((lesson(course())["content"], TAX, TAX.replace("tax", "duty").replace("annual", "monthly")))

    assert found(repeats.dup_content, with_second(longer)) == [("dup_content", SECOND)]


def test_every_copy_among_hundreds_is_found_once() -> None:
    structure = course()
    structure["modules"][0]["lessons"] = [lesson(course())] * 300

    assert len(found(repeats.dup_content, structure)) == 299


def test_modules_described_alike_are_found() -> None:
    structure = course()
    structure["modules"][1]["description"] = structure["modules"][0]["description"]

    assert found(repeats.dup_content, structure) == [("dup_content", "modules[1].description")]


TAX = (
    "Income tax is assessed on annual earnings after allowances. Employers withhold instalments from each salary and "
    "transfer them to the revenue office. Self-employed persons file quarterly declarations instead. Deductions for "
    "commuting, pensions and insurance lower the assessment, whereas capital gains follow a separate schedule with "
    "its own exemption limits and reporting deadlines."
)


def test_a_lesson_on_something_else_is_off_topic() -> None:
    assert found(prose.off_topic, with_second(TAX)) == [("off_topic", "modules[1].lessons[1]")]


def test_key_points_of_another_lesson_are_unrelated() -> None:
    structure = course()
    lesson(structure)["keyPoints"] = ["Salaries are taxed by instalments.", "Pensions lower the assessment."]

    assert found(prose.keypoints_unrelated, structure) == [("keypoints_unrelated", "modules[0].lessons[0].keyPoints")]


def test_lessons_taken_from_the_source_are_grounded_in_it() -> None:
    source = "\n".join(entry["content"] for module in course()["modules"] for entry in module["lessons"])

    assert found(prose.ungrounded, course(), sources={"source": source}) == []


def test_a_lesson_the_source_does_not_support_is_ungrounded() -> None:
    source = "\n".join(entry["content"] for module in course()["modules"] for entry in module["lessons"])

    assert found(prose.ungrounded, with_second(TAX), sources={"source": source}) == [("ungrounded", SECOND)]


@pytest.mark.parametrize(
    ("structure", "path", "text"),
    [
        (novel(), "acts[1].chapters[0].summary", "They talk at length."),
        (workflow(), "steps[1].description", "Examine it."),
        (knowledge_map(), "concepts[4].definition", "A rise."),
    ],
)
def test_a_summary_a_description_or_a_definition_of_a_few_words_is_thin(structure: Any, path: str, text: str) -> None:
    assert found(prose.thin, put(structure, path, text)) == [("thin", path)]


def test_two_chapters_that_tell_the_same_event_are_found_also_when_reworded() -> None:
    structure = novel()
    told = structure["acts"][1]["chapters"][2]["summary"]
    structure["acts"][2]["chapters"][0]["summary"] = told.replace("In the worst gale of the year", "In that gale")

    assert found(repeats.dup_content, structure) == [("dup_content", "acts[2].chapters[0].summary")]


def test_two_acts_with_the_same_purpose_are_found() -> None:
    structure = novel()
    structure["acts"][2]["purpose"] = structure["acts"][0]["purpose"]

    assert found(repeats.dup_content, structure) == [("dup_content", "acts[2].purpose")]


def test_definitions_of_siblings_may_differ_in_one_word() -> None:
    structure = knowledge_map()
    structure["concepts"][1]["definition"] = "A microbe that turns the sugar of a dough into gas and alcohol."
    structure["concepts"][2]["definition"] = "A microbe that turns the sugar of a dough into gas and acid."

    assert found(repeats.dup_content, structure) == []
    assert found(
        repeats.dup_content, put(structure, "concepts[2].definition", structure["concepts"][1]["definition"])
    ) == [("dup_content", "concepts[2].definition")]


SECTIONS = (
    "A write-ahead log makes a database survive a crash. Before any page of the main file is changed, the change is "
    "appended to the log and the log is flushed to disk. After a crash the engine replays every complete record of "
    "the log and throws away the last one if it was cut. Since appending is sequential, a commit costs one flush and "
    "no seek. A checkpoint copies the changed pages back into the main file, after which the log can be reused from "
    "the start. Readers look first in the log, through an index kept in shared memory, and then in the main file, so "
    "that a reader sees the state of its own start even while a writer goes on.",
    "Indexes are ordered copies of some columns. A lookup walks from the root of a tree to one leaf, and its cost "
    "grows with the height of the tree, which is three or four for millions of rows. Each index must be kept up to "
    "date on every insert, so a table with ten indexes is slow to fill. An index on two columns serves queries on "
    "the first alone, but not on the second alone. A covering index holds every column a query needs, so the table "
    "itself is never read. The planner chooses an index by estimates that the ANALYZE command refreshes.",
    "Locks decide who may write. In rollback mode a writer takes a reserved lock first and an exclusive one at "
    "commit, and readers must wait until it is done. A busy timeout tells the engine how long to retry before it "
    "gives up with an error. Deadlocks are avoided by beginning a transaction that will write with BEGIN IMMEDIATE, "
    "because two readers that both want to upgrade can never both succeed.",
)
PARAPHRASES = (
    "When a machine loses power in the middle of an update, the data must not be left half finished. The write-ahead "
    "log is the mechanism that guarantees this. Every modification is first added to the end of a log file, and that "
    "file is forced to disk before the main database file is touched. On restart, the engine goes through the log and "
    "applies all records that are whole; an incomplete final record is simply discarded. Because the log only grows "
    "at its end, committing is cheap: a single flush, without seeking. From time to time a checkpoint moves the "
    "modified pages into the main file, so the log may begin again. Readers consult the log before the main file, "
    "using an index in shared memory, and therefore keep a consistent view of the moment they started.",
    "An index is best thought of as a sorted copy of selected columns. To find a row, the engine descends from the "
    "root to a leaf; with millions of rows that is only three or four steps, as the tree is shallow. The price is "
    "paid when writing: each insert has to update all indexes, which makes heavily indexed tables slow to load. "
    "Column order matters as well, for a two-column index helps queries that filter on the first column, and is "
    "useless for those that filter only on the second. If an index includes everything a query asks for, it is "
    "called covering, and the table need not be read. Run ANALYZE so that the planner's estimates stay current.",
    "Who is allowed to write is settled by locks. With the rollback journal, a writer begins with a reserved lock, "
    "moves to an exclusive lock for the commit, and keeps readers waiting until then. You can set a busy timeout so "
    "the engine tries again for a while instead of failing immediately. To prevent deadlocks, start writing "
    "transactions using BEGIN IMMEDIATE: otherwise two readers may both try to upgrade, and neither can.",
)
INVENTIONS = (
    "Replication copies every transaction to a follower server over the network. The primary waits for an "
    "acknowledgement when synchronous mode is on, which raises latency but protects against the loss of a data "
    "centre. Consensus protocols such as Raft elect a new leader after a failure, and clients reconnect through a "
    "proxy that tracks the topology. Sharding divides large tables among many servers by a hash of the key.",
    "Database engines keep data safe. A good engine writes pages and rows with care, reads the main file fast, and "
    "lets a query finish. Vacuum reclaims the space of deleted rows, and statistics about columns let administrators "
    "find slow statements. Encryption at rest protects backups that leave the building, and audit trails record who "
    "read which customer's data.",
)
GAP = "\n\n" + "Nothing in this paragraph belongs to any of the sections around it. " * 8 + "\n\n"
MANUAL = GAP.join(SECTIONS)


def citing(text: str, section: int) -> Any:
    """A course whose last lesson is ``text`` and cites a section of the manual; the others are the manual's words."""
    structure = course()
    cited = [*SECTIONS, text]
    for number, (start, content) in enumerate(zip((0, 1, 2, section), cited, strict=True)):
        begin = MANUAL.index(SECTIONS[start])
        span = {"doc": "manual", "start": begin, "end": begin + len(SECTIONS[start])}
        lesson(structure, number // 2, number % 2).update(content=content, provenance={"kind": "source", "span": span})
    return structure


@pytest.mark.parametrize("section", range(3))
def test_an_honest_paraphrase_of_the_passage_it_cites_is_grounded(section: int) -> None:
    assert found(prose.ungrounded, citing(PARAPHRASES[section], section), sources={"manual": MANUAL}) == []


@pytest.mark.parametrize(("text", "section"), [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)])
def test_a_lesson_that_cites_another_passage_than_its_own_is_ungrounded(text: int, section: int) -> None:
    structure = citing(PARAPHRASES[text], section)

    assert found(prose.ungrounded, structure, sources={"manual": MANUAL}) == [("ungrounded", SECOND)]


@pytest.mark.parametrize("text", INVENTIONS)
@pytest.mark.parametrize("section", range(3))
def test_what_the_source_does_not_say_is_ungrounded_whatever_it_cites(text: str, section: int) -> None:
    assert found(prose.ungrounded, citing(text, section), sources={"manual": MANUAL}) == [("ungrounded", SECOND)]


def test_a_citation_that_does_not_resolve_supports_no_more_than_the_whole_source() -> None:
    structure = citing(INVENTIONS[0], 0)
    lesson(structure, 1, 1)["provenance"]["span"]["doc"] = "elsewhere"

    assert found(prose.ungrounded, structure, sources={"manual": MANUAL}) == [("ungrounded", SECOND)]


def test_steps_and_definitions_are_held_against_what_they_cite_too() -> None:
    begin = MANUAL.index(SECTIONS[2])
    said = {"kind": "source", "span": {"doc": "manual", "start": begin, "end": begin + len(SECTIONS[2])}}
    concepts, steps = knowledge_map(), workflow()
    concepts["concepts"][1] |= {"definition": INVENTIONS[0], "provenance": said}
    concepts["concepts"][2] |= {"definition": PARAPHRASES[2], "provenance": said}
    steps["steps"][1] |= {"description": INVENTIONS[1], "provenance": said}

    assert found(prose.ungrounded, concepts, sources={"manual": MANUAL}) == [("ungrounded", "concepts[1].definition")]
    assert found(prose.ungrounded, steps, sources={"manual": MANUAL}) == [("ungrounded", "steps[1].description")]
