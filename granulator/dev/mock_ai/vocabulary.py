"""The words the mock writes with: banks of phrases that fit any topic; how they are put together is in ``prose.py``."""

from __future__ import annotations


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.strip().splitlines())


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.replace("\n", ",").split(",") if word.strip())


MODIFIERS = _words(
    """shared, recorded, layered, seasonal, hidden, early, partial, repeated, guided, sudden, steady, outer, inner
    written, measured, silent, working, borrowed, narrow, broad, delayed, balanced, local, distant, paired, simple
    mixed, reserved, planned, final, initial, regular, loose, firm, visible, gradual, combined, separate, central
    spare, adjusted, natural, trusted, open, closed, rising, falling, common, rare, critical, minor, direct, formal
    practical, stable, fragile, robust, temporary, permanent, daily, weekly, curved"""
)

HEADS = _words(
    """boundary, baseline, threshold, sequence, pattern, reserve, signal, record, contrast, margin, cycle, pathway
    junction, layer, checkpoint, routine, sample, estimate, forecast, rhythm, blueprint, catalogue, ledger
    inventory, channel, filter, buffer, anchor, bridge, gradient, horizon, interval, lever, mirror, network, outline
    proportion, ratio, schedule, scale, source, surface, transition, trigger, variation, window, benchmark
    comparison, constraint, criterion, definition, exception, framework, hierarchy, indicator, inspection, mechanism
    procedure, rehearsal, symbol, circuit"""
)

THEMES = _words(
    """Foundations, Measurement, Planning, Observation, Correction, Timing, Structure, Exchange, Growth, Maintenance
    Prevention, Recovery, Judgement, Cooperation, Selection, Preparation, Precision, Adaptation, Storage, Movement
    Coordination, Safety, Efficiency, Origins, Limits, Materials, Evidence, Design, Delivery, Improvement"""
)

GERUNDS = _words(
    """comparing, recording, repeating, removing, marking, weighing, rotating, splitting, joining, sealing, counting
    sketching, sorting, testing, timing, tracing, lowering, raising, pausing, labelling, copying, checking, draining
    warming, cooling, shading, folding, listing, numbering, averaging, narrowing, widening, reversing, isolating
    sampling, rinsing, aligning, charting, halving, doubling"""
)

OBJECTS = _words(
    """the first reading, the oldest entry, the outer edge, the loose parts, the weekly figures, the second batch
    the widest gap, the control group, the raw material, the opposite side, the last result, the main route
    the smaller half, the open questions, the draft version, the upper limit, the warm side, the missing values
    the backup copy, the known cases, the weakest link, the new supplies, the idle time, the early notes
    the tallest column, the empty slots, the delicate items, the returned goods, the rough cut, the daily total
    the outliers, the shared tools, the quiet hours, the test strip, the lower shelf, the full list
    the starting point, the border cases, the printed plan, the remaining half"""
)

QUALIFIERS = _words(
    """before the next change, once a day, in small steps, with a second person, under the same light, from memory
    at a fixed hour, without moving the rest, against last year, by hand, in reverse order, on a cold morning
    while nothing else runs, after a short rest, in pairs, with a clean tool, at half speed, from the outside in
    against the written rule, one at a time"""
)

