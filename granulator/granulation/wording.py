"""Words of a text: counting, folding, stemming, stop words, code set apart; no opinion on whether they are any good.

The word lists and the stemmer are not those of ``extraction``: checks that shared them would share the author's blind
spots too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(rf"[{_CJK}]|(?:(?![{_CJK}])\w)+(?:['’.-](?:(?![{_CJK}])\w)+)*")
_JOINERS = "\u00ad\u200c\u200d"
_ASCII_WORD = re.compile(r"\w+(?:['.-]\w+)*", re.ASCII)
_TOKEN = re.compile(r"\w+")
_ASCII_TOKENS = "".join(chr(code).lower() if chr(code).isalnum() or code == ord("_") else " " for code in range(128))
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})[^\n]*\n.*?(?:^ {0,3}\1[`~]*[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_SPAN = re.compile(r"(`+)(?!`)[^`\n]{1,300}(?<!`)\1(?!`)")
_CODE_LINE = re.compile(
    r"""^\s*(?:
        >>>\s|\.\.\.\s|\$\s|\#!|@\w+|//|\#\s*include\b
        |(?:def|class|import|from|return|if|for|while|elif|else|try|except|with|const|let|var|function)\b.*[:;{})]\s*$
        |[\w.\[\]'"]+\s*(?:[-+*/|&]?=)\s*\S
        |[\w.]+\(.*\)\s*;?\s*$
        |[{}()\[\];]+\s*$
        |</?\w[^>]*>
    )""",
    re.VERBOSE,
)

_FUNCTION_WORDS = {
    "en": (
        "the of and to in is that it for as with on are be this by an or from at not was which can have you "
        "if when a has its but they their one all will more there been were we how what so than into other "
        "then only also may these them each both any no do does your such must very between after before most "
        "some about over while where who why because through during under up out our he she his her him i my "
        "me us same own just should could would being had did here again once off against too"
    ),
    "de": (
        "der die das und ist nicht ein eine einen einem einer zu den mit von auf für im dem des sich auch es "
        "wird werden sind als wie bei oder aus nach wenn durch kann dass nur noch über"
    ),
    "fr": (
        "le la les de des du et est un une en que qui dans pour pas sur au aux par plus ce cette avec il elle "
        "sont ne se ou mais comme son sa ses leur on être"
    ),
    "es": (
        "el la los las de del y es un una en que por para con no se su al lo como más o pero sus le ha este "
        "esta son entre cuando muy sin sobre también"
    ),
    "it": (
        "il lo la gli le di del della dei e è un una in che per non con si su da al come più ma anche sono "
        "nel nella alla questo questa o delle degli"
    ),
    "pt": (
        "o a os as de do da dos das e é um uma em que por para com não se no na ao como mais mas ou são foi "
        "pelo pela este esta também quando"
    ),
    "nl": (
        "de het een en van is dat niet op te in zijn met voor die aan er om dan ook als maar bij door wordt "
        "of naar uit over kan nog"
    ),
    "cs": (
        "a je se na v že s z do to jako pro by ve o které který která nebo ale jsou jeho k po tak při od být "
        "jen není také však"
    ),
    "pl": (
        "i w na z do nie się jest że to o jak po co dla od ale przez które który która lub oraz są być tym "
        "może tylko przy jego"
    ),
}
STOP_WORDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {language: frozenset(text.split()) for language, text in _FUNCTION_WORDS.items()}
)
"""Function words of the languages whose texts can be told apart by them."""


def words(text: str) -> int:
    """Return the number of words, each CJK character one word; code in fences or between backticks is not counted."""
    prose = without_code(text)
    return len(_WORD.findall(prose if prose.isascii() else _without_marks(prose)))


def _without_marks(text: str) -> str:
    """Return the text without what belongs to the letter before it and would tear a word in two.

    These are accents and vowel signs written on their own, soft hyphens, and joiners and non-joiners of letters.
    """
    marks = [one for one in set(text) if one in _JOINERS or unicodedata.category(one).startswith("M")]
    return text.translate(dict.fromkeys(map(ord, marks))) if marks else text


def without_code(text: str) -> str:
    """Return the text with fenced code and code between backticks taken out."""
    if "`" not in text and "~~~" not in text:
        return text
    return _SPAN.sub(" ", _FENCE.sub("\n", text))


def is_code(text: str) -> bool:
    """Return whether at least half of the lines read as program text rather than prose."""
    lines = [line for line in text.splitlines() if line.strip()]
    return sum(is_code_line(line) for line in lines) * 2 >= len(lines) > 0


def is_code_line(line: str) -> bool:
    return _CODE_LINE.match(line[:500]) is not None


def fold(text: str) -> str:
    """Return the text normalised, case-folded and with single spaces, for comparing."""
    return " ".join((text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()).split())


def tokens(text: str) -> list[str]:
    """Return the folded words in order."""
    if text.isascii():
        return text.translate(_ASCII_TOKENS).split()
    return _TOKEN.findall(unicodedata.normalize("NFKC", text).casefold())


def content_words(text: str) -> list[str]:
    """Return the stems of the words that carry meaning, in order; numbers count, English function words do not."""
    return [
        stem(token) for token in tokens(text) if token not in STOP_WORDS["en"] and (len(token) > 1 or token.isdigit())
    ]


def shingles(words_in_order: Sequence[str]) -> frozenset[int]:
    """Return the hashes of all runs of three words."""
    return frozenset(map(hash, zip(words_in_order, words_in_order[1:], words_in_order[2:], strict=False)))


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Return the word without a common English ending, so that ``stored``, ``stores`` and ``storing`` meet."""
    for ending, least in (
        ("ations", 4),
        ("ation", 4),
        ("ings", 4),
        ("ing", 4),
        ("ies", 3),
        ("ed", 4),
        ("es", 4),
        ("ly", 4),
    ):
        if word.endswith(ending) and len(word) - len(ending) >= least - 1:
            return _undouble(word[: -len(ending)])
    if word.endswith("s") and len(word) > 3 and not word.endswith(("ss", "us", "is")):
        return _undouble(word[:-1])
    return _undouble(word)


def _undouble(word: str) -> str:
    if len(word) > 3 and word[-1] in "ey":
        word = word[:-1]
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "ls" else word


def contains(folded_text: str, folded_phrase: str) -> bool:
    """Return whether the folded text has the folded phrase as whole words."""
    return find_whole(folded_text, folded_phrase) >= 0


def find_whole(folded_text: str, folded_phrase: str) -> int:
    """Return where the folded phrase first stands as whole words in the folded text, or -1."""
    start = folded_text.find(folded_phrase) if folded_phrase else -1
    while start >= 0:
        end = start + len(folded_phrase)
        if not (_joins(folded_text, start) or _joins(folded_text, end)):
            return start
        start = folded_text.find(folded_phrase, start + 1)
    return -1


def _joins(text: str, position: int) -> bool:
    return 0 < position < len(text) and _is_word(text[position - 1]) and _is_word(text[position])


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"
