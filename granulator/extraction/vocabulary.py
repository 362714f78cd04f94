"""Words that carry no topic of their own: stop words by language and common English words. Holds data only."""

from __future__ import annotations

import re
from functools import lru_cache

WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")

_ENGLISH = """
a about above after again against all almost alone along already also although always am among an and another any
anyone anything anywhere are around as at away back be became because become becomes been before behind being below
between both but by came can cannot could did do does doing done down during each either else enough especially etc
even ever every everyone everything few first for from further gave get gets give given gives go goes going gone got
had has have having he hence her here hers herself him himself his how however i if in indeed instead into is it its
itself just keep kept last least less let like likely made make makes making many may maybe me mean means might mine
more moreover most much must my myself namely near nearly need needs neither never nevertheless next no nobody none nor
not nothing now nowhere of off often on once one ones only onto or other others otherwise our ours ourselves out over
own per perhaps please quite rather really same said saw say says second see seem seemed seems seen several shall she
should since so some somebody someone something sometimes somewhere still such take taken takes taking than that the
their theirs them themselves then there thereby therefore these they thing things third this those though through
throughout thus to together too toward towards two under unless until up upon us use used uses using usually various
very via was we well went were what whatever when whenever where whereas wherever whether which while who whoever whole
whom whose why will with within without would yes yet you your yours yourself yourselves don't doesn't isn't aren't
can't won't it's you're we're they're let's that's there's didn't wasn't weren't couldn't shouldn't wouldn't haven't
hasn't i'm we'll you'll it'll i've you've we've they've
"""

_OTHERS = """
der die das und ist nicht ein eine einer eines einem einen mit von zu auf für im in den dem des sich auch als wie bei
oder aber aus nach werden wird sind war hat haben kann nur noch so wenn dass es er sie wir ihr man durch über um am
le la les un une des du de et est sont dans pour par sur avec que qui ne pas plus se ce cette ces il elle ils elles on
au aux ou mais comme être avoir fait tout tous leur son sa ses nous vous
el los las una unos unas del al y es son en para por con sin sobre que no se lo su sus como más pero este esta estos
il lo gli uno dei delle della nel nella che non si è sono per tra fra anche più come ma questo questa
o os as um uma do da dos das em no na nos nas para com que não se por mais como mas ao foi são
"""