SITUATIONS = _lines(
    """two results disagree by more than usual
    a newcomer takes over in the middle of the work
    the usual supplier cannot deliver
    the weather changes overnight
    nobody remembers why a rule was made
    the load doubles within an hour
    a part wears out earlier than promised
    the numbers look better than they should
    a deadline moves forward by a week
    the same fault returns for the third time
    half of the group is absent
    a measurement falls outside the expected range
    the budget covers only one of two repairs
    an outside visitor asks for an explanation
    an old habit collides with a new tool
    the first attempt succeeds by luck
    two teams use the same word differently
    the space turns out to be too small
    a warning arrives without any detail
    the season ends sooner than planned
    the instructions contradict each other
    the power fails during the second stage
    a small leak has gone unnoticed for days
    demand shifts from mornings to evenings
    the replacement behaves slightly differently
    an inspector arrives unannounced
    the best tool is already in use elsewhere
    a record is found to be incomplete
    the temperature drifts during the afternoon
    a shortcut saves time but hides mistakes
    the group grows from five people to fifty
    a promising sample spoils on the way
    someone skips a stage to save an hour
    the result must be ready before noon
    the map shows a path that no longer exists
    a customer describes the problem badly
    the noise level makes listening impossible
    two faults appear on the same day
    an expert and a beginner reach different answers
    the stock runs low during a holiday
    the original drawing is lost
    a harmless change has an unexpected effect
    the schedule leaves no room for a second look
    the tide of requests never slows down
    the evidence points in two directions
    a volunteer offers to help for one day only"""
)

REASONS = _lines(
    """small errors grow when nobody looks at them
    people trust what they can check for themselves
    the second reading rarely matches the first
    a plan that cannot bend tends to break
    memory is a poor place to keep figures
    every handover loses a little information
    the cheapest moment to fix a fault is the moment it appears
    unwritten rules leave together with the people who know them
    slow changes are the hardest to notice
    a single measurement says nothing about its own reliability
    tired hands repeat the mistake of the morning
    what is easy to reach gets used and what is not gets forgotten
    most surprises were visible long before they hurt
    a clear limit saves many discussions
    equal conditions make results comparable
    the edges wear out before the middle does
    nobody repairs what nobody owns
    waiting costs less than starting over
    the order of the steps decides how much is wasted
    an honest estimate includes its own doubt
    short distances keep mistakes short too
    the parts influence one another more than their maker expects
    old data hides new behaviour
    a rehearsed answer arrives faster than an invented one
    extra capacity looks wasteful until the day it is needed
    names shape what people look for
    heat and moisture travel by the shortest way
    a habit survives long after its purpose is gone
    the loudest symptom is seldom the cause
    quiet periods are the best time to prepare
    a visible queue calms everybody who waits in it
    one careful look replaces three hasty ones
    rare events follow each other more often than people think
    variety protects against a single bad season
    numbers without units mislead even experts
    the first guess is usually too simple
    repair is easier when the pieces can be told apart
    trust grows with every promise that is kept
    the middle of a job hides the most delay
    people copy what they see and not what they are told"""
)

OPENERS = _lines(
    """In practice
    Early on
    At the second attempt
    On a typical day
    Seen from a distance
    For a beginner
    After a few weeks
    In a small group
    When time is short
    Under pressure
    In most textbooks
    Outside the classroom
    With a little patience
    At the start of a season
    Compared with older methods
    In larger projects
    On paper
    From the point of view of cost
    Before any tool is chosen
    Once the basics are in place
    In a workshop
    Among experienced people
    Where space is limited
    Halfway through
    In quiet conditions
    By the end of the week
    For the same reason
    As a first check
    In a difficult year
    Without special equipment"""
)

PEOPLE = _words(
    """a careful observer, an apprentice, the person in charge, a visiting colleague, a team of three
    an experienced hand, a newcomer, the next shift, a patient teacher, a sceptical reader, a neighbour
    the planning group, a technician, the owner, a volunteer, an inspector, the whole crew, a researcher, a coach
    the late shift"""
)

PLACES = _words(
    """on the shop floor, in a field notebook, at the kitchen table, in a crowded laboratory, along a river bank
    in a village hall, on a steep slope, in the back office, at a market stall, on a night train, in a greenhouse
    beside the loading dock, in a school yard, on a rooftop, at the harbour, in an archive, under a bridge
    in a quiet library, at the edge of town, in a repair shop"""
)

