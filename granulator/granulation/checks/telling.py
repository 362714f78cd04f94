"""Sentences that tell of a text instead of being one: announcements, praise of the topic, its title said again."""

from __future__ import annotations

import re

from granulator.granulation.wording import content_words, fold, without_code

ANNOUNCED_SHARE = 0.7
"""A text of which this share of the words announces something holds nothing else worth having."""

ANNOUNCED_WORDS_MIN = 4
ANNOUNCED_WORDS_MAX = 2000
TITLE_ONLY_CHARACTERS = 200

_BETWEEN = re.compile(r"[.!?][\"'”’)\]*]*\s+|\n+|[。！？]")
_PLACE = (
    r"(?:lesson|section|module|chapter|unit|part|course|topic|text|article|page|step|milestone|scene|passage|material)"
)
_READER = (
    r"(?:you|we|i|students?|learners?|readers?|participants?|trainees?|it|they|one|everyone"
    r"|the (?:student|learner|reader)s?)"
)
_TELL = (
    r"(?:learn|explore|cover|discuss|look|examine|discover|study|introduce|delve|dive|understand|find out|gain|see"
    r"|review"
    r"|describe|explain|present|address|focus|talk|consider|deal|outline|discover|provide|give|offer|treat|show"
    r"|teach|walk"
    r"|investigate|be (?:introduced|covered|discussed|explained|presented|described|addressed|able|taught|explored)"
    r"|become familiar|get to know|take a (?:closer |deeper )?look|go (?:over|through|into)|develop|acquire|touch"
    r"|highlight"
    r"|analy[sz]e|guide|help|summari[sz]e|break down)"
)
_ADVERB = r"(?:(?:also|then|further|briefly|first|next|finally|mainly|thoroughly|fully|carefully) )?"
_ANNOUNCES = (
    # "In this lesson, you will learn about ...", "By the end of this module learners will be able to ..."
    rf"(?:(?:in|throughout|during|over|after|through|within|by the end of|at the end of|on completing|the (?:goal"
    rf"|aim|purpose"
    rf"|objective) of) (?:this|the|the following|these) (?:\w+ )?{_PLACE}s?,? )?"
    rf"(?:{_READER}|(?:this|the|the following) (?:\w+ )?{_PLACE}|there|here|key concepts|the \w+ \w+) "
    rf"(?:will|'ll|shall|are going to|is going to|aims? to|intends? to|is (?:designed|intended|meant) to|should"
    rf"|can expect to"
    rf"|begins? by|starts? by|ends? by) {_ADVERB}{_TELL}",
    # "This lesson covers ...", "The following section introduces ..."
    rf"(?:this|the|the following) (?:\w+ )?{_PLACE} {_ADVERB}"
    r"(?:covers?|explains?|introduces?|explores?|discusses|provides?|describes?|gives?|presents?|focus(?:es)?|addresses"
    r"|deals?|outlines?|shows?|looks?|examines?|contains?|is about|teaches|offers?|summari[sz]es|treats?|delves?|walks?"
    r"|will (?:be|contain|include)|includes?|consists?|is (?:dedicated|devoted)|serves?)",
    r"(?:here|now),? (?:we|you|i) (?:will |'ll )?" + _TELL,
    r"(?:the )?(?:key |main |important )?(?:topics?|concepts?|points?|areas?|aspects?|subjects?"
    r"|themes?) (?:covered |discussed )?"
    r"(?:in (?:this|the) \w+ )?(?:will )?(?:include|are|is|comprise)\b.{0,40}(?:covered|discussed|explained"
    r"|explored|includ)?",
    r"(?:various|different|several|many|all|relevant|important|key|multiple) (?:\w+ )?(?:aspects?|topics?"
    r"|examples?|concepts?"
    r"|details?|points?|perspectives?|elements?)(?: of .{1,60})? (?:will be|are|is) \w+",
    r"(?:more|further|additional) (?:details?|information|content|examples?) (?:will|can|is|are|to)\b",
    r"let(?:'s| us) (?:explore|look|dive|discuss|begin|start|learn|take)",
    r"(?:we|you)(?:'ll| will) (?:also |then )?" + _TELL,
)
_PRAISES = (
    # "Composting is a very important topic.", "Understanding it is essential for success."
    r"(?:[\w'’ -]{1,60}) (?:is|are|plays?|has|have|remains?) (?:an? )?(?:very |highly |extremely |really |truly "
    r"|quite |most )?"
    r"(?:important|essential|fundamental|crucial|key|vital|critical|significant|central|interesting|useful"
    r"|valuable|broad"
    r"|complex|relevant|necessary|popular)"
    r"(?: and (?:\w+))?(?: (?:topic|concept|part|aspect|subject|area|skill|role|component|element|field|one|tool"
    r"|idea))?"
    r"(?: (?:in|of|for|to|within|today|when|that|which)\b.{0,90})?",
    r"(?:it|this|there) (?:is|are|has|have) (?:many|several|various|a (?:lot|number|variety|range) of|different"
    r"|numerous) "
    r"(?:\w+ )?(?:aspects?|applications?|benefits?|advantages?|facets?|things?|ways?|uses?|factors?"
    r"|elements?)\b.{0,80}",
    r"it is (?:important|essential|crucial|necessary|worth|useful|vital) (?:to|that|noting|for)\b.{0,90}",
    r"(?:understanding|mastering|knowing|learning|studying) .{1,60}"
    r"(?:is|will|can|helps?|allows?|enables?) (?:\w+ ){0,3}(?:important|essential|help|key|crucial|succeed|useful"
    r"|vital|you).{0,60}",
)
_ANNOUNCEMENT = re.compile("|".join((*_ANNOUNCES, *(f"(?:{praise})[.!]?$" for praise in _PRAISES))))

