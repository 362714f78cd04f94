"""What the steps of a procedure work with: tools they name, and what one makes for a later one. Invents neither."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from granulator.extraction.vocabulary import STOP_WORDS, listed

MOST_TOOLS: Final = 4
RUN = re.compile(
    r"\b(?:run|running|execute|executing|type|enter|invoke|issue|use|using|call|with)\s+(?:the\s+)?(?:command\s+)?",
    re.IGNORECASE,
)
COMMAND = re.compile(r"(?:[$#>%]\s+)?(?:sudo\s+)?(?P<program>[a-z][\w.+-]{1,30})(?:\s|$)")
USING = re.compile(
    r"\b(?:using|by means of|with the help of)\s+(?:the\s+|an?\s+"
    r"|your\s+)?(?P<tool>[a-z][\w-]*(?:\s+[a-z][\w-]*){0,2}?)"
    r"(?=[.,;:)]|\s(?:and|or|to|from|in|on|at|for|so|which|that|before|after|until|as)\b|$)"
)
NOT_PROGRAMS = listed("""
    the this import from def class return print let const var function if for while export echo cd true false alias
    set test eval add select insert note example output error
""")
POINTERS = listed("following same above below previous next other new corresponding appropriate respective")
MAKES = re.compile(
    r"\b(?:(?:creat|writ|mak|build|generat|produc|prepar|draft|compil|record|print|download|draw|fill in)(?:e|es|s)?\s+"
    r"(?:up\s+|out\s+)?(?:an?|the|your|a new)|opens?\s+an?)\s+"
    r"(?:new\s+|fresh\s+)?(?P<made>[a-z][\w-]*(?:\s+[a-z][\w-]*){0,2}?)"
    r"(?=[.,;:)]|\s(?:and|or|to|from|in|on|at|for|so|which|that|before|after|until|as|of|with|called|named"
    r"|based|by|using|into)\b|$)",
    re.IGNORECASE,
)


def tools(text: str, codes: Sequence[str], listing: str) -> tuple[str, ...]:
    """Return the tools a step names: programs it has run, and things it has used.

    ``codes`` are the stretches of the text that are set as code; ``listing`` is the command it shows.
    """
    lowered = text.casefold()
    runs = bool(RUN.search(text)) or bool(listing)
    found = [program for code in codes if runs and " " in code and (program := _program(code))]
    found += [program for line in listing.splitlines() if (program := _program(line))]
    found += [said["tool"] for said in USING.finditer(text) if _is_thing(said["tool"])]
    named = [tool for tool in found if tool.casefold() in lowered or tool in listing]
    whole = [tool for tool in named if not any(tool != other and tool.startswith(f"{other} ") for other in named)]
    return tuple(dict.fromkeys(whole))[:MOST_TOOLS]


def _program(line: str) -> str:
    said = COMMAND.match(line.strip())
    return said["program"] if said and said["program"] not in NOT_PROGRAMS else ""


def _is_thing(words: str) -> bool:
    row = words.lower().split()
    return (
        all(word not in STOP_WORDS and word not in POINTERS for word in row)
        and not row[-1].endswith("ing")
        and len(row[-1]) > 2
    )


def handed(texts: Sequence[str]) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    """Return inputs and outputs of each step: what one makes and a later one speaks of again."""
    inputs: list[list[str]] = [[] for _ in texts]
    outputs: list[list[str]] = [[] for _ in texts]
    for place, text in enumerate(texts):
        for said in MAKES.finditer(text):
            made = " ".join(said["made"].lower().split())
            users = [later for later in range(place + 1, len(texts)) if _speaks_of(texts[later], made)]
            if users and _is_thing(made) and made not in outputs[place]:
                outputs[place].append(made)
                for later in users:
                    if made not in inputs[later]:
                        inputs[later].append(made)
    return tuple((tuple(taken), tuple(made)) for taken, made in zip(inputs, outputs, strict=True))


def _speaks_of(text: str, thing: str) -> bool:
    return (
        re.search(rf"\b(?:the|this|that|your|its)\s+(?:\w+\s+)?{re.escape(thing)}\b", text, re.IGNORECASE) is not None
    )