SENTENCES = _lines(
    """{O}, {p} meets the {t} as soon as {s}.
    The {t} earns its place in {T} because {r}.
    Nothing shows the worth of the {t} better than the moment when {s}.
    {P} usually begins by {g} {o}, and only then turns to the {t}.
    It is tempting to ignore the {t}, yet {r}.
    {O}, the {t} depends on {g} {o} {q}.
    Whoever has seen the {t} fail {l} will not forget that {r}.
    The difference becomes plain when {s} and the {t} still holds.
    A {u} and the {t} support each other, since {r}.
    {g2} {o} {q} gives the {t} a firm footing.
    Two questions decide how the {t} is used: who keeps the {u}, and what happens if {s}.
    Books on {T} often mention the {t} last, although {r}.
    {P} can describe the {t} in one sentence, but showing it {l} takes an afternoon.
    If {s}, the {t} is the first thing to look at.
    The usual mistake is {g} {o} too late, when the {t} has already shifted.
    {O}, a {u} replaces guesswork and leaves the {t} intact.
    There is a limit to what the {t} can do, for {r}.
    Working {l}, {p} found that the {t} needs {g} {o} {q}.
    A drawing of the {t} next to the {u} explains more than a page of rules.
    The cost of the {t} is small compared with what happens when {s}.
    Every account of {T} has to say where the {t} ends and the {u} begins.
    {O}, people confuse the {t} with a {u}; the test is whether {g} {o} changes anything.
    A short note about the {t}, kept {l}, saves hours if {s}.
    Part of the skill lies in {g} {o} without disturbing the {t}.
    The {t} was once considered a luxury; today it is plain that {r}.
    Suppose that {s}: then the {t} decides whether {g} {o} is still possible.
    What {p} learns from the {t} is that {r}.
    {O}, it pays to set the {t} up twice, once with a {u} and once without.
    The {t} reacts slowly, so {g} {o} {q} is enough.
    No {u} can stand in for the {t} when {s}.
    People who work with {T} argue about the {t} more than about anything else.
    Seen {l}, the {t} looks ordinary, but {r}.
    {g2} {o} is the part of the {t} that {p} remembers longest.
    A good {t} leaves traces: {g} {o} becomes routine, and the {u} stops changing.
    One sign of trouble is a {t} that nobody mentions even though {s}.
    The link between the {t} and the {u} is easy to test by {g} {o} {q}.
    {O}, the question is not whether the {t} works but how soon it does.
    {P} would rather lose the {u} than the {t}, because {r}.
    The history of {T} is full of cases in which {s} and no {t} was ready.
    Three visits {l} are enough to see the {t} at work.
    Instead of {g} {o}, many prefer to watch the {t} for a while.
    As a rule the {t} comes before the {u}, for {r}.
    When the {t} is in order, {g} {o} takes minutes rather than days.
    A common exercise is to explain the {t} to {p} while {s}.
    {O}, the {t} and the {u} are checked on different days.
    The weak point of the {t} shows only if {s}.
    Skilled people keep the {t} simple, knowing that {r}.
    After {g} {o} {q}, the {t} can be trusted again.
    It took years before the {t} was accepted in {T}; now few would work {l} without it.
    Neither the {u} nor the {t} is hard to learn on its own.
    {P} asked what the {t} is for, and the answer was that {r}.
    Where the {t} is missing, {g} {o} turns into a daily struggle.
    The {t} deserves a second look whenever {s}.
    {O}, a rough {u} does more good than a perfect {t} that arrives late.
    Half of the work on the {t} consists of {g} {o} {q}.
    Talking about the {t} {l} brings out what the plan left unsaid.
    Some add a {u} to the {t}; others find that {r}.
    A {t} that fits today may be wrong tomorrow, once {s}.
    The simplest proof is to stop {g} {o} for a day and watch the {t}.
    {O}, the {t} tells {p} where to begin and where to stop."""
)

