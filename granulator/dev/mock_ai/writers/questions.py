"""Questions: keys that the explanation supports, in varied places, and no answer in its own or another's stem."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import cycle

from granulator.dev.mock_ai import vocabulary as words
from granulator.dev.mock_ai.fitting import Draft
from granulator.dev.mock_ai.prose import Voice, sentence_case
from granulator.dev.mock_ai.writers import keys
from granulator.dev.mock_ai.writers.order import Order, Sentences, mention, practices

DIFFICULTIES = ("easy", "medium", "hard")
BLOOM = {"easy": "remember", "medium": "apply", "hard": "evaluate"}
OPTIONS = 4
_RARE_TYPES = {3: "true_false", 5: "multiple_response", 9: "short_answer"}
_WORD = re.compile(r"\b[a-z]{5,}\b")
_COMMON = frozenset(
    re.findall(
        r"\w+",
        "about after again because before being between could every other should their there these those through under "
        "until where which while whose without would might never still often",
    )
)


class Questioner:
    """Writes the questions of one answer; the places of right options are dealt like cards."""

    def __init__(self, order: Order, key: str) -> None:
        self._order = order
        chance = order.chance("places", key)
        places = [place for _ in range(6) for place in chance.sample(range(OPTIONS), OPTIONS)]
        self._places: Iterator[int] = cycle(places)
        self._spare_words = _distractors(order.brief.sentences)
        self._asked_about: set[str] = set()

    def ask(
        self,
        ident: str,
        number: int,
        plan: str = "",
        difficulty: str = "",
        sentences: Sentences = (),
        names: Sequence[str] = (),
    ) -> Draft:
        """Return one question about a planned fact, or about a sentence of the source."""
        voice = self._order.voice(ident, plan)
        level = difficulty or DIFFICULTIES[number % len(DIFFICULTIES)]
        asked = self._asked(voice, number, sentences)
        if names:
            asked["explanation"] = f"{asked['explanation']} {' '.join(mention(names, voice))}"
        cites = [sentences[0][1]] if sentences else self._order.label_for(number)
        return {"id": ident, "difficulty": level, "bloom": BLOOM.get(level, "apply"), "cites": cites, **asked}

    def _asked(self, voice: Voice, number: int, sentences: Sentences) -> dict[str, Draft]:
        kind = _RARE_TYPES.get(number % 11, "multiple_choice")
        offered = self._order.question_types
        if offered and kind not in offered:
            kind = "multiple_choice" if "multiple_choice" in offered else offered[0]
        for sentence, _ in sentences if not offered or "multiple_choice" in offered else ():
            if sentence not in self._asked_about and (gap := self._gap(sentence)) is not None:
                self._asked_about.add(sentence)
                return self._cloze(voice, sentence, gap)
        return {
            "true_false": self._true_false,
            "multiple_response": self._multiple_response,
            "short_answer": self._short_answer,
        }.get(kind, self._multiple_choice)(voice)

    def _multiple_choice(self, voice: Voice) -> dict[str, Draft]:
        found = [sentence_case(practice) for practice in practices(voice, OPTIONS)]
        key = found.pop(keys.best(found)[0])
        place = next(self._places)
        options = [*found[:place], key, *found[place:]]
        return {
            "type": "multiple_choice",
            "question": voice.line(voice.one(words.STEMS)),
            "options": options,
            "correctAnswer": place,
            "explanation": f"{key} protects the {voice.term}, because {voice.one(words.REASONS)}.",
        }

    def _multiple_response(self, voice: Voice) -> dict[str, Draft]:
        found = practices(voice, OPTIONS)
        options = [sentence_case(practice) for practice in found]
        places = keys.best(options, 2)
        one, other = (found[place] for place in places)
        return {
            "type": "multiple_response",
            "question": voice.line(voice.one(words.STEMS_MANY)),
            "options": list(options),
            "correctAnswer": list(places),
            "explanation": f"Both {one} and {other} steady the {voice.term}, since {voice.one(words.REASONS)}.",
        }

    def _true_false(self, voice: Voice) -> dict[str, Draft]:
        stem = voice.line(voice.one(words.STATEMENTS))
        key = 0 if keys.is_true(stem) else 1
        return {
            "type": "true_false",
            "question": stem,
            "options": ["True", "False"],
            "correctAnswer": key,
            "explanation": f"The statement is {'false' if key else 'true'}, for {voice.one(words.REASONS)}.",
        }

    def _short_answer(self, voice: Voice) -> dict[str, Draft]:
        stem = voice.line(voice.one(words.STEMS_SHORT))
        answer = keys.short_answer(stem)
        return {
            "type": "short_answer",
            "question": stem,
            "options": [],
            "correctAnswer": [answer, f"the {answer}"],
            "explanation": f"It is the {answer}, since {voice.one(words.REASONS)}.",
        }

    def _gap(self, sentence: str) -> str | None:
        """Return the word of a sentence to ask for: it occurs once, and enough else is said to tell it by."""
        found = [word for word in _WORD.findall(sentence) if word not in _COMMON]
        if len(found) < 6 or not 9 <= len(sentence.split()) <= 45 or "____" in sentence:
            return None
        once = [word for word in found[1:] if len(re.findall(rf"\b{word}\b", sentence, re.IGNORECASE)) == 1]
        spare = [word for word in self._spare_words if word not in sentence.lower()]
        return self._order.chance("gap", sentence).choice(once) if once and len(spare) >= OPTIONS - 1 else None

    def _cloze(self, voice: Voice, sentence: str, gap: str) -> dict[str, Draft]:
        rivals = [word for word in self._spare_words if word not in sentence.lower() and word[:4] != gap[:4]]
        alike = sorted(rivals, key=lambda word: abs(len(word) - len(gap)))[: 3 * OPTIONS]
        rest = voice.chance.sample(alike, min(OPTIONS - 1, len(alike)))
        place = min(next(self._places), len(rest))
        return {
            "type": "multiple_choice",
            "question": "Complete the sentence from the text: " + re.sub(rf"\b{gap}\b", "____", sentence),
            "options": [*rest[:place], gap, *rest[place:]],
            "correctAnswer": place,
            "explanation": f"The text says: {sentence}",
        }


def _distractors(sentences: Sentences) -> list[str]:
    found: dict[str, str] = {}
    for sentence, _ in sentences:
        for word in _WORD.findall(sentence):
            if word not in _COMMON:
                found.setdefault(word[:4], word)
    return list(found.values())
