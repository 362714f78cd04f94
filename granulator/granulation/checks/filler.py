"""Texts made of words that fit any subject: notes to an author, talk of the text itself, platitudes.

A text is judged by its words, not by its phrases: what share of them is generic, and whether any of the others belongs
to the structure it stands in. Which places are looked at is ``stand_ins``'s.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cached_property

from granulator.granulation.checks.document import Document
from granulator.granulation.wording import content_words, fold, without_code

FILLER_CHARACTERS_MAX = 500
"""A longer text that says nothing is nearly always an announcement, and those are ``telling``'s."""

GENERIC_SHARE = 0.8
GENERIC_SHARE_LONG = 0.7
LONG_WORDS = 8
SAYING_WORDS_MIN = 3
ACTED_WORDS_MIN = 4
PLATITUDE_WORDS_MAX = 25

_OF_WRITING = frozenset(
    content_words(
        "sentence sentences paragraph paragraphs passage passages reader readers prose placeholder filler stub"
        " dummy lorem heading headings subheading bullet blurb outlook caption narrator copywriter boilerplate"
        " introductory scaffold skeleton proofread typo margin footnote citation elaborate elaborated elaboration"
        " rephrase reword paraphrase foreshadow verbatim tbd tba"
    )
)
"""Words of those who write texts; whatever is written about anything else hardly holds one."""

_OF_TEXTS = frozenset(
    content_words(
        "text texts content contents section sections chapter lesson lessons module unit part parts page pages entry"
        " article summary summaries summarise summarize example examples explanation explanations explain"
        " description descriptions describe"
        " definition definitions define detail details detailed information overview introduction introduce"
        " conclusion"
        " draft drafts version revision revised edition publication publish released editor author writer editorial"
        " topic topics theme subject matter aspect aspects angle angles perspective facts fact material treatment"
        " discussion discuss discusses discussed insert inserted fill filled blank empty field space box slot"
        " write written writing rewrite rewritten expand expanded extend extended complement supplement supply"
        " point points learner learners student students audience title concept concepts course"
        " reading figures sources references illustration illustrations mention mentioned"
        " cover covers covered planned pending missing unavailable omitted shortened abbreviated template item items"
        " element elements output generated instructions instruction scene act step story plot remark remarks"
        " body document documents exercise exercises finalise finalised finalize finalized omit readership"
    )
)
"""Words of texts that other subjects use as well; they count where the text speaks of a place or of later."""

