"""Phrases by which a sentence leans on others, points elsewhere or is no sentence at all. Holds patterns only."""

from __future__ import annotations

import re

from granulator.extraction.vocabulary import listed


def _any(phrases: str) -> str:
    """Return one alternation of ``phrases``, which stand one after another with commas between them."""
    return "(?:" + "|".join(" ".join(phrase.split()) for phrase in phrases.split(",") if phrase.strip()) + ")"


_THING = _any("""
        example, code, section, chapter, table, figure, list, command, listing, program, paragraph, output, text,
        lines?, snippet, diagram, procedure, steps?
    """)
_OWN = _any("""
        section, chapter, book, document, page, manual, tutorial, guide, faq, example, article, list, table, file,
        paragraph, listing, code, program
    """)
_ELSEWHERE = _any("""
        above, below, earlier, previously, here, following, preceding, previous, next, foregoing, latter, former,
        aforementioned
    """)
_POINTER = _any("""
        the, this, these, those, that, as, shown, see, listed, described, mentioned, given, discussed, explained,
        noted, defined, seen
    """)
_NUMBERED = _any("""
        listings?, figures?, tables?, chapters?, sections?, examples?, appendix, equations?, page, part, step,
        fig\\.?, sec\\.?
    """)

URL = re.compile(r"https?://|www\.\w|\S@\S+\.\w|ftp\.\w+\.|ftp://")

SEE_ALSO = re.compile(
    _any("""
        see, also see, refer to, for (?:more|further|additional|full) [\\w -]*(?:information|details?), read more,
        click, (?:more|further) (?:information|details), copyright, contents, next, previous, history, added in,
        changed in, deprecated since, new in, available since, last (?:change|update|modified)
    """)
    + r"\b",
    re.IGNORECASE,
)
POINTING = re.compile(
    rf"\b{_POINTER} {_ELSEWHERE}\b"
    rf"|\b(?:above|below|following|preceding|previous) {_THING}\b"
    rf"|\b(?:in|see|from|by|as|of) {_NUMBERED}(?: \d| [ivxlc\d]+\b|[ -][A-Z]\b)"
    r"|\b(?:listing|figure|chapter|appendix|table) (?:\d|[A-Z]\b)"
    rf"|\bthis {_OWN}\b|\bas follows\b|\bthe example\b|\blike (?:this|so|these)\b",
    re.IGNORECASE,
)

DANGLING_START = re.compile(
    r"[\"'\u201c(]*"
    + _any("""
        this, these, those, that, it, its, it's, they, their, them, he, she, his, her, him, such, here, there, then,
        thus, so, but, and, or, yet, also, however, therefore, moreover, furthermore, otherwise, instead, likewise,
        similarly, consequently, hence, nevertheless, nonetheless, meanwhile, additionally, conversely, accordingly,
        again, now, besides, finally, lastly, next, first, firstly, second, secondly, third, thirdly, another,
        other, others, both, neither, either, one, some, none, further, each of, all of (?:these|this|them), doing
        so, likewise, alternatively, in (?:this|that|these|those|such|addition|contrast|fact|other
        words|short|general|particular|any case|both cases), for (?:this|that|these|example|instance|now|the same),
        in either case, in the (?:former|latter|first|second|same), as (?:a result|such|you|we|an
        example|mentioned|noted|before|above|shown), on the other hand, after all, to do (?:this|that|so), if
        (?:so|not|this|that|it|they|these), when (?:this|that|it|they|these), of these, because of (?:this|that),
        (?:after|with|by|at|from|without) (?:this|that|these), similar to this, more precisely, the
        (?:same|latter|former|above|following|other|second|third|first|last|next|previous|resulting|result|reason),
        the (?:answer|rest|difference|problem|idea|point|goal|code|output|example|only other|new), what follows, not
        so, note, see, please, yes, no, well, ok, okay, sorry, oops, unfortunately, fortunately, luckily, as usual,
        indeed, even (?:so|then|though), only then, rather, still, too, what, why, how, who, which, where, that is,
        i\\.e, e\\.g, assume, assuming, consider, ironically, interestingly, needless to say, as if, for
        if, right after, suffice, in the meantime,
        in other words, in previous versions, eventually, ultimately, at worse, at worst, at best, at first,
        don['\u2019]t worry, to (?:restate|recap|summari[sz]e|sum up|conclude), in summary,
        in the past, at that time, at the time
    """)
    + r"\b",
    re.IGNORECASE,
)