_UNWRITTEN = re.compile(
    r"(?:(?:\w+ ){0,3}(?:content|text|material|description|explanation|details?|information|section|lesson|copy)s?"
    r"(?: (?:about|on|for|of) .{1,60})? (?:will|should|must|has to|is to|are to|needs? to|can"
    r"|still has to) (?:still |yet |later )?be "
    r"(?:\w+ )?(?:provided|added|replaced|written|inserted|supplied|completed|filled|updated|expanded|developed)\b"
    r"|(?:use|reserve|keep|leave) this (?:space|section|area|field|place|text|box)\b"
    r"|(?:continue|proceed|go on|carry on|repeat(?: this)?)(?: in)? (?:the same|this|a similar|like)\b.{0,30}"
    r"(?:remaining|other|rest|next)(?: of the)? ?(?:items?|entries|points?|sections?|lessons?|elements?|questions?"
    r"|modules?"
    r"|chapters?|ones|parts?)?(?: (?:of|in|on) (?:the|this) \w+)?\W*$"
    r"|(?:this|the|our) (?:text|content|section|paragraph|passage|lesson|description"
    r"|explanation) (?:here )?is (?:only |just )?"
    r"(?:a |an )?(?:sample|placeholder|draft|stub|dummy|example text|not (?:yet )?(?:written|available|finished)))"
)
"""A sentence that says that something else will stand in its place."""

_ANNOUNCED_HERE = re.compile(
    rf"(?:in|throughout|during) (?:this|the following) (?:lesson|section|module|unit|course|text|article),? {_READER} "
    rf"(?:will|'ll|shall|are going to) {_ADVERB}{_TELL}"
    rf"|(?:this|the following) (?:lesson|section|unit|text|article) {_ADVERB}(?:will |aims to )?{_TELL}s?\b"
)
"""An announcement that is one wherever it stands, also where people do things."""

_INSTRUCTS = re.compile(
    r"(?:please )?(?:explain|describe|write|tell|say|state|summari[sz]e|list|outline|define|introduce|discuss"
    r"|mention|cover"
    r"|include|elaborate|expand|provide|add|give) (?:here )?(?:what|why|how|who|whether|in|the|a|an|some|more|two"
    r"|three|on|at)\b"
)
"""What an author is told to do, where what was written should stand."""