_GENERIC = frozenset(
    content_words(
        # What anything may be
        "important importance essential relevant relevance significant interesting useful valuable crucial key main"
        " major central basic fundamental general specific common typical usual normal standard regular particular"
        " certain various different several many numerous further additional another other remaining rest next"
        " previous"
        " following preceding above below first second third last final later early earlier soon current"
        " currently new"
        " good better best great nice perfect well bad worse hard easy easier difficult simple simply complex clear"
        " clearly obvious careful carefully full fully complete completely whole entire entirely short brief briefly"
        " long longer small large big little real vivid suitable appropriate proper correct right wrong true possible"
        " necessary required needed available similar same like way ways manner kind kinds sort type types form forms"
        " thing things something anything everything nothing someone somebody anyone anybody everyone everybody"
        " nobody"
        " people person idea ideas issue issues case cases situation situations context background result results"
        " method methods approach approaches process purpose goal goals aim reason reasons cause effect effects"
        " factor"
        " factors feature features property properties area areas field role roles level levels number numbers amount"
        " time times day days week year years today tomorrow moment place places world life practice experience"
        " knowledge skill skills care attention effort patience thought view opinion attitude success value values"
        " benefit benefits advantage advantages disadvantage problem problems solution solutions challenge challenges"
        " consequence consequences implication implications condition circumstances range variety lot set list data"
        " project set up order end ends start begin beginning middle two three four five few more less most least one"
        " once twice again already still yet always never often sometimes usually mostly rarely hardly just"
        " even quite"
        " very really rather too also however therefore thus hence moreover furthermore according regarding"
        " concerning"
        " related relation relationship instead together apart beyond around about side sides depth breadth scope"
        " length statement statements question questions actual actually normally originally initially hundred"
        " thousand ten dozen half several per space date"
        " expert experts specialist colleague colleagues responsible impression closing opening"
        " interest forget forgotten closer deeper wider broader greater higher lower extra separate separately"
        " particularly especially mainly largely roughly approximately exactly precisely possibly probably"
        " perhaps maybe"
        " hopefully naturally generally basically essentially ultimately eventually finally usually otherwise"
        " likewise"
        " similarly accordingly consequently aforementioned corresponding respective common sense"
        " everyday general specific personal individual overall entire sample demo test safe sorry wise truth differ"
        " differs vary varies variety difference line lines sum gist core essence heart"
        " framework foundation basis principle principles essentials basics introduction start starting beginner"
        " advanced understanding insight insights awareness familiar familiarity journey world landscape realm"
        " impressive fascinating exciting powerful effective efficient modern step steps stage stages phase"
        " phases component components structure structured structures order ordered sequence pattern patterns format"
        " style tone manner fashion nature character quality qualities standard standards rule rules tip tips trick"
        " tricks hint hints advice recommendation recommendations remark remarks comment comments feedback discussion"
        " conversation decision decisions choice choices option options alternative alternatives possibility"
        " possibilities opportunity opportunities potential future past present history historical development"
        " developments trend trends"
        # What anybody may do with it
        "make makes made do does done take takes taken give gives given get gets got go goes going come comes"
        " keep keeps"
        " put puts set let bring lead leads show shows shown see seen look looks find finds found know known think"
        " consider considered considering remember recall note noted notice learn learned learning study understand"
        " understood understanding teach explore explores explored examine examined analyse analyze analysis review"
        " reviewed present presents presented address addressed deal dealt focus treat treated provide provides"
        " provided"
        " include includes included including contain contains contained comprise consist offer offers add"
        " added adding"
        " replace replaced change changed use used using apply applied work works worked help helps helped need needs"
        " want wanted wish require requires depend depends matter matters happen happens happening follow follows"
        " continue continued continues proceed prepare prepares prepared support supports supported develop developed"
        " create created produce produced build complete completed finish finished update updated improve improved"
        " choose chosen select selected specify specified state stated states say says said tell tells told"
        " talk speak"
        " speaks call called name named mean means meant meaning refer refers await awaiting wait expect expected try"
        " imagine draw draws ask asked answer answers respond reply concern concerns relate discover enjoy reserve"
        " reserved leave left intentionally intended allow allows enable enables ensure ensures become becomes"
        " remain remains stay appear appears exist exists belong belongs worth aware sure certain able sense"
        " conclude concludes concluding publish publishing refer referring go raise raises raised stakes lead"
        " led walk"
        " guide guides guided dive delve delves look looking see seeing point pointing place placed stand stands"
        " receive receives accept hear listen share shared repeat repeated avoid check checked make made happen end"
        " ended start started begin begun close closes open opens move moves pass passes run runs send return save"
        " attract engaging engage compelling interest interests clarify clarifies illustrate illustrates highlight"
        " highlights outline outlines touch touches turn turns serve serves play plays act acts hold holds"
    )
)
"""Words that fit any subject."""

