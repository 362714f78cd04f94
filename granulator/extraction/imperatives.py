"""Sentences that tell somebody to do something: how they begin, who is told, and what they are called in short."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from granulator.extraction.phrasing import VERBS
from granulator.extraction.vocabulary import listed

MORE_VERBS = listed("""
    abort access activate adapt adjust agree align allocate announce apply approve archive arrange assemble assess
    assign attach attend authorize await backup bake balance blend boil book boot browse brush calculate calibrate
    call cancel capture carry catch check chop clamp clean clear click clone coat collate combine commit communicate
    compile complete compose confirm connect consider consult contact cook cool copy correct count cover cut deactivate
    debug declare decrease define delegate delete deliver deploy depressurize describe destroy detach determine develop
    dial disable disassemble discard disconnect discuss dismount dispatch dispose document double-click download draft
    drag drain draw drill drive drop dry edit eject email empty enable engage enlarge enter erase escalate establish
    estimate evaluate evacuate examine export extend extract fasten feed fetch file fill filter finalize finish fire
    fix flip flush fold follow forward freeze gather go grab grease group guide halt hand hang heat hit hold identify
    import increase inform inject inspect install instruct integrate interview invite isolate issue join keep knead
    label launch lay lead lift light link list load locate lock log loosen lower lubricate make mark measure meet merge
    mix monitor mount move name navigate negotiate note notify number obtain open order organize pack paste patch pay
    peel perform pick place plan plug point polish post pour preheat prepare press print prioritize process produce
    program prompt pull pump purchase purge push put query quit raise read rebase rebuild recheck recommend reconnect
    record recover reduce refer refill refresh register reinstall reload remind remove rename renew reopen repeat
    rephrase replace reply report request rerun reserve reset resolve restart restore resume retry return reuse revert
    review revoke rewrite right-click rinse roll rotate run save scan schedule scroll seal search secure select send
    separate serve set settle shake share shut sift sign signal simmer skip slice slide soak sort specify spread
    sprinkle squash stack stage start state stir stop store strain stretch submit subscribe supply switch synchronize
    sync tag take tap tell test thank tie tighten toggle transfer trim turn twist type uncheck undo unfold uninstall
    unlock unmount unpack unplug unscrew unzip update upgrade upload use vacuum validate ventilate verify view visit
    wait walk warm wash watch weigh whisk wipe wrap write zip ensure ask bring build buy choose collect cast create
    crop decide divide do find form get give help implement include initialize insert invoke let look mention migrate
    modify observe offer pass provide publish receive rely respond show split squeeze stand stay talk think tidy
    trace train treat try wear work add adopt propose sound alert allow amend analyze announce answer
    append attach begin
    browse bump change charge close configure continue convert decline define enforce expose fork format generate
    handle ignore import inspect keep leave manage map match open pick pin proceed push rank reach reject replicate
    revise scale score sketch speak spin step stick summarize swap touch translate trigger uncover untar
""")
ORDERS = (VERBS | MORE_VERBS) - listed("""
    answer cause concern contain consist belong depend derive differ exist lie mean need occur precede reveal seem
    tend vary want lack lead live cost fail fall grow happen matter state result limit name point process number form
    work offer sit trail burn gas order support record report interface list function value access imply
    allow enable include represent denote indicate identify see refer note concern