_VAGUE = frozenset(
    content_words(
        "much many say said matter matters lot everyone everybody anyone look important interesting useful good"
        " great thing things"
        " know known consider considered read note really very quite always often never something everything"
        " various several"
        " different general basic aspect aspects way ways need needs necessary essential relevant valuable keep"
        " mind remember"
        " see learn topic subject issue question answer detail details explain explained discuss discussed cover"
        " covered"
        " depend depends ask unsure sure try best care careful carefully check follow following usual usually"
        " proper properly"
        " correct right wrong work works happen happens go make get take simple simply easy hard clear obvious"
        " obviously"
        " people person situation case context factor factors little long way life care goes yet still"
        # Words of texts, and of those who write them.
        " wording word words text texts part parts passage paragraph section sections chapter lesson module item"
        " items element"
        " elements entry list line lines page heading title description definition definitions summary structure"
        " content contents"
        " material background link links reference references editor author writer reader readers audience filler"
        " placeholder draft"
        " drafts version release publication published publish space purpose relation others short brief longer"
        " vivid similar same"
        " previous next remaining rest replace replaced supply supplied provide provided add added write written"
        " fill filled insert"
        " inserted input await awaiting wait pending missing charge responsible complete completed finish finished"
        " imagine draw draws"
        " prepare prepares introduce introduces show shows help helps continue continued manner style tone final"
        " later soon above"
        " below here another sentence sentences sample dummy stub expand expanded elaborate"
    )
)
"""Words that say nothing of any subject."""

_SAID_OF_ANY = _VAGUE | frozenset(
    content_words(
        "lesson module section chapter topic concept term step task definition description content explanation"
        " about this"
        " something thing called named known part important essential key idea explains describes covers"
        " introduces is defined"
        " refers related means basics details information subject process activity perform carry action stage"
    )
)
"""Words that can be said of any title."""


def sentences(text: str) -> list[str]:
    """Return the sentences of a text in order, code left out; a line ends a sentence too."""
    return [found for each in _BETWEEN.split(without_code(text)) if (found := each.strip(" \t-*•\"'“”‘’"))]


def is_announcement(text: str) -> bool:
    """Return whether nearly all of a text announces or praises its topic."""
    count = len(text.split())
    if not ANNOUNCED_WORDS_MIN <= count <= ANNOUNCED_WORDS_MAX:
        return False
    others = 0
    for sentence in sentences(text):
        if _ANNOUNCEMENT.match(fold(sentence).replace("’", "'")) is None:
            others += len(sentence.split())
            if others > (1 - ANNOUNCED_SHARE) * count:
                return False
    return True


def is_unwritten(text: str) -> bool:
    """Return whether a text of any kind says, first of all, that it is still to be written."""
    first = next(iter(sentences(text[:600])), "")
    return len(text) < 600 and _UNWRITTEN.match(fold(first)) is not None


def is_announced_here(text: str) -> bool:
    """Return whether all of a short text announces what a lesson or a section is going to say."""
    told = sentences(text) if len(text) < 600 else []
    return bool(told) and all(_ANNOUNCED_HERE.match(fold(each).replace("’", "'")) for each in told)


def is_instruction(text: str) -> bool:
    """Return whether a short text tells its author what to write."""
    told = sentences(text) if len(text) < 300 else []
    return bool(told) and all(_INSTRUCTS.match(fold(each)) for each in told)


def is_vague(text: str, subject: frozenset[str] = frozenset()) -> bool:
    """Return whether not a word of a short text belongs to any subject, or to the one given as content words."""
    said = content_words(text) if len(text) < 200 else []
    return bool(said) and text.isascii() and all(word in _VAGUE and word not in subject for word in said)


def says_nothing_of_its_own(title: str, body: str) -> bool:
    """Return whether a short text is its title again, with at most what can be said of any."""
    if not body or not title or len(body) > TITLE_ONLY_CHARACTERS:
        return False
    own = set(content_words(body)) - set(content_words(title))
    return bool(content_words(body)) and own <= _SAID_OF_ANY