EXAMPLES = _lines(
    """{P} kept a {u} {l} for ten days and saw the {t} settle after {g} {o}.
    When it happened that {s}, one crew relied on the {t} and lost only an hour.
    A small firm tried {g} {o} {q} and found the {t} unchanged at the end of the month.
    {O}, two neighbours compared notes on the {t}: one had been {g} {o}, the other had not.
    The story told {l} goes like this: {s}, the {t} held, and nobody noticed.
    In one recorded case {p} replaced the {u} by the {t}, and the complaints stopped.
    A school project measured the {t} twice, first {q} and then after {g} {o}.
    The oldest known {t} in {T} came from {p} who was only trying to avoid {g} {o}.
    Someone working {l} drew the {t} on a card and handed it on when {s}.
    A visitor asked to see the {t}; {g} {o} {q} was all it took to show it."""
)

EXERCISES = _lines(
    """Set up a {t} of your own {l}, then note what changes after {g} {o}.
    Ask {p} to explain the {t}, and compare the answer with your own in five lines.
    Draw the {t} and the {u} side by side and mark where they touch.
    Plan what to do with the {t} if {s}; write the first three moves.
    Try {g} {o} {q} for a week and keep a tally of how the {t} responds.
    Find two reports about {T} in which the {t} is left out, and say what that costs.
    Take away the {u} for one day and describe how the {t} holds up.
    Teach the {t} to {p} in ten minutes, using nothing but a sheet of paper.
    List four ways in which the {t} could fail {l} and rank them.
    Swap notes about the {t} with a partner after {g} {o}, and settle every difference."""
)

OBJECTIVES = _lines(
    """Explain why the {t} matters when {s}
    Compare the {t} with a {u} and name two differences
    Apply the {t} to a case in which {s}
    Build a simple {t} by {g} {o}
    Judge whether a given {t} will hold if {s}
    Plan the use of a {t} before {g} {o}
    Measure how far the {t} drifts after {g} {o}
    Classify faults of the {t} by what causes them
    Predict what happens to the {t} once {s}
    Design a check that shows the {t} at work {l}
    Describe the parts of the {t} and what each of them does
    Identify the signs that the {t} needs {g} {o}
    Estimate what the {t} costs in time and material
    Justify the choice of a {t} over a {u}
    Test the {t} by {g} {o} {q}"""
)

COVERS = _lines(
    """How the {t} is set up and kept in order by {g} {o}.
    What the {t} does when {s}, and what it cannot do.
    Why the {t} differs from a {u}, shown on a case {l}.
    The steps from a rough idea of the {t} to {g} {o} {q}.
    Where the {t} comes from and how {p} makes use of it.
    Which faults the {t} has and how {g} {o} brings them to light.
    The limits of the {t}, above all when {s}.
    How {p} reads the {t} and decides what to do next."""
)

TITLES = _lines(
    """Reading the {t}
    The {t} in Use
    Where the {t} Comes From
    Building a {t}
    Keeping the {t} in Order
    A Closer Look at the {t}
    Limits of the {t}
    The {t} under Pressure
    From the {t} to the {u}
    Choosing a {t}
    When the {t} Fails
    Working around the {t}
    Testing the {t}
    The {t} Step by Step
    What the {t} Reveals
    Repairing the {t}"""
)

STEMS = _lines(
    """Which habit keeps the {t} reliable when {s}?
    What does {p} do first to protect the {t} if {s}?
    A group depends on the {t}, and {s}. Which response helps most?
    Which of these strengthens the {t} without touching the {u}?
    Suppose that {s}. Which measure restores the {t}?
    What turns a weak {t} into one that lasts {l}?
    Which precaution makes the {t} safe to use once {s}?
    The {t} begins to drift because {s}. What corrects it?
    Which practice separates the {t} from an ordinary {u}?
    Before relying on the {t}, what should {p} insist on?
    Which routine tells {p} early that the {t} is failing?
    How is the {t} brought back into balance after {s}?"""
)

