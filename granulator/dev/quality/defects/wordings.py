"""How defects are worded, one set per split and severity; none is taken from a check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from granulator.dev.quality.split import Split

Wordings = Mapping[Split, Mapping[str, Sequence[str]]]

PLACEHOLDER_BODY: Wordings = {
    Split.DEV: {
        "gross": ("Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt.", "TODO"),
        "plain": (
            "Content goes here.",
            "This part will be written later.",
            "[Detailed explanation of the topic with examples]",
            "Description to be added.",
            "Text to follow.",
            "<describe the item>",
            "Summary of this element.",
            "(content omitted for brevity)",
            "Same structure as the previous one.",
            "Add the relevant facts at this point.",
            "Give two examples and a short definition in this place.",
            "Filler: replace before release.",
            "Awaiting input from the editor.",
            "Under construction.",
            "No description available.",
            "Paragraph 1. Paragraph 2. Paragraph 3.",
            "Definition pending.",
            "Put your explanation in this field.",
            "(see the instructions for how to fill this in)",
            "This space intentionally left blank.",
            "Sample text.",
            "Your content.",
        ),
        "subtle": (
            "In this section we will explore the topic in depth and give a comprehensive overview of its key aspects.",
            "Detailed content about this subject will be provided here, covering all of the important points.",
            "This text is a sample and should be replaced by the actual material before it is published.",
            "This chapter introduces the main ideas, discusses them from several angles and ends with an outlook.",
            "More information about this will be added as soon as it becomes available to the team.",
            "Use this space for background, definitions and links that help the reader to follow.",
            "Explain what happens at this point, why it matters and what the reader should remember.",
            "A short description of the item, of its purpose and of its relation to all the others.",
            "Continue in the same manner for the remaining items of the list.",
            "In this place a longer passage about the matter is planned for the next version.",
            "The wording of this part has yet to be supplied by the person in charge of it.",
            "Imagine a vivid passage here that draws the reader in and prepares what is going to follow.",
            "This entry will be expanded in a later revision with figures, sources and further reading.",
            "Readers will find a detailed treatment at this point, including background, methods and results.",
            "The above can be extended with real data once the project has been set up completely.",
            "State the main point in one sentence, support it with two facts and lead over to the next part.",
            "The remaining content follows the same pattern and has been shortened for reasons of space.",
        ),
    },
    Split.TEST: {
        "gross": (
            "Lorem ipsum dolor sit amet. Ut enim ad minim veniam, quis nostrud exercitation ullamco laboris nisi.",
            "TBD",
            "xxx",
        ),
        "plain": (
            "Insert text here.",
            "(to be completed)",
            "Write two or three paragraphs about the subject here.",
            "Coming soon.",
            "[placeholder for the main text]",
        ),
        "subtle": (
            "The full text of this part is still to be written and will follow once the outline has been approved.",
            "Here the author should explain the subject, give an example and close with a short summary.",
            "This is a dummy paragraph that only shows how long the final text is going to be.",
        ),
    },
}
PLACEHOLDER_TITLE: Wordings = {
    Split.DEV: {
        "gross": ("Untitled", "Unnamed Element"),
        "plain": ("TBD", "Title goes here", "[Title]", "New section"),
        "subtle": ("Working title", "Lesson 3", "Section Name"),
    },
    Split.TEST: {
        "gross": ("Untitled item", "No title", "Unnamed"),
        "plain": ("To be determined", "Insert title", "<title>", "Placeholder"),
        "subtle": ("Heading", "Part 2", "Name of the topic", "Example Title"),
    },
}
UNFILLED: Wordings = {
    Split.DEV: {
        "gross": ("{{topic}} {{content}} {{summary}}",),
        "plain": ("{{topic}}", "[Insert company name]", "[name of the company]", "[put a number here]"),
        "subtle": (
            "{audience}",
            "<insert example here>",
            "[example]",
            "${topic}",
            "{{example_1}}",
            "__NAME__",
            "{reader_level}",
            "<TITLE>",
        ),
    },
    Split.TEST: {
        "gross": ("{{ title }} and {{ body }}",),
        "plain": ("{{ subject_name }}", "[your organisation here]", "[insert date]"),
        "subtle": ("{target_audience}", "[add details]", "<YOUR TOPIC>"),
    },
}
REFUSAL: Wordings = {
    Split.DEV: {
        "gross": ("I'm sorry, but I can't help with that request.",),
        "plain": ("As an AI language model, I cannot provide this content.",),
        "subtle": (
            "I am unable to write this part because the request is unclear. Could you please tell me more about it?",
        ),
    },
    Split.TEST: {
        "gross": ("I cannot assist with this.", "Sorry, I can't create that."),
        "plain": (
            "As a large language model I am not able to generate this section.",
            "I apologize, but I cannot fulfill this request as it goes against my guidelines.",
        ),
        "subtle": (
            "Unfortunately I don't have enough information to write this. Let me know which details you want included.",
            "Certainly! Here is the text you asked for, written in the style that you described in your message.",
        ),
    },
}
THIN: Wordings = {
    Split.DEV: {
        "gross": ("Important.", "See above.", "Yes.", "Details.", "Very good."),
        "plain": (
            "This is quite important.",
            "There is much to say about it.",
            "It depends on many things.",
            "Everyone should know this.",
            "Ask if unsure.",
            "As the title says.",
            "Nothing to add.",
            "It is what it is.",
        ),
        "subtle": (
            "It matters a lot and everyone should look at it.",
            "There are several ways to think about this and each has merits.",
            "With some experience it becomes easier from day to day.",
            "A little care goes a long way, as always in life.",
        ),
    },
    Split.TEST: {
        "gross": ("Basics.", "Same here."),
        "plain": ("It is useful to know.", "More about this later on."),
        "subtle": ("Practice makes perfect, so take your time with it.",),
    },
}
FOREIGN: Wordings = {
    Split.DEV: {
        "gross": (
            "The eruption of a volcano begins deep below the crust, where molten rock collects in a chamber. As gas "
            "comes out of solution the pressure rises until the roof gives way. Thick, sticky magma traps its gas and "
            "explodes; thin magma lets it go and flows quietly down the slope. Ash can travel round the globe and dim "
            "the sun for years.",
            "Penguins breed on the ice in the darkest months of the year. The male balances the egg on his feet under "
            "a fold of skin while the female feeds at sea. Thousands huddle together and change places, so that each "
            "bird spends some time in the warm middle. Chicks recognise their parents by voice alone.",
        ),
        "plain": (
            "The rules of chess castling are simple once you have seen them. King and rook must not have moved, the "
            "squares between them have to be empty, and the king may not pass through check. The king goes two "
            "squares towards the rook, and the rook jumps over to the other side. Castling on the short side is "
            "usually the safer choice.",
        ),
        "subtle": (
            "Choosing a bicycle saddle takes patience. Sit bones differ in width, and a saddle that suits one rider "
            "hurts another after an hour. Measure yours on corrugated cardboard, allow for your posture on the bike "
            "and test several models over a full day. A level saddle is the starting point; tilt it by tiny steps.",
        ),
    },
    Split.TEST: {
        "gross": (
            "Glaciers carve valleys as they creep downhill under their own weight. Rocks frozen into the ice scrape "
            "the bedrock like sandpaper and leave long scratches. Where the tongue melts, rubble piles up in curved "
            "ridges called moraines. Lakes collect behind them, blue with the finest rock flour.",
            "The violin owes its voice to two thin plates of spruce and maple. A small post of wood inside carries "
            "the vibration from the top to the back, and luthiers shift it by fractions of a millimetre. Varnish "
            "protects the wood but too much of it deadens the tone. Old instruments are not always the better ones.",
        ),
        "plain": (
            "Train timetables were the reason why time zones were introduced. Before the railway every town kept its "
            "own noon by the sun, and nobody minded a difference of a few minutes. Trains could not run like that. "
            "In 1884 delegates of twenty-five nations chose the meridian of Greenwich and divided the globe into "
            "twenty-four slices.",
        ),
        "subtle": (
            "A good cheese board needs contrast. Put something hard beside something creamy, a blue next to a mild "
            "one, and take all of them out of the refrigerator an hour before the guests arrive. Dark bread, grapes "
            "and a spoonful of chutney are enough. Cut hard cheese into sticks and leave soft cheese whole.",
        ),
    },
}
FOREIGN_POINTS: Mapping[Split, Sequence[str]] = {
    Split.DEV: (
        "Castling moves the king two squares",
        "Magma chambers lie beneath the crust",
        "Penguin chicks know their parents by voice",
    ),
    Split.TEST: (
        "Moraines mark where a glacier once ended",
        "Spruce carries the tone of a violin",
        "Greenwich became the prime meridian in 1884",
    ),
}
"""Key points of no lesson here."""

UNMEASURABLE: Wordings = {
    Split.DEV: {
        "gross": ("Understand everything", "Know the basics"),
        "plain": ("Understand how it works in general", "Learn about the most important ideas"),
        "subtle": (
            "Be familiar with the usual procedure",
            "Gain an appreciation of the subject",
            "Have a deeper insight into the matter",
            "Be interested in further questions",
            "Realise how important the matter is",
            "Acquire background on the matter",
        ),
    },
    Split.TEST: {
        "gross": ("Know it all", "Understanding the subject"),
        "plain": ("Know what the terms mean in practice", "Become aware of common problems"),
        "subtle": ("Get a feeling for good solutions", "Develop an interest in the field"),
    },
}
CATCH_ALL: Wordings = {
    Split.DEV: {
        "gross": ("All of the above",),
        "plain": ("All of these", "None of the above"),
        "subtle": ("Each of these answers is correct",),
    },
    Split.TEST: {
        "gross": ("All the above",),
        "plain": ("All of the options above", "None of these"),
        "subtle": ("Every one of the statements above",),
    },
}
OTHER_EXPLANATION: Wordings = {
    Split.DEV: {
        "gross": ("The correct answer is: {other}.",),
        "plain": (
            "Here {other_lower} is what counts, as experience shows again and again.",
            "The only answer that holds is {other_lower}; the rest are common mistakes.",
            "Experts agree on {other_lower}.",
            "Do not be misled: {other_lower} is meant, not one of the others.",
            "No option but {other_lower} stands up to scrutiny.",
            "Correct: {other_lower}.",
            "{other}: this is what the rules say.",
        ),
        "subtle": (
            "Whoever has tried it knows the result: {other_lower}. Anything else would contradict practice.",
            "At first sight several options seem possible. On closer inspection {other_lower} is left as the one that "
            "explains all of the facts.",
            "This is a frequent mistake in examinations, although hardly anything except {other_lower} could be true.",
        ),
    },
    Split.TEST: {
        "gross": ('"{other}" is the right choice.', "Answer: {other}."),
        "plain": ("It is {other_lower}, for the reasons given in every textbook on the subject.",),
        "subtle": ("People often get this wrong, yet nothing but {other_lower} fits the situation that is described.",),
    },
}
"""Explanations that speak for another option than the key."""

HINTED_STEM: Wordings = {
    Split.DEV: {
        "gross": ("{stem} (Answer: {answer})",),
        "plain": ("{stem} Remember: {answer}.",),
        "subtle": (
            "Given that the solution is known to be {answer_lower}, answer this: {stem}",
            "{stem} Many would say {answer_lower}.",
            "Think of {answer_lower} before you reply. {stem}",
        ),
    },
    Split.TEST: {
        "gross": ("{stem} [{answer}]",),
        "plain": ("{stem} Hint: {answer_lower}.",),
        "subtle": ("Bearing in mind {answer_lower}, decide: {stem}",),
    },
}
LEAKING_STEM: Wordings = {
    Split.DEV: {
        "gross": ("Since we know from before that it is {answer_lower}: {stem}",),
        "plain": ("{stem} (Recall the earlier answer, {answer_lower}.)",),
        "subtle": (
            "Apart from what was said about {answer_lower}, {stem_lower}",
            "{stem} (This has nothing to do with {answer_lower}.)",
            "In contrast to the case where {answer_lower} was right: {stem}",
        ),
    },
    Split.TEST: {
        "gross": ("The previous answer was {answer_lower}. {stem}",),
        "plain": ("As seen, the answer to another question is {answer_lower}. {stem}",),
        "subtle": ("You have already met {answer_lower}; now, {stem_lower}",),
    },
}
REWORDED_STEM: Wordings = {
    Split.DEV: {
        "gross": ("{stem}",),
        "plain": ("Question: {stem}", "Please answer: {stem}"),
        "subtle": ("Which of the following is correct? {stem}", "In your own experience, {stem_lower}"),
    },
    Split.TEST: {
        "gross": ("{stem}",),
        "plain": ("Once more: {stem}", "{stem} Choose one."),
        "subtle": ("Tell us, {stem_lower}", "Consider this carefully: {stem}"),
    },
}
LENGTHENED: Mapping[Split, Sequence[str]] = {
    Split.DEV: (
        "{option}, as long as all of the usual conditions for it are met in practice",
        "{option}, which is what most practitioners in the field would recommend today",
    ),
    Split.TEST: (
        "{option}, provided that nothing in the particular situation speaks against it",
        "{option}, and this holds in general unless very special circumstances apply",
    ),
}
SWAPS: Mapping[Split, Mapping[str, str]] = {
    Split.DEV: {
        "begin": "start", "begins": "starts", "large": "big", "often": "frequently", "show": "demonstrate",
        "shows": "demonstrates", "needs": "requires", "help": "assist", "keep": "hold", "use": "employ",
        "uses": "employs", "small": "little", "because": "since", "only": "just", "must": "has to", "find": "locate",
    },
    Split.TEST: {
        "start": "begin", "starts": "begins", "big": "large", "usually": "normally", "tell": "inform",
        "tells": "informs", "gives": "provides", "give": "provide", "quickly": "fast", "get": "obtain",
        "many": "numerous", "also": "too", "so": "therefore", "can": "is able to", "whole": "entire", "make": "create",
    },
}  # fmt: skip
"""Words a model swaps when it is asked for the same again."""

OPENINGS: Mapping[Split, Sequence[str]] = {
    Split.DEV: ("As mentioned, ", "In other words, ", "To put it differently, ", "Once again, "),
    Split.TEST: ("That is to say, ", "Put another way, ", "Let us recall: ", "To repeat, "),
}
OTHER_TOPICS: Mapping[Split, Sequence[str]] = {
    Split.DEV: ("Volcanoes of Iceland", "Chess openings", "Penguins"),
    Split.TEST: ("Railway history", "Glaciers of the Alps", "Violin making"),
}
UNMENTIONED: Mapping[Split, Sequence[str]] = {
    Split.DEV: ("Zeppelin Protocol", "Marguerite", "quokka"),
    Split.TEST: ("Fennimore Method", "Theodosia", "axolotl"),
}
"""Names that occur in no structure."""

INCLUDING: Wordings = {
    Split.DEV: {
        "gross": ("{option} and nothing else",),
        "plain": ("{option}, among other things",),
    },
    Split.TEST: {
        "gross": ("{option} in every case",),
        "plain": ("{option} as well as other measures",),
    },
}
"""Options that are right whenever the right one is."""

UNREADABLE: Mapping[Split, Sequence[str]] = {
    Split.DEV: (
        "Notwithstanding the heterogeneity of methodological presuppositions underlying current conceptualisations "
        "of the phenomenon, a multidimensional operationalisation incorporating longitudinal, intersubjective and "
        "institutional considerations remains indispensable for any comprehensive epistemological reconstruction.",
        "The interdependence of infrastructural, organisational and psychosocial determinants necessitates an "
        "interdisciplinary synthesis whose theoretical differentiation corresponds proportionately to the irreducible "
        "complexity of the constellation under consideration.",
        "Consequently, practitioners' predispositions towards unreflected generalisation should be systematically "
        "counterbalanced by institutionalised procedures of intersubjective verification and terminological "
        "disambiguation throughout all developmental phases.",
        "Inasmuch as quantification presupposes commensurability, the extrapolation of isolated observations towards "
        "universally applicable recommendations constitutes a categorical misapprehension of considerable persistence.",
    ),
    Split.TEST: (
        "Irrespective of disciplinary affiliation, contemporary commentators increasingly acknowledge that the "
        "instrumentalisation of standardised procedures inevitably presupposes an antecedent hermeneutical "
        "clarification of the constitutive terminological distinctions.",
        "The systematic contextualisation of empirically ascertainable regularities within superordinate theoretical "
        "architectures constitutes, accordingly, an indispensable precondition of methodologically responsible "
        "generalisation and professional communication.",
        "Particularly problematical, furthermore, is the uncritical universalisation of culturally contingent "
        "expectations, whose institutional sedimentation effectively immunises them against argumentative revision.",
        "Correspondingly, any differentiated evaluation necessitates simultaneous consideration of technological, "
        "organisational and motivational dimensions, the reciprocal interpenetration of which precludes monocausal "
        "explanation.",
    ),
}
"""Sentences that nobody reads twice; three of them make a lesson for scholars."""