""") | listed("record report list name list state point order include identify allow enable")
"""Base forms with which an order begins."""

NOT_ORDERS = re.compile(
    r"[A-Za-z-]+(?:\s+(?:is|are|was|were|has|have|can|will|may|must|should|does|of|in|that|which"
    r"|and(?= \w+ (?:is|are)))\b"
    r"|\s*(?::|[-\u2013\u2014]\s))"
)
"""What follows a noun that could be a verb: "Order is kept", "Process: ..."."""

LEAD = re.compile(
    r"(?:\s*(?:(?:and |but )?(?:first(?:ly)?|second(?:ly)?|third(?:ly)?|fourth(?:ly)?|next|then|after that"
    r"|afterwards?"
    r"|finally|lastly|now|again|also|please|to (?:begin|start)(?: with)?|once more|carefully|simply|just|always"
    r"|optionally|immediately|gently|slowly|quickly|manually|thoroughly|briefly|alternatively|at (?:this point"
    r"|the end)"
    r"|in the end|you (?:must|should|need to|have to|will need to)(?! not\b)|be sure to|make sure to|remember to"
    r"|\(?optional\)?(?:[^:.]{0,40}:)?|or)\b[,:]?\s*))+",
    re.IGNORECASE,
)
FORBIDDEN = re.compile(
    r"(?:do not|don['\u2019]t|never|you (?:must|should|may|can|need) (?:not|never)|you (?:mustn|shouldn|can)['\u2019]t)"
    r"\s+(?=[a-z])",
    re.IGNORECASE,
)
"""What turns an order into its opposite, so that no name may leave it out."""

EXAMPLE = re.compile(r"\W*(?:for )?(?:examples?|instance|e\.g\.|output|result|bonus)\b[^:.]{0,20}:", re.IGNORECASE)
"""What follows is shown, and is not to be done."""

NOUN_PHRASE = re.compile(
    r"(?!(?:check|confirm|ensure|verify|make|see|test|decide|choose)\b)[A-Za-z-]+"
    r"(?:\s+(?!(?:who|that|which|what|how|whether|where|when|if|the|an?|each|every|all|any|your|its|this|these|it|they"
    r"|you|we|no|to|so|until)\b)\w[\w-]*){1,4}\s+(?:might|may|should|must|can|could|would|will)\b",
    re.IGNORECASE,
)
"""A subject whose noun could be a verb: "Log files and caches might ..."."""

CLAUSE = re.compile(
    r"(?:if|when|once|after|before|while|as soon as|until|unless|whenever|where"
    r"|in case)\s[^,;:]{3,110},\s*(?:then\s+)?",
    re.IGNORECASE,
)
AIM = re.compile(
    r"(?:to|in order to|for|on|in|at|from|with|using|by|under|as|within|inside|during|via"
    r"|through)\s[^,;:.]{2,80},\s*",
    re.IGNORECASE,
)
LABEL = re.compile(r"[^.:!?]{2,50}[:\u2013\u2014]\s+(?=[A-Za-z\"\u201c`])")
ROLES = listed("""
    accountant barber brewer butcher carpenter carrier cleaner diver farmer fisher gardener porter ranger roofer
    tailor trader actor administrator admin adviser advisor agent analyst applicant approver architect assessor assignee
    assistant attendant attorney auditor author baker board buyer candidate captain caregiver cashier chair chairperson
    champion chef clerk client coach colleague commander committee committer commissioner consultant contractor
    contributor controller cook coordinator counsel courier crew customer department designer developer director
    dispatcher doctor driver editor electrician employee employer engineer examiner facilitator firefighter foreman
    guard harbourmaster head helper host inspector installer instructor investigator judge keeper landlord lawyer
    leader lead learner librarian maintainer manager marshal master mechanic mediator member mentor moderator
    neighbour nurse observer officer office operator organiser organizer owner packager paramedic participant patient
    payer pharmacist physician pilot planner plumber president programmer proposer publisher purchaser receptionist
    recorder recruiter registrar releaser reporter requester researcher responder reviewer sailor salesperson scribe
    secretary sender seller shipper skipper specialist sponsor staff steward submitter supervisor supplier surgeon
    surveyor teacher team technician tenant tester trainee trainer translator treasurer tutor user vendor volunteer
    waiter warden welder witness worker writer browser server scheduler