STEMS_MANY = _lines(
    """Which of these practices help the {t} to recover after {s}? Choose all that apply.
    Select every measure that {p} may take to support the {t}.
    Which actions prepare the {t} for the day when {s}? More than one is right."""
)

STATEMENTS = _lines(
    """The {t} still needs attention when {s}.
    A {u} does everything that the {t} does, even if {s}.
    The {t} can be left alone as long as {p} is present.
    If {s}, the {t} shows it before the {u} does.
    People notice a failing {t} {l} sooner than a failing {u}."""
)

SHORT_ANSWERS = _words(
    """plumb line, tally sheet, spirit level, sounding rod, colour wheel, egg timer, carbon copy, duty roster, fuse box
    goods lift, hand lens, ice chest, index card, kiln shelf, lead weight, map pin, oil lamp, paper clip, quill pen
    rain gauge, sand glass, tape measure, tool belt, tuning fork, wall chart, water butt, wax seal, wind vane
    yard stick, zinc plate, abacus, barometer, compass, dipstick, easel, funnel, gavel, hourglass, inkwell, jigsaw
    kettle, ladle, metronome, notebook, odometer, pendulum, quadrant, ruler, sextant, tripod"""
)

STEMS_SHORT = _lines(
    """Which tool, in a word or two, does {p} reach for to check the {t} when {s}?
    Name the object that stands for the {t} in the account of how {s}.
    What is the simple device called that shows {p} the state of the {t}?"""
)

KINDS = _words(
    """An arrangement, A quantity, A rule of thumb, A meeting point, A sign, A habit, A store of experience
    An agreement, A device, A contrast, A limit, A condition, A running list, A question, A share of the effort
    An early version, A gap, A bridge, A hidden cost, A weighting, A distance, A memory, A promise
    A sequence of moves"""
)

TRAITS = _lines(
    """keeps {g} {o} within bounds
    tells {p} what to expect {l}
    separates {o} from what surrounds it
    rises before anybody notices that {s}
    replaces {g} {o} by a glance
    links {p} to those who come later
    becomes visible only {l}
    can be tested by {g} {o} {q}
    survives when {s}
    decides how far {p} may go
    holds {o} and {u} apart
    shrinks with every week of {g} {o}
    belongs to nobody and is used by {p}
    was first described {l}
    calls for {g} {o} {q}
    protects {o} against haste
    lets {p} leave the rest alone
    fails quietly when {s}
    makes two cases of a {u} comparable
    gathers what {p} has learned {l}
    moves in step with {o}
    costs little and is checked {q}
    points towards a {u}
    outlasts the people who began {g} {o}"""
)

TAILS = _lines(
    """even if {s}
    because {r}
    as long as {p} keeps {g} {o}
    most of all {l}
    though not when {s}
    {q}
    since {r}
    wherever a {u} is missing
    provided that {p} agrees
    until {s}"""
)

VERBS = _words(
    """Collect, Review, Prepare, Confirm, Schedule, Assign, Inspect, Approve, Record, Package, Deliver, Archive
    Compare, Verify, Draft, Publish, Sort, Label, Test, Clean, Repair, Measure, Register, Notify, Reconcile, Forward
    Correct, Sign, Count, Store"""
)

ITEMS = _words(
    """intake form, delivery note, cost estimate, site report, safety checklist, customer file, sample kit, work order
    supply list, draft contract, meeting minutes, training record, storage label, invoice batch, repair ticket
    inspection sheet, staff roster, quality score, test protocol, shipping crate, change request, risk register
    release notice, closing letter, audit trail, photo series, price table, access badge, feedback summary
    handover pack"""
)

ROLES = _words(
    """intake desk, process owner, quality lead, field team, finance office, records clerk, safety officer
    account manager, workshop lead, dispatch office"""
)

TOOLS = _words(
    """shared calendar, ticket board, label printer, document store, checklist app, scanner, message channel
    stock list, signature service, measuring set"""
)