_PLACES = re.compile(
    r"^(?:should|must|has to|needs to|will|to be)\b|\b(?:here|later|soon|eventually|yet|pending)\b|\bat (?:this"
    r"|that) (?:point|place|position|stage)\b"
    r"|\b(?:this|the) (?:space|place|field|slot|box|entry|section|part|passage|paragraph|text|chapter|lesson"
    r"|page|area"
    r"|line|item|element|article|module|unit|description|definition|explanation|summary|content|above|below"
    r"|remaining|rest|following|actual|final|full|real)\b"
    r"|\b(?:next|future|final|coming|upcoming) (?:version|draft|edition|release|revision|update)\b"
    r"|\b(?:will|shall|can|could|should|must|may|needs? to|has to|have to|is to|are to|to) (?:\w+ )?be \w+(?:ed"
    r"|en|n|t)\b"
    r"|\b(?:your|own) (?:words?|text|content|explanation|description|answer|definition|material|wording)\b"
    r"|\b(?:see|as|like) (?:above|below|before)\b|\bprevious(?:ly)?\b|\bin (?:one|two|three|a few"
    r"|\d) (?:sentences?|words?"
    r"|lines?|paragraphs?)\b|\b\d\W|\((?:see|add|insert|to)\b"
)
"""What a text says that speaks of itself: where it stands, when it will be there."""

_IMPERSONAL = re.compile(
    r"(?:it|this|that|there|one|you|we|everyone|everybody|anyone|nobody|nothing|some|many|most|more|much|all"
    r"|such|these"
    r"|those|as|in (?:general|principle|practice|most|many|some|the end)|with|without|sometimes|often|usually"
    r"|always|never"
    r"|(?:an?|the|some|any|every|each|no) (?:\w+ ){1,3}(?:is|are|was|will|can|may|should|must|has|have|does|do"
    r"|goes|makes"
    r"|comes|takes|helps|works|matters|depends|differs?|varies)|\w+ (?:is|are|will|can|may|should|makes|comes"
    r"|takes|helps"
    r"|works|matters|depends|differs?|varies|vary))\b"
)
"""How a sentence begins that is said of things in general, and tells nobody what to do."""

_THIS_PLACE = re.compile(
    r"\bhere\b(?! and there)|\bat (?:this|that) (?:point|place|position|stage)\b"
    r"|\bthis (?:space|place|field|slot|box|entry|section|part|passage|paragraph|text|chapter|lesson|page|area"
    r"|line|item"
    r"|element|article|module|unit|description|definition|explanation|summary|content)\b"
    r"|\b(?:next|future|final|later|coming|upcoming) (?:version|draft|edition|release|revision|update)\b"
    r"|\b(?:will|shall|should|must|has to|have to|is to|are to|to) (?:\w+ )?be (?:\w+ )?(?:added|written"
    r"|provided|supplied"
    r"|inserted|expanded|elaborated|completed|filled|updated|finali[sz]ed|discussed|announced|determined|defined)\b"
    r"|\bbefore (?:publishing|publication|release)\b"
)
"""What hardly anything but a note to an author says, also among texts that tell people to write."""

_DEFINES = re.compile(
    r"(?:an?|the|any|one|someone|somebody|something|what|how|whether)\b(?: \w+){0,4} (?:that|which|who|whose|of"
    r"|between|for|to)\b"
)
_TOLD_OF = re.compile(r"\b(?:he|she|him|her|his|hers|i|me|my)\b|^they\b")
"""Who speaks of a person tells a story, and not of a text."""

_TELLS_OF_A_TEXT = re.compile(
    r"(?:it|this|that|the|an?|in|to|for|some|more|further|additional|here|there|contains?|includes?|comprises"
    r"|consists"
    r"|(?:short|brief|main|similar|same|sample|detailed|general)\b(?! \w+(?:s|ed) )|see|text|body|content|details?"
    r"|information|explanations?|descriptions?|summary|introduction|definition)\b"
)
"""How a text begins that tells nobody to do anything."""

_LOOSE = re.compile(r"[\d`=<>{}/\\$%*_]")
_PROGRAM = re.compile(r">>>|[=<>{}\\`]|\w\(\w*\)|'\S+'")
_NAMES = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]+|\b[A-Z]{2,}\b")