FRAGMENT = re.compile(
    _any("""
        is, are, was, were, has, have, had, can be, may be, must be, should be, returns, returned, emitted, called,
        getter, setter, sets, gets, contains, specifies, indicates, represents, defines, whether, given, same, adds,
        removes, allows, enables, disables, provides, checks, converts, prints, shows, reads, writes, sends, throws,
        determines, controls, makes, opens, closes, gives, tells, takes, calls, starts, stops, causes, matches,
        prevents, supports, describes, creates, used (?:to|by|in|for|with|when), fired, raised, default, works,
        does, implies, applies, works, like \\S+\\x2c (?:but|except)
    """)
    + r"\b|[\w.]+ (?:<[^>]*>|\{[^}]*\})|[A-Z][\w ]{0,20}: [{<]",
    re.IGNORECASE,
)
"""A description that has left out what it describes, as in lists of parameters."""

BARE_VERB = re.compile(
    _any("""
        set, get, add, remove, allow, enable, disable, provide, check, convert, print, show, read, write, send,
        throw, determine, control, make, open, close, give, tell, take, decode, encode, call, start, stop, cause,
        match, prevent, support, describe, specify, indicate, represent, define, create, contain, treat, ignore,
        skip, display, list, if set, limit, override, overrides, restrict, force, emulate, resolve, install, omit,
        prefer
    """)
    + r"\b|\w+ed (?:if|when|by|to|for|in|at|after|before|with|from)\b|[\w-]+, [\w-]+, [\w-]+",
    re.IGNORECASE,
)
"""An order to nobody, or the description of an option; fine in a lesson but no statement to ask about."""

AUXILIARIES = listed("""
    is are was were has have had do does did can cannot could will would shall should may might must isn't aren't
    wasn't weren't hasn't haven't doesn't don't didn't can't couldn't won't wouldn't shouldn't mustn't it's that's
""")
VERBS = listed("""
    absorb accept accompany achieve acquire act activate adapt add adjust admit adopt affect agree allow alter
    analyze announce answer appear append apply appoint arise arrive ask assemble assert assess assign assist assume
    attach attract authorize avoid bear become begin behave believe belong bind block borrow break breathe bring
    build burn bypass calculate call capture carry catch cause cease celebrate change characterize check choose cite
    classify climb close coincide collect combine come commit communicate compare compensate compete compile
    complain compose comprise compute concentrate concern conduct configure confirm conform connect conserve consist
    constitute construct consult consume contain continue contribute control convert convey cooperate correlate
    correspond cost cover create cultivate decide declare decompose defend define delete deliver denote deny depend
    derive describe deserve destroy detach detect determine develop devote dictate differ diffuse digest
    diminish disable disappear discard discover display dissolve distinguish divide dominate drain draw drive earn
    eat eliminate embrace emerge emit employ enable encode encounter encourage end endure enforce engage enhance
    enjoy enlarge ensure enter establish evaluate evolve examine exceed exclude excrete execute exert exhibit exist
    exit expand expect expel explain exploit explore expose extend facilitate fail fall feed fetch fight fill find
    finish fit float flourish follow forbid force form foster fulfill gain gather generate germinate get give go
    govern grant grow guarantee guide handle hang happen harm help hide hold hunt identify ignore illustrate
    implement imply impose improve include incorporate increase indicate induce inform inherit inhibit inject insert
    inspect install interact interpret introduce invest investigate invoke involve join justify keep kill know lack
    lay lead learn leave lend let lie lift limit live load look lose maintain make manage map mark match mean
    measure meet merge migrate mix modify motivate move multiply name need neglect negotiate notice obey oblige
    obtain occur offer open operate oppose organize originate override own parse participate pass pay penetrate
    perform permit persist persuade point possess precede predict prefer prepare preserve preside prevent print
    proceed procure produce prohibit promise promote propose protect prove provide publish pull pump purchase pursue
    push put qualify raise reach react read rebuild receive recognize recommend record recover reduce refer reflect
    refuse reinforce reject relate release rely remain remove render repeat replace replicate report represent
    reproduce require rescue resemble reset reside resist resolve respond restore restrict result retain return
    reveal ride ring rise rotate run satisfy save say search secrete secure see seek seem seize select sell send
    separate serve set settle share shed show shrink signal simplify sing sink sit skip sleep slide solve speak
    specialize specify spend spin split squeeze stand start stay stimulate stop store stretch strike strive submit
    succeed suffer suggest supply support suppose surround survive suspect suspend sustain swell swim switch
    symbolize synthesize take teach tear tell tend terminate thrive throw tolerate touch trace trail transfer
    transform translate transmit transport travel treat trigger trust try turn undergo undermine unite update urge
    use utilize vanish vary verify violate visit wait walk want warn watch weaken weigh widen win withdraw withstand
    work worsen worship wrap write yield
""")