STEP_SENTENCES = _lines(
    """The {w} takes up the {i} as soon as it arrives and works through it line by line.
    Whatever is unclear in the {i} goes back with a question instead of a guess.
    When the {i} is complete, the {w} signs it and passes it on the same day.
    If the {i} cannot be finished, the {w} notes the reason and the next possible date.
    A second person looks at the {i} whenever {s}.
    One copy of the {i} stays {l}, where the next shift finds it.
    Old versions of the {i} are marked as such, because {r}.
    The {i} waits no longer than two working days; after that the {w} asks for a decision.
    Before anything leaves the desk, the {w} compares it with the last {i}.
    Should it turn out that {s}, the {i} is put aside and reported.
    The work includes {g} {o} {q}.
    Done well, this keeps the {i} out of later disputes, for {r}.
    {P} may help, but the {w} answers for the {i}.
    A short call settles most doubts about the {i}; only if {s} is a meeting needed.
    The {w} begins by {g} {o} and turns to the {i} afterwards.
    Nothing is added to the {i} that cannot be shown {l}.
    {O}, the {i} is handled in batches, since {r}.
    Where two entries contradict each other, {p} decides which one the {i} keeps.
    The time spent is written down, as {r}.
    Without access to the {i} the {w} continues by {g} {o} {q}.
    A missing {i} is no reason to stop: {p} can confirm the facts {l}.
    Once a month the {w} draws a {u} from all of these and looks for what repeats.
    Urgent cases go first, above all when {s}.
    The {i} is read aloud once, because {r}.
    After {g} {o}, the {w} checks the {i} against the original request.
    Any change made {l} is repeated in the {i} before the day ends.
    The {w} explains the result to {p} and notes every objection.
    If it happens that {s}, the {w} returns to the step before.
    A {u} shows at a glance how far the {i} has come.
    Mistakes found here are corrected here, for {r}."""
)

CONDITIONS = _words(
    """complete, within the limit, confirmed in writing, free of faults, covered by the budget, signed by both sides
    in stock, older than a week, above the threshold, urgent"""
)

FIRST_NAMES = _words(
    """Mara, Jonas, Ilse, Tomek, Renata, Oskar, Lydia, Pavel, Noor, Emil, Hanne, Viktor, Salome, Anton, Greta, Milan"""
)

LAST_NAMES = _words(
    """Vesely, Brandt, Okafor, Lindqvist, Moreau, Castell, Novak, Ferrand, Halloran, Ostrow, Picard, Quill, Rask, Sorel
    Tamm, Umber"""
)

WANTS = _lines(
    """to leave the valley before winter closes the road
    to win back the workshop that was lost to debt
    to prove that the old map was forged
    to keep a promise made at a sickbed
    to find the sister who stopped writing
    to be trusted with the keys to the archive
    to silence a rumour before it reaches the council
    to finish the bridge that killed its first builder"""
)

NEEDS = _lines(
    """to accept help without counting it as a debt
    to stop mistaking obedience for peace
    to tell the truth while it still costs something
    to forgive a mistake that cannot be undone
    to share a burden that was never meant for one
    to listen to the quietest person in the room
    to let go of a plan that has already failed
    to choose one loyalty and carry its price"""
)

FLAWS = _lines(
    """cannot bear to be pitied
    trusts documents more than faces
    gives orders when afraid
    hides bad news until it is too late
    remembers every slight
    promises more than one life can hold
    laughs at what matters most
    leaves whenever staying would be brave"""
)