_COMMON = """
ability able absence access accident account act action actions activity actual addition additional address advance
advantage advice age agreement aim air allow allows amount animal answer answers anything apparent appear appears
appendix approach appropriate area areas argument arm arrangement article aspect aspects attempt attention author
authors available average background bad base basic basis beginning behavior behaviour belief benefit benefits best
better big bit body book books bottom box boy break brief bring brother building business call called calls car care
careful case cases cause causes center central century certain chance change changes chapter chapters character
characters check child children choice choices circumstances city class clear clearly close code collection color
combination come comes command commands comment comments common community company complete completely complex concept
concepts concern condition conditions connection consequence consideration contact content contents context control
convenience copy correct cost country couple course cover create creates current custom data date day days deal decade
decision default define degree depth description design desire detail details development difference differences
different difficult difficulty direction directly discussion distance distinction document documentation documents
door doubt easy edge edition effect effects effort efforts element elements employee end ends entire entirely entity
entry environment equal error errors event events evidence exact exactly example examples exception existence existing
expect expected experience explanation expression extent extra eye eyes face fact factor facts fail fails family far
fashion father favor feature features feeling field fields figure file files final finally find fine finger fire five
flow focus following food foot force form format forms forward found four free freedom friend friends front full fully
fun function functions fundamental future game garden general generally girl glance goal goals god good great ground
group groups growth guarantee guess guide half hand hands handle hard head health heart heat help high history hold
home hope hour hours house human hundred husband idea ideas image impact implementation implication importance
important improvement include including increase independent individual influence information inside instance
instances instruction instructions intent intention interest interesting internal introduction issue issues item items
job kind kinds king knowledge known label lack lady land language languages large larger late later law layer lead
leave left length letter level levels library life light limit limits line lines list listing lists little living
location long longer look lot lots love low lower machine main maintenance major majority man management manner mark
market material matter matters maximum meaning means measure member members memory men mention message messages method
methods middle mind minimum minor minute minutes mistake mode model modern modes module moment money month months
morning mother motion mouth move movement multiple name names nature necessary need new news night nine normal note
notes notice notion number numbers object objects obvious occasion office offer old open operation opinion opportunity
option optional options order ordinary original outcome outside overall overview owner package page pages pair paper
paragraph parent part particular parts party past path pattern pattern people percent perfect performance period
permission person persons phase phrase picture piece pieces place places plan plenty point points policy popular
portion position possibility possible power practical practice preference presence present pressure price primary
principle private probable problem problems procedure process processes product products program programs progress
project projects proper properly properties property proposal protection prior public purpose purposes put quality
quantity question questions quick quickly quotation range rare rate reach read reader readers reading ready real
reality reason reasonable reasons recent recommendation record reference references region regular relation
relationship relative relevant remainder report reports representation request requirement requirements research
resource resources respect response responsibility rest restriction result results return returns review right risk
road role room rule rules run sake sample school science scope search season section sections sense sentence sequence
series service set sets setting settings seven shape short shot show shows shown side sides sight sign significance
similar simple simply single sister site situation situations six size skill small smaller society software solution
solutions son sort sorts sound source sources south space special specific specification specifics speed spirit
standard start starts state statement statements states status step steps story street strength structure study stuff
style subject success sum summary sun support sure surface syntax system systems table talk target task tasks team
technique techniques technology ten term terms test tests text theme theory thought thousand three thumb time times
title today tomorrow tool tools top topic topics total touch town track trade trouble true truth try turn tutorial
twelve twenty type types typical typically unit units usage user users utility value values variable variables variant
variation variety version versions view village voice volume wait walk wall want war warning warnings waste water way
ways week weeks weight west whole wide wife wish woman women wonder wood word words work working works world worth
writer year years yesterday young
"""


def listed(text: str) -> frozenset[str]:
    """Return the words of a text as a set."""
    return frozenset(text.split())


ENGLISH_STOP_WORDS = listed(_ENGLISH)
STOP_WORDS = ENGLISH_STOP_WORDS | listed(_OTHERS)
COMMON_WORDS = listed(_COMMON)
ABBREVIATIONS = listed("""
    e.g i.e etc vs mr mrs ms dr prof st fig figs no nos vol cf al approx dept inc ltd co corp jr sr eq sec ch pp
    ed eds est gen col capt lt sgt rev hon resp viz ca esp incl max min tel ext art u.s u.k a.m p.m ph.d jan feb
    mar apr aug sept oct nov dec z.b bzw usw d.h
""")


def words(text: str) -> list[str]:
    """Return the words of ``text`` in lower case; numbers and punctuation are not words."""
    return [word.lower() for word in WORD.findall(text)]


def content_words(text: str) -> list[str]:
    """Return the lower-cased words of ``text`` that say what it is about, crudely stemmed."""
    return [stem(word) for word in words(text) if len(word) > 2 and word not in STOP_WORDS]


def flat(text: str) -> str:
    """Return the words and numbers of ``text`` in lower case with one space around each."""
    return " " + " ".join(re.findall(r"\w+", text.casefold())) + " "


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Return ``word`` without a plural or verbal ending, so that its forms compare equal."""
    for ending, instead, least in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= least and not word.endswith("ss"):
            word = word[: -len(ending)] + instead
            break
    if len(word) > 4 and word[-1] == word[-2] and word[-1] not in "aeiosl":
        word = word[:-1]
    return word[:-1] if word.endswith("e") and len(word) > 4 else word


ENDINGS = (
    *(("ies", "y", 3), ("sses", "ss", 2), ("xes", "x", 2), ("ches", "ch", 2), ("shes", "sh", 2)),
    *(("s", "", 3), ("ing", "", 4), ("ed", "", 4)),
)
"""Ending, what takes its place, and how many letters must be left before it."""