def _third(verb: str) -> str:
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ies"
    return verb + ("es" if verb.endswith(("s", "x", "z", "ch", "sh", "o")) else "s")


THIRD_PERSON = {"has": "have"} | {_third(verb): verb for verb in sorted(VERBS)}
"""What a verb is in the third person -> the verb."""

RELATIVES = listed("""
    that which who whose whom when where whether if because while until unless although since as than times what why
    how
""")
SUBORDINATORS = listed("""
    if when while because although though since until unless once after before as whenever where wherever whether to
    in on at by for from with without using during given upon under within depending unlike like through despite via
    besides except instead between among regarding prior due
""")

FIRST_PERSON = re.compile(
    r"\b"
    + _any("we, we['\u2019](?:ll|ve|re|d), us, our, ours, let['\u2019]s, i, i['\u2019](?:m|ve|ll|d), my, me, mine")
    + r"\b",
    re.IGNORECASE,
)
BACK_REFERENCE = re.compile(
    r"\b"
    + _any("""
        this, these, those, such, said, latter, former, aforementioned, above, below, it, they, them, their, its,
        he, she, him, his, her
    """)
    + r"\b",
    re.IGNORECASE,
)
HIDDEN = re.compile(
    r"\b(?:once|when|if|because|after|since|unless|until|whether|then|and|but|for|of|by|with|to|from|as|than|like|after)"
    r" that(?=[.,;)]| (?:is|was|has|does|can|will|would|happens|case|point|reason|way|time|file|purpose|matter)\b)"
    r"|\bhere\b|\b(?:the )?(?:same|other) (?:way|thing|reasons?|applies|goes)\b|\b(?:do|does|did|doing) so\b"
    r"|\b(?:his|her|him|he|she)\b",
    re.IGNORECASE,
)
"""Words for something that was named before the sentence began."""

LEANING = listed("this these those such said latter former aforementioned above below")
"""Back references that no earlier word of the same sentence can explain."""

NARRATIVE = re.compile(
    r"\b"
    + _any("""
        you['\u2019](?:ll|ve|re|d), you (?:will|might|may|can) (?:see|learn|notice|think|wonder|be|have|find|guess),
        you want, you (?:saw|learned|just|know|have seen), recall, imagine, suppose, remember, let me, of course, in
        my, thanks?, hope, sorry, recently, nowadays, as of, today, mentioned, discuss(?:ed)?, look at, looks like,
        for example, for instance, wonder, an example of, in this, that structure, using that, probably, maybe,
        perhaps, however, therefore, further, otherwise, similarly, in question, so far, in the meantime,
        in other words, the point is, earlier,
        later, no longer, anymore, is now, are now, can now, will now, has now, now has, the
        (?:other|third|latter|former|rest|two|three|above|default one)
    """)
    + r"\b|\?|!$|e\.g\.",
    re.IGNORECASE,
)
"""Words of a text that tells or argues; a statement to ask about should stand by itself."""

GENERIC_START = re.compile(
    r"(?i:the|a|an|each|every|all|any|most|many|several)\s+(?:\w+\s+)?"
    + _any("""
        methods?, functions?, options?, values?, arguments?, parameters?, property, properties, class, modules?,
        commands?, files?, examples?, sections?, chapters?, code, programs?, outputs?, results?, lines?, types?,
        objects?, names?, strings?, numbers?, lists?, authors?, users?, readers?, process, calls?, events?,
        defaults?, fields?, flags?, tests?, versions?, books?, text, purpose, callers?, scripts?, pages?, tables?,
        variables?, documents?, rest, effects?, body, struct, loop, final action, inner, outer, callbacks?,
        listeners?, handlers?, keys?, permissions?, items?, entries, entry, changes?, request, response, game,
        player, application
    """)
    + r"\s+(?!of (?!the )|that\b|which\b|called\b|named\b|who\b)",
)
"""A subject that only the sentence before says more about."""

RULE = re.compile(
    r"\b"
    + _any("""
        must, always, never, only, by default, cannot, ensures?, guarantees?, prevents?, allows?, means, requires?,
        called, returns?, at least, at most, instead of, unless, in order to
    """)
    + r"\b",
    re.IGNORECASE,
)
"""A statement that lays something down, which is worth asking about."""

BROKEN_WORD = re.compile(r"[a-z]- [a-z]")
"""A word the typesetter divided at the end of a line."""