EVENTS = _lines(
    """{a} finds {x} {k} and tells nobody
    {a} loses {x} to {b} in a wager that nobody can undo
    {a} learns from {b} who really paid for {x}
    {a} breaks into {h} and comes away with {x}
    {b} confesses to {a} that {x} was never lost
    {a} and {b} are trapped {k} until the water falls
    {a} burns {x} in front of the whole town
    {b} leaves {h} at night and takes {x} along
    {a} is accused of the theft of {x} by a stranger
    {a} swears {k} never to speak to {b} again
    {b} saves {a} from the fire that destroys {x}
    {a} sells {x} and regrets it before morning
    {a} hears {b} lie about {x} under oath
    {b} returns to {h} after seven years with {x}
    {a} reads the letter hidden inside {x}
    {a} refuses {x}, the only reward that was offered
    {b} falls ill {k}, and {a} has to decide alone
    {a} discovers that {h} was built to hide {x}
    {a} follows {b} as far as the border and turns back
    {b} offers {x} in exchange for the silence of {a}
    {a} buries {x} {k} while the bells ring
    {a} wins the vote in {h} and loses {b}
    {b} betrays the hiding place of {x}
    {a} forgives {b} for what was done to {x}"""
)

RELICS = _words(
    """the brass key, the red ledger, the broken clock, the sealed letter, the silver flute, the burnt map
    the glass eye, the wooden horse, the blue lantern, the iron ring, the unsigned will, the torn banner
    the salt box, the map case, the ferry bell, the night register, the coral necklace, the stolen seed
    the last photograph, the cracked mirror, the winter coat, the harbour light, the chess queen, the tin soldier
    the music box, the signet, the pilot's log, the poisoned cup, the orphan's shoe, the paper crown
    the lead coffin, the storm glass, the white glove, the stone tablet, the debtor's note, the black violin
    the rope ladder, the weather vane, the sugar tin, the bishop's stamp, the anchor chain, the spare oar
    the velvet mask, the copper still, the old telescope"""
)

HOUSES = _words(
    """the customs house, the abandoned mill, the upper chapel, the ferry station, the governor's villa, the salt works
    the orphanage, the signal tower, the grain store, the music school, the quarantine ward, the printing shop
    the night market, the boat shed, the county court, the ice house, the railway hotel, the observatory"""
)

SPOTS = _words(
    """under the pier, behind the organ, on the frozen lake, in the flooded cellar, between the vines, at the toll gate
    beside the lime kiln, on the roof of the tannery, in the clock room, along the dyke, inside the dry well
    at the graveyard wall, on the last tram, in the empty theatre, near the weir, by the burning stubble"""
)

STORY = _lines(
    """Rain keeps everyone indoors, which gives {a} time to think about {x}.
    What begins as a quarrel over {x} ends with {b} standing alone {k}.
    {a} waits {k} until dusk, and the waiting changes the plan.
    Nobody in {h} will say who moved {x}, though three people must know.
    {b} offers a way out, but it would cost {a} the good opinion of {c}.
    The news reaches {h} before {a} does.
    For the first time {a} doubts that {x} was worth the trouble.
    {c} watches from a window and draws the wrong conclusion.
    A child repeats what it heard {k}, and the secret is out.
    {b} has stopped pretending, which frightens {a} more than the threat did.
    By midnight {x} is back where it belongs, but {c} is missing.
    The price of silence rises, and {a} can no longer pay it.
    Somebody has been {k} before them, for the dust is disturbed.
    {a} laughs at the wrong moment and loses an ally.
    In {h} a table is laid for one guest too many.
    {c} keeps the door closed until {b} tells the whole story.
    The old rule of the house is broken twice in one evening.
    {a} gives {x} away, and the room falls silent.
    They part {k} without a word, each sure that the other will turn round.
    A second letter arrives, in a hand that {b} knows too well.
    {c} remembers a detail about {h} that makes the rest fall into place.
    What {a} took for kindness turns out to have been a debt.
    The crowd outside {h} wants a name, and {b} has one ready.
    When the lamps go out, {x} changes hands again.
    {b} chooses the longer road, because {c} would never look there.
    Too late {a} sees that {x} was only the bait.
    The search {k} finds nothing except a glove that fits {c}.
    {a} says no, and means it, and is surprised by the relief.
    From now on {h} is closed to {a}, whatever the council decides.
    {b} leaves before dawn so that nobody has to lie about it."""
)

