"""Which sentences can be put before a reader as statements to be judged true or false. Turns none of them round."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from granulator.extraction import candidates, context, subjects
from granulator.extraction.candidates import Vocabulary
from granulator.extraction.phrasing import THIRD_PERSON
from granulator.extraction.sentences import Sentence, word_count
from granulator.extraction.vocabulary import STOP_WORDS, content_words, stem, words

DEPENDENT = re.compile(
    r"\b(?:too|this|these|those|such(?! as)|same|another|others|the other|each other|else|then|therefore|thus|hence"
    r"|however|either|neither|e\.g|i\.e|for example|an? example|probably|likely|similar(?:ly)?|something|works? like"
    r"|its job|things?|stuff|currently|at present|nowadays|certain|new|respectively|etc|documentation|tutorials?"
    r"|chapter|demos?|website|may|might|could|would|perhaps|sometimes|often"
    r"|you (?:want|need|should|must|have|are|may|will (?:need|have|want))|need to|as usual|please|feel free|in question"
    r"|the (?:first|second|third|latter|former|next|previous|final) (?:one|part|case|step|line|argument|example)"
    r"|(?:on|in|of|for|with|to|from|at|by|under|about|into|using|than|and|or|but|replace|do|change|use"
    r"|avoid) that)\b",
    re.IGNORECASE,
)
"""What takes up something said before, gives a reason that betrays the answer, or claims too little to be judged."""

VERDICT = re.compile(r"\b(?:true|false|right|wrong)\b", re.IGNORECASE)
"""Words of the answer, which a statement to be judged had better not hold."""

PRONOUN = re.compile(r"\b(?:it|its|they|them|their)\b", re.IGNORECASE)
ASIDE = re.compile(r" \([^()]*\)|\b(?:also|even(?! if\b| when\b| though\b)) |,? as well(?=[.,])")
"""What can be left out without making a true statement false."""

PRAISE = re.compile(
    r"\b(?:almost|properly|simpl[ey]|easy|easily|powerful|flexible|convenient(?:ly)?|nice(?:ly)?|extremely"
    r"|handy|elegant|essential|simpler)\b",
    re.IGNORECASE,
)
"""What is a matter of opinion, which no reader can look up."""

TIMED = re.compile(
    r"\b(?:(?:since|until|in|from|earlier|older|newer|latest|previous|recent|all|before) (?:\w+ )?"
    r"(?:versions?|releases?)\b|versions? (?:\d|before|prior)|(?<!HTTP/)(?<!TLS )v?\d+\.\d+\S*|as of|beginning with"
    r"|experimental|deprecated|nightly|19\d\d|20\d\d|was|were|(?<!is )(?<!are )(?<!be )used to|now|already|soon"
    r"|increasingly|historical(?:ly)?|traditional(?:ly)?|originally|recently|someday|planned|in the future)\b",
    re.IGNORECASE,
)
"""What is true of a time only, or of one run of an example."""

VAGUE = re.compile(
    r"\b(?:things?|lots?|comes? with|callable needs|as possible|as far as|in general|generally|as a rule"
    r"|in nearly all|most of the time|much of|most of|a lot|basic stuff|sort of|kind of|of course|reasonabl[ey]"
    r"|best|better|interesting|sophisticated|complicated|cryptic|nicer?|great (?:way|choice|idea|for|to)"
    r"|horrible|truly|grateful|popular|massive|obvious(?:ly)?|usually|typically|mostly|mainly|largely|somewhat"
    r"|rather|quite|fairly|reality|varies|apparently|there (?:is|are)|different|so-called|fun|love|cool"
    r"|lingua franca|chance to|believes?|thinks?|try to avoid|attempt to|good (?:choice|idea)|just|careful"
    r"|easiest|in some (?:contexts|cases|situations)|some|in a similar way|and so on|listed|described|shown"
    r"|rules in|problematic|problems?|common practice|under the hood|several|any and all|proper(?:ly)?|your own"
    r"|keep track|wide range|plenty|improved?|recommended"
    r"|many|well(?! as)|open[ -]source|maintained by|distributed by|tweak\w*"
    r"|by (?-i:[A-Z][a-z]+ [A-Z][a-z]+)|University|perfect"
    r"|everything|complete|solution|a number of|numerous|in doubt|presumably|familiar|worth|provides details)\b",
    re.IGNORECASE,
)
"""What cannot be shown to be false, or is a matter of taste."""

BRIDGED = re.compile(
    r"\ba (?:second|third),|^(?:For|In|On|To) (?:all |any )?other\b"
    r"|\b(?:the|both|all|each) (?:two|three|four|methods|ways"
    r"|approaches|options|cases|steps|following|above)\b",
    re.IGNORECASE,
)
SETTING = re.compile(
    r"(?:If|When|Once|While|Unless|Assuming|Suppose) "
    r"|(?:On|In|Under|For|With) (?:(?:this|that|these|those|such)\b|Windows|Linux|mac\w*|\w+ mode)",
)
"""How a sentence begins that sets a condition for those behind it."""

ENABLING = re.compile(
    r"(?:If|When|Once|After) (?:[\w.`'-]+ is (?:set|enabled|turned on|configured|activated|true|on)\b"
    r"|you (?:\w+ )?(?:set|enable|turn|configure|activate)\b|(?:this|the \w+) (?:option|setting|mode|flag) is\b)",
    re.IGNORECASE,
)
"""A condition that may hold up to the end of the section."""

CONDITIONAL_TITLE = re.compile(
    r"\b(?:windows|macos|legacy|deprecated|obsolete|experimental|examples?|migrat\w*|upgrad\w*|install\w*|converting"
    r"|contribut\w*|history|changes?|changed|demos?|credits|future|todo|roadmap|troubleshooting|motivation"
    r"|packag\w*|distribution\w*|about|community|philosophy|versioning|hacking|development|license|sponsors?|checklist"
    r"|known (?:issues|bugs|limitations))\b",
    re.IGNORECASE,
)
"""Titles of parts that hold for a case only, or are beside the matter."""

UNTIDY = re.compile(r"\u00a7|[():;\u2014\u2026<>|{}]| -- | \u2013 |\"|\u201c")
"""Signs of an aside, a list or a quotation within the statement."""

PURPOSE = re.compile(r"(?:To|For|In|With|As) [^,]+, (?:it|they|its|their)\b")
"""A phrase that names nothing which the pronoun behind it could stand for."""

CLAUSE_FIRST = re.compile(
    r"(?:If|When|Once|While|Since|Because|Although|Whenever|As|Until|Unless|After|Before) [^,]+, "
)
FIRST_PHRASE = re.compile(r"By default,? |(?:In|On|With|Under|For|To|At|Within|Inside|During) [^,]{3,70}, |Only ")
LOOSE_HEAD = re.compile(r"[a-z]\b.*\b(?:to [a-z]+|after|before|when|if|until|while|where|that|which)\b")
SIMPLE = re.compile(r"(?:(?:The|A|An|Each|Every) [\w-]+|[A-Z][\w.'-]*) (?:\w+ly )?(?P<verb>[a-z]+) (?:and|or)\b")
RELATED = re.compile(
    r"(?P<head>(?:The|A|An|Any|Each|Every|All|[A-Z]\w+) ?[\w./'-]*(?: [\w./'-]+){0,5}) (?:that|which|whose|who)"
    r"(?:'s|\b) [^,]*?\b(?:is|are|was|were|has|have|can|does|do|will|\w+s|\w+ed)\b[^,]*? "
    r"(?<!and )(?<!or )(?<!which )(?<!that )(?:is|are|will|can|must|cannot)\b"
)
"""A subject with a clause about it, and then its verb."""

LEAST_TOLD = 4
"""So many words a statement must have beside those of the titles above it."""

OPENING = re.compile(
    r"(?:Also|Additionally|Finally|Furthermore|Moreover|In addition|Note that|Notice that|That is|Likewise|Similarly"
    r"|As you know|Remember that|In fact|Actually|In other words|Finally,? note that|Please note that|However),? "
    r"(?=[a-zA-Z])(?<!addition )(?<!Finally )"
)
"""How a sentence takes up the one before; without it, it says the same."""

COUNTS = (7, 32)
MARKUP = re.compile(r"(?<![\w/])~(?=[.@A-Za-z])|(?<![\w/~.])(?<!~)\.(?=[A-Z]\w+(?![\w.]))|(?<=~)\.")
"""Signs of references that were left in the text."""

LEAST_WORDS_BEFORE = 4
REACH = 3
"""So many sentences further on a condition may still hold."""

KNOWN = 8
"""What so many sentences speak of is a topic of the text."""
MOST_FIGURES = 2


def fit(known: Vocabulary, orders: Iterable[int]) -> list[Sentence]:
    """Return the sentences of ``orders`` that are important and can be understood, and judged, by themselves.

    They are without their asides, so that their marks are gone too; the reading holds them whole.
    """
    leads, switches = _leads(known), _switches(known)
    rows = [known.reading.sentences[order] for order in orders]
    made = [replace(sentence, text=shown, marks=()) for sentence in rows for shown in [_bare(sentence.text)]]
    return [
        shown
        for sentence, shown in zip(rows, made, strict=True)
        if _is_clean(shown.text, word_count(shown.text))
        and not leads.get(sentence.block)
        and not _is_bound(known, sentence, switches)
        and candidates.is_fit(
            known, replace(sentence, text=shown.text, marks=() if shown.text != sentence.text else sentence.marks)
        )
        and _is_whole(shown.text)
        and len(shown.stems - _title_words(known, sentence)) >= LEAST_TOLD
        and _says_whose(known, shown)
        and candidates.is_important(known, sentence)
        and not context.leans(known, shown)
        and context.merit(known, shown) >= known.least_merit
    ]


def _is_whole(text: str) -> bool:
    """Whether it has a main clause with a subject of its own, rather than telling about a thing it does not name."""
    rest = text
    if CLAUSE_FIRST.match(rest):
        rest = rest.partition(", ")[2]
    rest = FIRST_PHRASE.sub("", rest, count=1)
    rest = rest[:1].upper() + rest[1:]
    if subjects.tells(rest) or rest.startswith(("You can ", "You cannot ")):
        return True
    told = SIMPLE.match(rest)
    if told and told["verb"] in THIRD_PERSON:
        return True
    related = RELATED.match(rest)
    return related is not None and not LOOSE_HEAD.search(related["head"])


def _bare(text: str) -> str:
    """Return the sentence without its asides and the words that tie it to the one before."""
    shown = MARKUP.sub("", OPENING.sub("", ASIDE.sub("", text), count=1))
    return shown[0].upper() + shown[1:] if shown != text and shown.partition(" ")[0].isalpha() else shown


def _is_clean(text: str, count: int) -> bool:
    return (
        COUNTS[0] <= count <= COUNTS[1]
        and not DEPENDENT.search(text)
        and _names_first(text)
        and not UNTIDY.search(text)
        and not VERDICT.search(text)
        and not PRAISE.search(text)
        and not TIMED.search(text)
        and not VAGUE.search(text)
        and not BRIDGED.search(text)
        and len(re.findall(r"\d+(?:[.,]\d+)*", text)) <= MOST_FIGURES
    )


def _switches(known: Vocabulary) -> Mapping[int, int]:
    """Return for a section, by its number, the order of its first sentence that says when something is turned on."""
    found: dict[int, int] = {}
    for sentence in known.reading.sentences:
        if ENABLING.match(sentence.text):
            found.setdefault(known.reading.section_of[sentence.block], sentence.order)
    return found


def _is_bound(known: Vocabulary, sentence: Sentence, switches: Mapping[int, int]) -> bool:
    """Whether a condition set before it, by a sentence or a title, may hold for what it says."""
    reading = known.reading
    number = reading.section_of[sentence.block]
    section = reading.sections[number]
    if any(CONDITIONAL_TITLE.search(title) for title in (section.title, *section.parents[1:])):
        return True
    near = reading.sentences[max(0, sentence.order - REACH) : sentence.order]
    is_set = any(one.block == sentence.block and SETTING.match(one.text) for one in near)
    return is_set or switches.get(number, sentence.order) < sentence.order


def _names_first(text: str) -> bool:
    """Whether whatever "it" stands for has been named: by a plain subject, which is not the reader."""
    found = PRONOUN.search(text)
    if found is None:
        return True
    end = subjects.end(text)
    before = words(text[: found.start()])
    if PURPOSE.match(text):
        return False
    is_open = 0 < end < found.start() or len(before) >= LEAST_WORDS_BEFORE
    return is_open and "you" not in before and before[0] not in ("in", "for", "with", "under")


def _leads(known: Vocabulary) -> Mapping[int, bool]:
    """Return for each block whether a line that ends in a colon leads to it, which may set a condition."""
    found: dict[int, bool] = {}
    is_led = False
    for place, block in enumerate(known.reading.document.blocks):
        is_led = is_led if block.kind in ("item", "code") else False
        found[place] = is_led
        is_led = is_led or block.text.rstrip().endswith(":")
    return found


def _says_whose(known: Vocabulary, sentence: Sentence) -> bool:
    """Whether the subject is more than one bare word, such as "the server", unless the text names it as a topic."""
    end = subjects.end(sentence.text)
    head = sentence.text[: max(end, 0)]
    row = [word for word in words(head) if word not in STOP_WORDS]
    if end < 0 or len(row) != 1 or re.search(r"[^\w ,'\u2019]|\w[A-Z]|_|\d", head):
        return end < 0 or len(row) != 1 or row[0] not in ("server", "client")
    term = known.terms.get(row[0])
    is_name = (term is not None and term.shape[0] not in ("noun",)) or len(known.users.get(stem(row[0]), ())) >= KNOWN
    return is_name or not content_words(row[0]) or set(content_words(row[0])) <= _title_words(known, sentence)


def _title_words(known: Vocabulary, sentence: Sentence) -> frozenset[str]:
    section = known.reading.section(sentence)
    titles = [known.reading.document.title or "", section.title, *section.parents]
    return frozenset(word for title in titles for word in content_words(title))
