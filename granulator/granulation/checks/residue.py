"""What a generator leaves behind in a text: refusals, chatter, variables nobody filled, markup, JSON; no opinion"
" on the rest."""

from __future__ import annotations

import re

from granulator.granulation.checks.document import Passage
from granulator.granulation.wording import fold, without_code

_REFUSAL = re.compile(
    r"\bas an? (?:ai|artificial intelligence|large language|language)(?:[ -](?:language )?(?:model|assistant"
    r"|system))?\b,? i\b"
    r"|\bas an? (?:ai|large|artificial)(?: language)? (?:model|assistant)\b"
    r"|\bi(?: am|'m) (?:just |only )?an? (?:ai|large language|language) (?:language )?(?:model|assistant)\b"
    r"|\bmy (?:training data|knowledge (?:cutoff|cut-off))\b"
    r"|\bi(?: am|'m) (?:not able|unable) to (?:help|assist|provide|fulfil|create|generate|comply|write|complete"
    r"|produce)\b"
    r"|\bi (?:cannot|can't|can not|won't|will not) (?:fulfil|comply|assist|generate|create|write|produce"
    r"|help (?:with|you)"
    r"|provide (?:that|this|the|content|information|you|any|an? \w+ (?:lesson|course|quiz)))"
)
_OPENING = re.compile(
    r"(?:i(?:'m| am) (?:very |so )?sorry,?|(?:my )?apologies,?|i apologi[sz]e,?|sorry,?|unfortunately,?) (?:but )?"
    r"(?:i|we|this request|the request) (?:am |'m )?(?:cannot|can't|can not|could not|couldn't|unable|not able"
    r"|do not|don't"
    r"|was unable|have no|exceeds|violates)\b"
    r"|(?:sure|certainly|of course|absolutely|great)[!,.] (?:here|i|let me|below)\b"
    r"|here(?:'s| is| are) (?:the|a|your|an) (?:\w+ ){0,4}(?:you (?:asked|requested)|as requested|in json|json|below)\b"
    r"|(?:below|here) is (?:the|a|your) (?:json|requested|generated)\b"
)
_CHATTER = re.compile(
    r"\bi hope this helps\b|\blet me know if you(?:'d| would)? (?:need|like|want|have)\b|\bwould you like me to\b"
    r"|\bfeel free to (?:ask|reach out)\b.{0,40}[.!]?$"
    r"|[\[(](?:content|text|output|response|rest|remainder|remaining \w+|the rest)?(?: of (?:the )?\w+)? ?"
    r"(?:truncated|omitted|continued|continues|continued (?:in|below).{0,30}|cut off|removed|redacted"
    r"|skipped)[^\])\n]{0,30}[\])]"
    r"|\[(?:\.{3}|…)\]\W*$|\b(?:rest|remainder) of (?:the )?(?:content|lesson|text) omitted\b"
)
_THING = (
    r"(?:topic|subject|audience|language|level|sizes|requiredelements|source|outline|part|company|product"
    r"|organi[sz]ation"
    r"|client|student|learner|teacher|author|industry|(?:lesson|module|course|chapter|section|quiz|question"
    r"|concept|step"
    r"|character|protagonist|milestone|skill|role|tool|topic|book|novel|process|team)"
    r"(?:[ _.-]?(?:title|name|number|content|description|topic|id|text|summary|type))?)(?:[ _]?\d)?"
)
_VARIABLE = re.compile(
    rf"\{{\{{\s*[a-z][\w.]*\s*\}}\}}|\$\{{{_THING}\}}"
    rf"|\{{{_THING}\}}|\{{[a-z]+(?:_[a-z0-9]+)+\}}|%\({_THING}\)s|%%?{_THING}%%?|<<{_THING}>>|<\s*(?:insert|your"
    rf"|enter|add)\b[^>\n]{{0,60}}>"
)
_BRACKETED = re.compile(
    r"\[(?:insert|your|add|placeholder|to ?do|tbd|tba|fill(?: in)?|enter|specify|describe|provide|replace|include"
    r"|write)\b"
    r"[^\]\n]{0,80}\](?![(:\[])"
    rf"|\[(?:(?:the|your|a|an|this|name of (?:the )?)\s?)?{_THING}(?: (?:here|goes here))?\](?![(:\[])"
)
_DUNDER = re.compile(
    r"(?<![\w`])__[A-Z]{3,}(?:_[A-Z]+)*__(?!\w)|%[A-Z]{3,}%|<[A-Z][A-Z_ ]{2,}>|\$\{?[A-Z]{4,}\}?(?!\w)"
)
_INSERTED = re.compile(
    r"[<\[{]{1,2}\s?(?:insert|enter|fill in|add|put|your|replace|todo|tbd|describe|specify|name of"
    r"|explain)\b[^>\]}\n]{0,60}[>\]}]{1,2}(?![(:\[])"
)
_LOREM = re.compile(r"\blorem ipsum\b.{0,20}\bdolor\b")
_NOTES = ("TODO", "FIXME", "TBD", "XXX", "TKTK")
_TODO = re.compile(r"(?:^|[\s(\[])(?:TODO|FIXME|TBD|XXX+|TKTK)(?::|(?=\s*(?:$|[.)\]])))|^(?:TODO|FIXME|TBD)\b")
_WHOLE_MARKER = re.compile(r"(?:\$?\{\{?\s*[a-z_][\w.]*\s*\}?\}|<\s*[a-z_ ]+\s*>|\[\s*[a-z_ ]+\s*\])", re.IGNORECASE)
_ON_VARIABLES = re.compile(
    r"\b(?:templat\w+|jinja|mustache|handlebars|liquid|vue|angular|interpolat\w*|f-strings?|braces?|curly"
    r"|placeholders?)\b"
)