""")
"""Words for those who act; a few of them may be programs."""

SUBJECT = re.compile(r"(?:the|an?|each|every|one)\s+", re.IGNORECASE)
MARK = re.compile(r"[^\w\s\"'\u201c(\[`<-]+\s+")
"""A sign before the words of an item, such as a tick or an arrow."""
VERB = re.compile(r"[A-Za-z]+(?:-[a-z]+)?")
WORD = re.compile(r"([A-Za-z][\w-]*)(?:\s+|(?=[.,;:]|$))")
MODALS = listed("must should shall may can will has have to is then also now first always")
LONGEST_ACTOR = 3
BY_ACTOR = re.compile(
    r"\bby\s+(?:the|an?)\s+(?P<actor>(?:[a-z][\w-]*\s+){0,2}?(?P<head>[a-z]+))(?=[.,;:)]|\s(?:who|and|in|on|at"
    r"|before|after|or|to|from)\b|$)",
    re.IGNORECASE,
)
CUT = re.compile(
    r"\s*(?:(?<=[\w)\"\u201d`'>])[.!?;:](?=\s|$)|\s[-\u2013\u2014]\s|\s\()"
    r"|,?\s+(?:so that|because|since|until|unless|if|when|while|which|in order to|as soon as|where|by \w+ing"
    r"|making sure"
    r"|using|for example|such as|e\.g\.|with the name|depending on)\b"
    r"|,\s"
)
ENDS = tuple(".!?;:")
LONGEST_NAME = 12
PREPOSITIONS = listed("of to in on at with and or for by from into as under after before through over")
DANGLING = listed("a an the of to in on at with and or for by from your its their this that as into is are be not")


def is_order(text: str) -> bool:
    """Whether the text tells its reader to do something, at once or after a condition."""
    return _order(text) is not None


def forbids(text: str) -> bool:
    """Whether the text tells its reader what not to do."""
    return FORBIDDEN.match(text, _behind(text)) is not None


def short(text: str) -> str:
    """Return what a step does in a few of its own words, beginning with the verb: "Open the upper doors"."""
    order = _order(text)
    told = text[order:] if order is not None else _told(text)
    cuts = CUT.finditer(told, 3)
    cut = next((one for one in cuts if " " in told[: one.start()] or one[0].strip()[:1] in ENDS), None)
    words = (told[: cut.start()] if cut else told).split()
    if len(words) > LONGEST_NAME:
        later = [place for place in range(4, LONGEST_NAME + 1) if words[place].lower() in PREPOSITIONS]
        words = words[: later[-1] if later else LONGEST_NAME]
        while len(words) > 2 and words[-1].lower().strip(",") in DANGLING:
            words.pop()
    name = " ".join(words).strip(" ,.;:!?")
    return name[:1].upper() + name[1:] if re.match(r"[a-z]+(?:[-'\u2019][a-z]+)?(?:\s|$)", name) else name


def actor(text: str) -> str:
    """Return who acts in a statement, such as "lock keeper", or "" when it names nobody."""
    found = _subject(text, _behind(text))
    if found:
        return found[0]
    passive = BY_ACTOR.search(text)
    return _role_name(passive["actor"].split()) if passive and _is_role(passive["head"]) else ""


def _subject(text: str, start: int) -> tuple[str, str, int] | None:
    """Return who acts from ``start`` on, the base form of what is done, and where the text goes on behind it."""
    opening = SUBJECT.match(text, start)
    if opening is None:
        return None
    row = list(_words(text, opening.end()))
    head = next((place for place, word in enumerate(row[:LONGEST_ACTOR]) if _is_role(word[0])), None)
    if head is None:
        return None
    verb = next((place for place in range(head + 1, len(row)) if row[place][0].lower() not in MODALS), None)
    if verb is None:
        return None
    said, end = row[verb]
    base = said.lower() if verb > head + 1 and said.lower() in ORDERS else base_form(said)
    return (_role_name([word for word, _ in row[: head + 1]]), base, end) if base else None


def _words(text: str, start: int) -> Iterator[tuple[str, int]]:
    """Yield up to eight words from ``start`` on, each with its end."""
    for _ in range(8):
        found = WORD.match(text, start)
        if found is None:
            return
        yield found[1], found.end(1)
        start = found.end()


def _role_name(row: Sequence[str]) -> str:
    head = row[-1].lower()
    return " ".join([*row[:-1], head if head in ROLES else head.removesuffix("s")]).lower()


def _is_role(word: str) -> bool:
    return word.lower() in ROLES or word.lower().removesuffix("s") in ROLES


def base_form(verb: str) -> str:
    """Return the base form of a verb in the third person, "" when it is none that can be an order."""
    word = verb.lower()
    forms = (word[:-1], word[:-2], word[:-3] + "y") if word.endswith("s") else ()
    return next((form for form in forms if form in ORDERS), "")


def _order(text: str) -> int | None:
    """Return where the verb of an order stands, or the "do not" before it."""
    start = _behind(text)
    if EXAMPLE.match(text):
        return None
    lead = LEAD.match(text)
    for place in dict.fromkeys((0, lead.end() if lead else 0, start)):
        forbidden = FORBIDDEN.match(text, place)
        word = VERB.match(text, forbidden.end() if forbidden else place)
        is_noun = word and (NOT_ORDERS.match(text, word.start()) or NOUN_PHRASE.match(text, word.start()))
        if word and word[0].lower() in ORDERS and not is_noun:
            return place
    return None


def _behind(text: str) -> int:
    """Return where the main clause begins: behind labels, "then", conditions and aims."""
    mark = MARK.match(text)
    position, length = mark.end() if mark else 0, -1
    while length < position:
        length = position
        for opening in (LEAD, CLAUSE, LABEL if position == 0 else LEAD, AIM):
            found = opening.match(text, position)
            if found and found.end() < len(text):
                position = found.end()
    return position


def _told(text: str) -> str:
    """Return a statement about what somebody does as if it were an order."""
    start = _behind(text)
    found = _subject(text, start)
    return found[1] + text[found[2] :] if found else text[start:]