GOALS = _lines(
    """{a} wants to get {x} out of {h} before anybody misses it
    {a} means to make {b} admit what happened {k}
    {a} hopes to keep {c} from hearing about {x}
    {a} tries to persuade {b} to stay one more night
    {a} has to cross {k} without being recognised
    {a} needs the signature of {c} before the office closes
    {a} intends to return {x} and be gone
    {a} looks for proof that {b} was {k} on the night of the fire
    {a} wants an apology from {c} and will settle for less
    {a} plans to search {h} while the others are at dinner"""
)

CONFLICTS = _lines(
    """{b} has already guessed the plan and stands in the doorway
    the only witness is {c}, who owes {b} a favour
    {x} is not where it was left, and there is no time to search
    the guard of {h} knows {a} from better days
    {c} demands the truth in front of everybody
    {b} will help only if {a} gives up {x}
    a storm has cut the road, and {k} there is no shelter
    the letter names {a} as the thief
    {c} faints at the mention of {h}
    {b} and {c} have joined forces without telling {a}"""
)

OUTCOMES = _lines(
    """{a} gets away with {x} but leaves a trace that {b} will find
    {a} fails, and {c} now knows everything
    {b} gives in, at a price that will come due later
    {a} succeeds and wishes for the opposite
    {x} is lost for good, and the blame falls on {c}
    {a} and {b} part as enemies
    {c} changes sides in front of the whole of {h}
    {a} is locked in {k} with the answer in hand
    {b} is believed, {a} is not
    {a} learns that {h} was sold weeks ago"""
)

GENRES = _words("historical mystery, family saga, literary thriller, coming-of-age novel, adventure novel")
MOODS = _words("guilt and repair, loyalty, the price of silence, belonging, ambition, memory, chance, courage")

ACTIVITIES = _lines(
    """Work through a short case in which {s}, and write down each decision.
    Practise {g} {o} {q} until it takes less than ten minutes.
    Watch {p} use the {t} {l}, and note three things that surprised you.
    Read two accounts of the {t} and list where they disagree.
    Rebuild the {t} from memory after {g} {o}.
    Interview {p} about a day when {s}.
    Run a trial of the {t} {l} and log every interruption.
    Compare your own {u} with that of a partner and merge the two."""
)

CRITERIA = _lines(
    """Sets up the {t} within an hour and explains each step to {p}.
    Shows a written plan for the {t} that still works when {s}.
    Completes {g} {o} {q} three times without a correction.
    Finds four of five planted faults in the {t} {l}.
    Presents the {t} to {p} and answers three unprepared questions.
    Hands in a log that shows the {t} before and after {g} {o}."""
)

PROJECTS = _lines(
    """A working {t} for a place of your own choice, tested when {s}.
    A one-page guide to the {t}, tried out by {p}.
    A month of records about the {t}, with a conclusion that others can check.
    A public demonstration of the {t} {l}."""
)

ACTIVITY_KINDS = _words("practice, reading, observation, project, interview, exercise")
ASSESSMENT_KINDS = _words("demonstration, portfolio, practical test, presentation")
COMPETENCY_VERBS = _words(
    """Plan, Build, Judge, Repair, Measure, Explain, Compare, Design, Maintain, Teach, Improve, Combine, Audit"""
)

PURPOSES = _lines(
    """It draws {a} out of a safe life and makes going back impossible
    It takes from {a} every easy answer until only the hard one is left
    It lets {a} pay for what was done and decides what becomes of {b}"""
)

TALK = _lines(
    """It depends on what you want to find out about {T}.
    Most people begin with the {t} and are surprised how far it carries them.
    There is no single answer, since {r}.
    Tell me more about the case you have in mind, above all whether {s}.
    I would look at the {u} first and leave the rest for later."""
)