_JSON = re.compile(r"\s*(?:```(?:json)?\s*)?[\[{]\s*(?:[\[{]\s*)?\"\w+\"\s*:")
_JSON_KEY = re.compile(
    r"\"(?:title|content|description|lessons|modules|keyPoints|questions|options|correctAnswer|explanation|steps"
    r"|concepts"
    r"|summary|scenes|definition)\"\s*:"
)
_TITLE_MARKUP = re.compile(
    r"```|^\s*(?:#{1,6}\s|>\s|[-*+]\s|\*\*.*\*\*\W*$|__.*__\W*$|(?:title|heading)\s*:\s)",
    re.IGNORECASE,
)
_TAG = re.compile(
    r"</(?:p|div|span|h[1-6]|ul|ol|li|strong|em|b|i|u|table|tr|td|th|a|script|body|html|section|code|pre)\s*>|<br\s*/?>"
    r"|<(?:p|div|span|h[1-6]|ul|ol|li|strong|em|b|i|table|a|section)(?:\s[^<>]{0,200})?>(?=\s*\w)"
    r"|&(?:nbsp|amp|lt|gt|quot|#39|#x27|mdash|ndash|rsquo|lsquo|ldquo|rdquo|hellip);",
    re.IGNORECASE,
)
_ON_MARKUP = re.compile(
    r"\b(?:html|xml|svg|xhtml|dom|tags?|elements?|markup|css|browsers?|web ?pages?|entit(?:y|ies)|escap\w+"
    r"|markdown|jsx|react)\b"
)
_TOKENS = re.compile(
    r"<\|?(?:endoftext|im_start|im_end|eot_id|assistant|end_of_turn)\|?>|<\/?(?:think|answer|s|response)>|\[/?INST\]"
)
_QUOTED = re.compile(r"\"[^\"\n]{0,300}\"|“[^”\n]{0,300}”|‘[^’\n]{0,300}’|«[^»\n]{0,300}»")

_SPOKEN_ROLES = frozenset({"title", "body", "description", "explanation", "objective", "stem", "point", "exercise"})
_HINTS = (
    *("language model", "an ai", "i cannot", "i can", "i'm ", "i’m ", "i am ", "i won", "i will not", "my training"),
    *("my knowledge", "hope this", "let me know", "would you like", "feel free", "omitted", "truncated", "continue"),
    *("[...", "[…", "removed", "redacted", "skipped", "cut off"),
)
"""What all that a model says to its user holds one of, unless it opens with it; the patterns are slow."""

OPENING_CHARACTERS = 120
_READ_CHARACTERS = 20_000
"""Refusals and leftovers stand at the beginning or at the end of what is longer."""


def is_left_over(passage: Passage, given: tuple[str, ...]) -> bool:
    """Return whether a text holds what no author meant to leave in it, unless it stands in ``given`` as well."""
    if passage.role not in _SPOKEN_ROLES:
        return False
    prose = without_code(_ends_of(passage.text))
    found = _residue(passage, prose)
    return found is not None and not any(found in text for text in given)


def _ends_of(text: str) -> str:
    return text if len(text) <= 2 * _READ_CHARACTERS else f"{text[:_READ_CHARACTERS]}\n{text[-_READ_CHARACTERS:]}"


def _residue(passage: Passage, prose: str) -> str | None:
    if found := _TOKENS.search(prose) or _WHOLE_MARKER.fullmatch(prose.strip()):
        return found.group()
    if _is_json(passage):
        return passage.text
    if passage.role == "title" and not passage.is_source and (found := _TITLE_MARKUP.search(passage.text)):
        return found.group()
    return _spoken(prose) or _unfilled(prose) or _markup(prose)


def _is_json(passage: Passage) -> bool:
    begins = _JSON.match(passage.text)
    if begins is None:
        return False
    return passage.role == "title" or _JSON_KEY.search(passage.text[:2000]) is not None


def _spoken(prose: str) -> str | None:
    """Return what a model says to its user rather than to the reader; what is quoted is said by somebody else."""
    opening = _OPENING.match(fold(prose[:OPENING_CHARACTERS]).replace("’", "'"))
    if opening is not None:
        return opening.group()
    lowered = prose.lower()
    if not any(hint in lowered for hint in _HINTS):
        return None
    text = fold(_QUOTED.sub(" ", prose)).replace("’", "'")
    found = _REFUSAL.search(text) or _CHATTER.search(text)
    return found.group() if found else None


def _unfilled(prose: str) -> str | None:
    lowered = prose.lower()
    if found := "lorem" in lowered and _LOREM.search(lowered):
        return found.group()
    if found := any(mark in prose for mark in _NOTES) and _TODO.search(prose):
        return found.group()
    if not any(mark in prose for mark in ("{", "[", "<", "%", "__", "$")):
        return None
    found = _INSERTED.search(lowered) or _DUNDER.search(prose)
    if found is None and not _ON_VARIABLES.search(lowered):
        found = _VARIABLE.search(lowered) or _BRACKETED.search(lowered)
    return prose[found.start() : found.end()] if found else None


def _markup(prose: str) -> str | None:
    if "<" not in prose and "&" not in prose:
        return None
    found = _TAG.search(prose)
    return found.group() if found and not _ON_MARKUP.search(prose.lower()) else None