class Subject:
    """What a structure is about: the words of its titles, and those that its texts share."""

    def __init__(self, document: Document, topic: str | None) -> None:
        self._document = document
        self._topic = topic or ""

    @cached_property
    def titles(self) -> frozenset[str]:
        """The words of all titles, of the topic and of what is listed by name."""
        named = [passage.text for passage in self._document.passages if passage.role in ("title", "point")]
        words = frozenset(content_words("\n".join((self._topic, self._document.title))))
        return words | frozenset(word for text in named for word in content_words(text))

    @cached_property
    def own(self) -> frozenset[str]:
        """The words of the topic and of the title of the whole."""
        return frozenset(content_words(f"{self._topic}\n{self._document.title}"))

    @cached_property
    def spread(self) -> Counter[str]:
        """In how many texts of the structure each word stands."""
        return Counter(word for passage in self._document.passages for word in set(content_words(passage.text)))

    def knows(self, word: str) -> bool:
        """Return whether a word that fits not just anything belongs to the titles, or to another text as well."""
        return word in self.titles or self.spread[word] > 1


def is_filler(text: str, subject: Subject, *, is_told_to_act: bool = False, is_definition: bool = False) -> bool:
    """Return whether a short English text is made of words that fit any subject.

    ``is_told_to_act`` says that people are told here what to do, so that "Write a summary" is no note to an author;
    ``is_definition`` that a term is defined, so that "A text that ..." speaks of what the term means.
    """
    if not 0 < len(text) <= FILLER_CHARACTERS_MAX or not text.isascii() or _PROGRAM.search(text):
        return False
    said = content_words(without_code(text))
    if not said:
        return _says_nothing(text)
    folded = fold(text)
    if _NAMES.search(text) or _TOLD_OF.search(folded):
        return False
    of_writing = [word for word in said if word in _OF_WRITING and word not in subject.titles]
    of_texts = [word for word in said if word in _OF_TEXTS and word not in subject.own]
    others = [word for word in said if not _is_generic(word)]
    least = GENERIC_SHARE_LONG if len(said) >= LONG_WORDS else GENERIC_SHARE
    if len(others) > (1 - least) * len(said) or any(map(subject.knows, others)):
        return False
    is_told = is_told_to_act and not _TELLS_OF_A_TEXT.match(folded)
    if is_told and others:
        return False
    if of_writing or (of_texts and _THIS_PLACE.search(folded) is not None):
        return True
    if is_told or (is_definition and _DEFINES.match(folded)):
        return False
    return (bool(of_texts) and _PLACES.search(folded) is not None) or len(of_texts) >= max(2, len(said) / 3)


def is_platitude(text: str, subject: Subject, *, is_definition: bool = False) -> bool:
    """Return whether a short English sentence of the kind "It is worth a closer look" names nothing at all."""
    if not text.isascii() or len(text.split()) > PLATITUDE_WORDS_MAX or _LOOSE.search(text) or _NAMES.search(text):
        return False
    said = content_words(text)
    if not said:
        return _says_nothing(text)
    if not all(_is_generic(word) and word not in subject.titles for word in said):
        return False
    folded = fold(text)
    if (is_definition and _DEFINES.match(folded)) or _TOLD_OF.search(folded):
        return False
    return _IMPERSONAL.match(folded) is not None


def defines(text: str) -> bool:
    """Return whether a text says what something is by naming its kind: "A part of a text that ..."."""
    return _DEFINES.match(fold(text)) is not None


def tells_to_act(text: str) -> bool:
    """Return whether a text may tell somebody what to do, and with what."""
    return len(content_words(text)) >= ACTED_WORDS_MIN and not _TELLS_OF_A_TEXT.match(fold(text))


def _is_generic(word: str) -> bool:
    return word in _GENERIC or word in _OF_TEXTS or word in _OF_WRITING or word.isdigit()


def _says_nothing(text: str) -> bool:
    """Return whether several words, none of which carries meaning, are all there is: "It is what it is"."""
    return len(text.split()) >= SAYING_WORDS_MIN and not _LOOSE.search(text)
