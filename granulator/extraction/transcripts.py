"""What recorded sessions of an interpreter or a shell printed, and outputs they certainly did not print."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from granulator.extraction.blocks import Block
from granulator.extraction.cloze import Item
from granulator.extraction.distractors import DISTRACTORS
from granulator.extraction.sections import Reading
from granulator.extraction.vocabulary import listed

PROMPTS = (">>> ", "... ")
LONGEST_LINE = 72
MOST_LINES = 8
"""Lines of a session that a reader is asked to run in the head."""

MOST_CODE = 600
BEFORE = 12
"""A session is shown from its beginning, which must not be longer ago; so near must other outputs be to be offered."""

SHORT = 12
"""Letters up to which a text may be offered backwards."""

STRING = re.compile(r"[rbuf]{0,2}(?:'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\")", re.IGNORECASE)
COMMENT = re.compile(rf"(?P<string>{STRING.pattern})|[ ]*#.*", re.IGNORECASE)
NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*")
ARGUMENT = re.compile(r"(?<![\w.])[A-Za-z_]\w*(?=\s*=(?!=))")
BOUND = re.compile(
    r"(?:^|;|\n)\s*(?P<assigned>[A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)*)\s*(?:[-+*/|&]|//)?=(?!=)"
    r"|\b(?:def|class|as)\s+(?P<made>[A-Za-z_]\w*)"
    r"|\bfor\s+\(?(?P<looped>[A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)*)"
    r"|\bimport\s+(?P<imported>[\w, ]+)"
    r"|\blambda\s+(?P<given>[\w, ]+):"
    r"|\bdef\s+\w+\((?P<taken>[\w, =]*)\)"
)
UNSTEADY = re.compile(
    r"0x[0-9a-f]{5,}|\.\.\.|<[^>]* at |\b(?:random|time|date|now|id|hash|urandom|getpid|set|frozenset)\b|\d\d:\d\d"
)
"""Outputs that differ from run to run or are shortened."""

BUILTIN = frozenset(dir(builtins)) | frozenset(keyword.kwlist) | listed("self cls match case print")
ERROR = re.compile(r"(?P<name>[A-Z]\w*(?:Error|Exception|Warning|Interrupt|Iteration))(?::|$)")
ERRORS = ("TypeError", "ValueError", "KeyError", "IndexError", "AttributeError", "NameError", "ZeroDivisionError")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?$")
QUOTED = re.compile(r"b?(?P<quote>['\"])(?P<text>.*)(?P=quote)$")
ROW = re.compile(r"(?P<open>[\[(])(?P<inside>.*)[\])]$")
PLAIN_ROW = re.compile(r"[^\[\](){}]*$")
SHELL = re.compile(r"^\s*(?:\$|%|[\w@~:.-]+\$) (?P<command>\S.*)$")
WORDS = ("True", "False", "None", "0", "1")


@dataclass(frozen=True, slots=True)
class Exchange:
    """Lines of a session up to the one asked about, what it printed, and outputs of the same form it did not print."""

    code: str
    output: str
    wrong: tuple[str, ...]
    block: int
    is_error: bool = False
    is_command: bool = False


def exchanges(reading: Reading) -> list[Exchange]:
    """Return the exchanges of all listings that a reader can work out from what is shown, in order."""
    found: list[Exchange] = []
    for index, block in enumerate(reading.document.blocks):
        if block.kind == "code" and not reading.sections[reading.section_of[index]].is_boilerplate:
            found.extend(_session(block, index))
    return [*found, *_commands(reading)]


def items(reading: Reading, found: Sequence[Exchange], first: int, last: int) -> Iterator[Item]:
    """Yield a question for each of ``found`` in the blocks ``first`` to ``last``, the shortest sessions first."""
    here = [one for one in found if first <= one.block < last]
    for one in sorted(here, key=lambda one: (one.code.count("\n"), one.block)):
        block = reading.document.blocks[one.block]
        asked = "What does this command print" if one.is_command else "What does the last line of this session print"
        asked = "Which exception does the last line of this session raise" if one.is_error else asked
        yield Item("multiple_choice", f"{asked}?\n\n{one.code}", one.output, (one.output, *one.wrong),
                   f"{one.code}\n{one.output}", block.start, block.end, -1 - one.block,
                   -one.code.count("\n") / 8, "apply")  # fmt: skip


def _session(block: Block, index: int) -> Iterator[Exchange]:
    turns = _turns(block.text)
    for place, (code, output) in enumerate(turns):
        if not code or not output or code.count("\n") >= MOST_LINES:
            continue
        shown = (
            [code]
            if _is_closed(code)
            else [earlier for earlier, _ in turns[max(0, place + 1 - BEFORE) : place + 1] if earlier]
        )
        session = "\n".join(shown)
        is_whole = len(shown) == 1 or place < BEFORE
        if is_whole and session.count("\n") < MOST_LINES and _is_closed(session):
            siblings = [other for _, other in turns[max(0, place - BEFORE) : place + BEFORE] if other]
            yield from _asked(session, _displayed(shown), output, siblings, index)


def _asked(session: str, displayed: str, output: str, siblings: Sequence[str], index: int) -> Iterator[Exchange]:
    error = ERROR.match(output.rpartition("\n")[2])
    if error and output.startswith("Traceback") and error["name"] not in session:
        wrong = [name for name in ERRORS if name != error["name"]][:DISTRACTORS]
        yield Exchange(displayed, error["name"], tuple(wrong), index, is_error=True)
    elif "\n" not in output and len(output) <= LONGEST_LINE and not UNSTEADY.search(session + output):
        wrong = _others(output, siblings)
        if len(wrong) == DISTRACTORS and _is_worth(session, output):
            yield Exchange(displayed, output, tuple(wrong), index)


def _turns(text: str) -> list[tuple[str, str]]:
    """Return (statement, output) of an interpreter session; statements and outputs may have several lines."""
    turns: list[tuple[list[str], list[str]]] = []
    for line in text.splitlines():
        bare = line.strip()
        if bare.startswith(PROMPTS[0]):
            turns.append(([bare[4:]], []))
        elif turns and (bare.startswith(PROMPTS[1]) or bare == "...") and not turns[-1][1]:
            turns[-1][0].append(bare[4:])
        elif turns and bare:
            turns[-1][1].append(bare)
    return [(_uncommented("\n".join(code)), "\n".join(output)) for code, output in turns]


def _uncommented(code: str) -> str:
    """Return the statement without its comments; one too long to be shown becomes blank lines, too many to be shown."""
    return COMMENT.sub(r"\g<string>", code).strip() if len(code) <= MOST_CODE else "\n" * MOST_LINES


def _displayed(statements: Sequence[str]) -> str:
    return "\n".join(">>> " + statement.replace("\n", "\n... ") for statement in statements)


def _bare(code: str) -> str:
    return STRING.sub("''", code)


def _is_closed(session: str) -> bool:
    """Whether every name of the session is bound in it, so that nothing hidden decides about the output."""
    bare = _bare(session)
    bound = {name for match in BOUND.finditer(bare) for part in match.groups() if part for name in NAME.findall(part)}
    used = set(NAME.findall(ARGUMENT.sub("", bare)))
    return used <= bound | BUILTIN


def _is_worth(code: str, output: str) -> bool:
    """Whether the output has to be worked out: it stands not in the code, and the last line is no bare name."""
    is_shown = len(output) > 2 and output in code
    return (
        not is_shown
        and re.fullmatch(r"\d+ [-+*] \d+", code) is None
        and re.fullmatch(r"[\w.'\" ]+", code.rpartition("\n")[2]) is None
    )


def _others(output: str, siblings: Sequence[str]) -> list[str]:
    """Return three outputs of the same form, each different from ``output``; other outputs of the session first."""
    alike = [other for other in siblings if _form(other) == _form(output) and len(other) <= 2 * len(output) + 8]
    found = {_seen(output): output}
    for other in [*alike, *_changed(output)]:
        if other.strip():
            found.setdefault(_seen(other), other)
    return list(found.values())[1 : 1 + DISTRACTORS]


def _seen(output: str) -> str:
    """Return what a reader takes note of: in a row of words neither case nor the width of gaps."""
    text = " ".join(output.split())
    return text.casefold().strip(" .!?;,'\"") if " " in text else text


def _form(output: str) -> str:
    for name, pattern in (("number", NUMBER), ("quoted", QUOTED), ("row", ROW)):
        if pattern.match(output):
            return name + output[0] * (name == "row")
    return output if output in WORDS else ""


def _changed(output: str) -> list[str]:
    """Return ``output`` with one slip in it, as a reader who reckons wrongly would have it."""
    if output in WORDS[:DISTRACTORS]:
        return list(WORDS)
    if NUMBER.match(output):
        return _misreckoned(output)
    quoted = QUOTED.match(output)
    if quoted and len(quoted["text"]) >= 2:
        return [output.replace(quoted["text"], text) for text in _misspelt(quoted["text"])]
    row = ROW.match(output)
    if row and PLAIN_ROW.match(row["inside"]) and ", " in row["inside"]:
        return [f"{output[0]}{inside}{output[-1]}" for inside in _misplaced(row["inside"].rstrip(",").split(", "))]
    return []


def _misreckoned(output: str) -> list[str]:
    if "." in output:
        digits = len(output.partition(".")[2])
        return [f"{float(output) + step:.{digits}f}" for step in (1, -1, 10**-digits, 0.5)]
    return [str(int(output) + step) for step in (1, -1, 2, -2)] if len(output) <= 15 else []


def _misspelt(text: str) -> list[str]:
    """Return ``text`` as a slip would have it: a number off by one, words in the other order, another case, cut off."""
    words = text.split(" ")
    changed = [re.sub(r"\d+", lambda match: str(int(match[0]) + 1), text)] if len(text) < 40 else []
    changed += [" ".join(words[::-1])] if 1 < len(words) <= 4 and "" not in words else []
    changed += [text[::-1]] if len(text) <= SHORT else []
    return [other for other in (*changed, text.swapcase(), text[:-1], text[1:]) if other.strip()]


def _misplaced(parts: list[str]) -> list[str]:
    rows = [parts[::-1], parts[:-1], parts[1:], [*parts[1:], parts[0]]]
    return [", ".join(row) for row in rows if row]


def _commands(reading: Reading) -> list[Exchange]:
    """Return shell commands with one line of output, where the document holds three other outputs of the same form."""
    found = [pair for index, block in enumerate(reading.document.blocks) for pair in _prompted(block, index)]
    forms: dict[str, list[str]] = {}
    for _, output, _ in found:
        alike = forms.setdefault(_shell_form(output), [])
        if len(alike) <= DISTRACTORS and output not in alike:
            alike.append(output)
    made: list[Exchange] = []
    for code, output, index in found:
        wrong = [other for other in forms[_shell_form(output)] if other != output][:DISTRACTORS]
        is_fit = len(output) <= LONGEST_LINE and output not in code and not UNSTEADY.search(output)
        if len(wrong) == DISTRACTORS and is_fit:
            made.append(Exchange("$ " + code, output, tuple(wrong), index, is_command=True))
    return made


def _prompted(block: Block, index: int) -> Iterator[tuple[str, str, int]]:
    """Yield (command, output, ``index``) for the commands of a listing that printed one line."""
    lines = block.text.splitlines() if block.kind == "code" else []
    for here, output, then in zip(lines, lines[1:], [*lines[2:], ""], strict=False):
        command = SHELL.match(here)
        is_single = not then.strip() or SHELL.match(then)
        if command and is_single and output.strip() and not SHELL.match(output):
            yield command["command"], output.strip(), index


def _shell_form(output: str) -> str:
    """Return what the output looks like: its words as one letter each, its digits as one digit."""
    return re.sub(r"\d+", "0", re.sub(r"[^\W\d_]+", "a", output))
