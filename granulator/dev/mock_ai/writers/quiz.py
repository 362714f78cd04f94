"""Quizzes: categories of questions, whole, as an outline of facts, or one run of questions."""

from __future__ import annotations

from granulator.dev.mock_ai import vocabulary as words
from granulator.dev.mock_ai.asked import string
from granulator.dev.mock_ai.brief import shared_out
from granulator.dev.mock_ai.fitting import Draft
from granulator.dev.mock_ai.writers.order import Order, Sentences, mention, plan_text
from granulator.dev.mock_ai.writers.questions import DIFFICULTIES, Questioner

MINUTES = 1.5


def whole(order: Order) -> Draft:
    """Return a quiz; what only an outline or only a whole quiz has is all in it."""
    brief = order.brief
    categories = max(1, brief.count("category", 4))
    total = max(categories, brief.total("category", "question", brief.count("question", 5 * categories)))
    asker = Questioner(order, "quiz")
    topics = order.terms(total)
    dealt = _each_its_own(order, total)
    numbers = shared_out(range(total), categories)
    groups: list[Draft] = []
    for at, name in enumerate(_names(order, categories)):
        places = numbers[at]
        groups.append(
            {
                "id": f"category_{at + 1}",
                "name": name,
                "sections": [],
                "items": [_item(order, place, total, topics[place], dealt[place]) for place in places],
                "questions": [_question(order, asker, place, total, topics[place], dealt[place]) for place in places],
            }
        )
    return {"quizOverview": _overview(order, total), "categories": groups}


def part(order: Order) -> Draft:
    """Return the planned questions under their ids."""
    brief = order.brief
    asker = Questioner(order, f"part {string(brief.leaves[0].get('id')) if brief.leaves else ''}")
    asked: list[Draft] = []
    for place, leaf in enumerate(brief.leaves):
        plan, ident = plan_text(leaf), string(leaf.get("id"))
        own: Sentences = [entry for entry in brief.sentences if plan.startswith(entry[0])][:1]
        digits = "".join(filter(str.isdigit, ident))
        names = order.required_for(ident, plan)
        asked.append(asker.ask(ident, int(digits or place) - 1, plan, string(leaf.get("difficulty")), own, names))
    return {"questions": asked}


def _each_its_own(order: Order, total: int) -> list[Sentences]:
    places = [str(place) for place in range(total)]
    dealt = order.deal(places)
    return [dealt[place] for place in places]


def _item(order: Order, place: int, total: int, term: str, sentences: Sentences) -> Draft:
    voice = order.voice(f"fact {place}", term)
    names = order.required_at(place, total)
    fact = sentences[0][0] if sentences else voice.line(voice.one(words.COVERS))
    return {"fact": " ".join([fact, *mention(names, voice)]), "difficulty": DIFFICULTIES[place % 3]}


def _question(order: Order, asker: Questioner, place: int, total: int, term: str, sentences: Sentences) -> Draft:
    names = order.required_at(place, total)
    return lambda: asker.ask(f"q_{place + 1}", place, term, "", sentences, names)


def _names(order: Order, count: int) -> list[str]:
    themes = order.chance("themes").sample(words.THEMES, len(words.THEMES))
    return [f"{themes[(2 * at) % len(themes)]} and {themes[(2 * at + 1) % len(themes)]}" for at in range(count)]


def _overview(order: Order, total: int) -> Draft:
    voice = order.voice("overview")
    minutes = max(5, round(total * MINUTES))
    return {
        "title": f"{order.heading}: Check What You Know",
        "description": " ".join([f"This quiz is about {order.brief.topic}.", *voice.some(words.SENTENCES, 2)]),
        "totalQuestions": total,
        "timeLimit": f"{minutes} minutes",
        "durationMinutes": minutes,
        "passingScore": 70,
    }
