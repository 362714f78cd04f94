"""Answers as models damage them, each written by hand with the only reading a careful reader would give it.

An ``again`` says in words why there is none: the model is asked again, and nothing is made of its text. The figures
over the whole corpus are asserted in ``test_parsing.py``.
"""

from __future__ import annotations

from dataclasses import dataclass

from granulator.model import JsonObject


@dataclass(frozen=True, slots=True)
class Damaged:
    """One answer: ``value`` is what it says, None where ``again`` is the reason to ask again."""

    name: str
    text: str
    value: JsonObject | None = None
    repaired: bool = False
    again: str | None = None


LEAF: JsonObject = {"title": "Leaves", "minutes": 5}
PLAIN = '{"title": "Leaves", "minutes": 5}'
LESSON: JsonObject = {"title": "Light", "points": ["warm", "fast"], "minutes": 12}
BROKEN_OFF = "it breaks off before it is closed"
UNCLOSED = "a text is not closed"
BEHIND = "behind a quotation mark a comma or a closing bracket is missing"
UNESCAPED = "quotation marks inside a text are not escaped"
SEVERAL = "it holds several different JSON values, and which one is meant is not clear"
IN_A_ROW = "it holds several JSON values in a row"
PART = "it holds only a part of a JSON value"
ABSENT = "it holds no JSON object"
NO_VALUE = "this is neither a text in quotation marks nor another JSON value"
NO_KEY = "a key in quotation marks is missing"
NO_COMMA = "a comma or a closing brace is missing"
NO_COMMA_IN_LIST = "a comma or a closing bracket is missing"
HIDING = "a comment stands in for a part of the answer"
UNOPENED = "a closing bracket has no opening one"


def whole(name: str, text: str, value: JsonObject) -> Damaged:
    return Damaged(name, text, value)


def mended(name: str, text: str, value: JsonObject) -> Damaged:
    return Damaged(name, text, value, repaired=True)


def again(name: str, text: str, reason: str) -> Damaged:
    return Damaged(name, text, again=reason)


WRAPPED = [
    whole("nothing around it", PLAIN, LEAF),
    whole("white space around it", f"\n\n  {PLAIN}\n", LEAF),
    whole("a byte order mark", f"\ufeff{PLAIN}", LEAF),
    whole("a fence", f"```json\n{PLAIN}\n```", LEAF),
    whole("a fence without a language", f"```\n{PLAIN}\n```", LEAF),
    whole("a fence with another language", f"```javascript\n{PLAIN};\n```", LEAF),
    whole("a fence of tildes", f"~~~json\n{PLAIN}\n~~~", LEAF),
    whole("a fence that is not closed", f"```json\n{PLAIN}\n", LEAF),
    whole("a fence that is not opened", f"{PLAIN}\n```", LEAF),
    whole("an indented fence in a list", f"1. The lesson:\n\n   ```json\n   {PLAIN}\n   ```\n", LEAF),
    whole("a sentence before it", f"Here is the lesson you asked for:\n{PLAIN}", LEAF),
    whole("sentences on both sides", f"Certainly! {PLAIN} I hope this helps; ask for more.", LEAF),
    whole("bold type", f"**{PLAIN}**", LEAF),
    whole("a heading", f"# Lesson\n\n{PLAIN}\n\n---\n", LEAF),
    whole("quotation marks around it", f'"{PLAIN}"', LEAF),
    whole("backticks around it", f"`{PLAIN}`", LEAF),
    whole("an assignment", f"const lesson = {PLAIN};", LEAF),
    whole("an answer tag", f"<answer>{PLAIN}</answer>", LEAF),
    whole("braces in the sentence before", f"I filled in {{topic}} and {{audience}}: {PLAIN}", LEAF),
    whole("a footnote and a link after it", f"{PLAIN}\nSee [1] and [the page](https://leaves.example/a).", LEAF),
    whole("a check box before it", f"- [ ] review\n- [x] write\n\n{PLAIN}", LEAF),
    whole("a fence inside a text", '{"title": "Use ```json\\n{}\\n``` here"}', {"title": "Use ```json\n{}\n``` here"}),
    whole("a brace inside a text", 'Fine: {"title": "a } b { c"} Done.', {"title": "a } b { c"}),
    whole("a think tag inside a text", '{"title": "write <think>x</think>"}', {"title": "write <think>x</think>"}),
]

THOUGHTS = [
    whole("thoughts before it", f"<think>A leaf is green.</think>\n{PLAIN}", LEAF),
    whole("thoughts with another tag", f"<thinking>Five minutes?</thinking>{PLAIN}", LEAF),
    whole("thoughts with a draft", f'<think>{{"title": "Draft", "minutes": 1}} no</think>{PLAIN}', LEAF),
    whole("thoughts in two runs", f"<think>one</think><think>two</think>{PLAIN}", LEAF),
    whole("thoughts in capitals", f"<THINK>hm</THINK>{PLAIN}", LEAF),
    whole("thoughts after a greeting", f"Hello.\n<think>hm</think>\n{PLAIN}", LEAF),
    whole("thoughts whose opening is lost", f'I would say {{"title": "No"}} is short.</think>\n{PLAIN}', LEAF),
    again("thoughts that do not end", f"<think>I could write {PLAIN}", "its thoughts are not closed"),
    again("thoughts alone", "<think>What is a leaf?</think>", ABSENT),
    again(
        "a text that speaks of the tag, fenced",
        '```json\n{"a": "the tag </think> ends", "list": [{"c": 1}]}\n```',
        PART,
    ),
]

SEVERAL_VALUES = [
    whole("a small example first", f'The form is {{"title": "..."}}.\n{PLAIN}', LEAF),
    whole("a small example last", f'{PLAIN}\nThe form was {{"title": ""}}.', LEAF),
    whole("the same answer twice", f"{PLAIN}\n{PLAIN}", LEAF),
    whole("the same answer twice with words", f"Draft: {PLAIN}\nFinal: {PLAIN}", LEAF),
    again("two answers of a size", f'First: {PLAIN}\nBetter: {{"title": "Leaf", "minutes": 6}}', SEVERAL),
    again("one object after the other", '{"title": "Leaves"}\n{"minutes": 5, "level": 2}', IN_A_ROW),
    again("objects in a row without brackets", '{"title": "Leaves"}, {"title": "Roots"}', PART),
    again("one object per line and a third", '{"a": 1}\n{"a": 1}\n{"b": 2}', IN_A_ROW),
    again("a list of objects", f"[{PLAIN}]", "it is a list, not an object"),
    again("a list of objects in a fence", f"```json\n[{PLAIN}, {PLAIN}]\n```", "it is a list, not an object"),
    again("an object beside a larger list", f"{PLAIN} from [{PLAIN}, {PLAIN}]", "it is a list, not an object"),
    again("a text", '"Leaves"', "it is a text, not an object"),
    again("an object inside a text", '"{\\"title\\": \\"Leaves\\"}"', "it is a text, not an object"),
    again("a number", "42", "it is a number, not an object"),
    again("null", "null", "it is a literal, not an object"),
]

SEPARATORS = [
    mended("a comma after the last member", '{"title": "Leaves", "minutes": 5,}', LEAF),
    mended("a comma after the last item", '{"points": ["a", "b",]}', {"points": ["a", "b"]}),
    mended("commas after everything", '{"a": [1, 2,], "b": {"c": 3,},}', {"a": [1, 2], "b": {"c": 3}}),
    mended("a comma too many between members", '{"title": "Leaves",, "minutes": 5}', LEAF),
    mended("no comma between members", '{"title": "Leaves" "minutes": 5}', LEAF),
    mended("no comma at a line's end", '{\n  "title": "Leaves"\n  "minutes": 5\n}', LEAF),
    mended("no comma after a number", '{"minutes": 5 "title": "Leaves"}', LEAF),
    mended("no comma after a list", '{"points": ["a"] "minutes": 5}', {"points": ["a"], "minutes": 5}),
    mended("no comma between objects", '{"all": [{"a": 1} {"a": 2}]}', {"all": [{"a": 1}, {"a": 2}]}),
    mended("no comma between texts of a list", '{"points": ["warm"\n "fast"]}', {"points": ["warm", "fast"]}),
    again("a comma too many in a list", '{"points": ["a",, "b"]}', NO_VALUE),
    again("no comma between numbers", '{"sizes": [1 2]}', NO_COMMA_IN_LIST),
    again("no colon", '{"title" "Leaves"}', 'a colon is missing after "title"'),
    again("an equals sign for a colon", '{"title" = "Leaves"}', 'a colon is missing after "title"'),
    again("a semicolon for a comma", '{"minutes": 5; "title": "Leaves"}', NO_COMMA),
    again("a key without a value", '{"title": "Leaves", "minutes": }', NO_VALUE),
    again("a value without a key", '{"title": "Leaves", 5}', BEHIND),
]

QUOTES = [
    mended("single quotes", "{'title': 'Leaves', 'minutes': 5}", LEAF),
    mended("single quotes and an apostrophe", "{'title': 'the tree's leaf'}", {"title": "the tree's leaf"}),
    mended("single quotes and an escape", "{'title': 'the tree\\'s leaf'}", {"title": "the tree's leaf"}),
    mended("single quotes around a quotation", "{'title': 'a \"leaf\" is'}", {"title": 'a "leaf" is'}),
    mended("typographic quotes", "{“title”: “Leaves”, “minutes”: 5}", LEAF),
    mended("keys without quotes", '{title: "Leaves", minutes: 5}', LEAF),
    mended("quoted words inside a text", '{"title": "a "leaf" is green"}', {"title": 'a "leaf" is green'}),
    mended("a text that ends in a quotation", '{"title": "it is a "leaf""}', {"title": 'it is a "leaf"'}),
    mended("quoted words inside an item", '{"points": ["so "warm" here", "b"]}', {"points": ['so "warm" here', "b"]}),
    mended("a quotation without spaces", '{"title": "他说"你好"吗"}', {"title": '他说"你好"吗'}),
    mended("a line break inside a text", '{"title": "Leaves\nand roots"}', {"title": "Leaves\nand roots"}),
    mended("a tab inside a text", '{"title": "Leaves\tand roots"}', {"title": "Leaves\tand roots"}),
    again("a quotation that does not end", '{"title": "a "leaf is green", "minutes": 5}', UNESCAPED),
    again("an inch mark inside a text", '{"title": "a 5" pot", "minutes": 5}', UNESCAPED),
    again("a quotation that looks like two items", '{"points": ["say "a", "b" now"]}', UNESCAPED),
    again("a text without its end, a key after it", '{"title": "Leaves, "minutes": 5}', BEHIND),
    again("a text without its end, an item after it", '{"points": ["warm, "fast"]}', UNESCAPED),
    again("a text without its beginning", '{"title": Leaves", "minutes": 5}', NO_VALUE),
    again("a key without its end", '{"title: "Leaves"}', 'a colon is missing after "title: "'),
    again("a key without its beginning", '{title": "Leaves"}', 'a colon is missing after "title"'),
    again("a bare word", '{"title": Leaves}', NO_VALUE),
    again("escaped throughout", '{\\"title\\": \\"Leaves\\"}', NO_KEY),
]

LITERALS = [
    mended("Python's literals", '{"a": True, "b": False, "c": None}', {"a": True, "b": False, "c": None}),
    mended("digits in groups", '{"words": 1_000}', {"words": 1000}),
    mended("a plus sign", '{"change": +5}', {"change": 5}),
    mended("an unknown escape", r'{"rule": "\d+ \alpha"}', {"rule": r"\d+ \alpha"}),
    mended("spaces that do not break", '{"title":\xa0"Leaves",\u2003"minutes":\u200b5}', LEAF),
    again("not a number", '{"minutes": NaN}', "it holds a number that JSON does not know"),
    again("an infinite number", '{"minutes": -Infinity}', "it holds a number that JSON does not know"),
    again("a number beyond all", '{"minutes": 1e999}', "it holds a number that JSON does not know"),
    again("a hexadecimal number", '{"minutes": 0x1F}', NO_VALUE),
    again("a number with a unit", '{"minutes": 5 min}', NO_COMMA),
    again("a number with a comma", '{"words": 1,000}', NO_KEY),
    again("a number with a leading zero", '{"minutes": 05}', NO_VALUE),
    again("a number without its beginning", '{"minutes": .5}', NO_VALUE),
    again("undefined", '{"minutes": undefined}', NO_VALUE),
    again("a number beyond all in a damaged text", "{'minutes': 1e999}", "this number is too large"),
    again("half a character", '{"title": "\\ud83d"}', "it holds half of a character"),
    again("an escape of another language", r'{"title": "\x41", }', "a backslash is not doubled"),
    whole("a key twice", '{"minutes": 3, "title": "Leaves", "minutes": 5}', LEAF),
    again("a key twice in a damaged text", '{"a": 1, "b": 2, "a": 3,}', 'the key "a" comes twice in one object'),
]

COMMENTS = [
    mended("a comment at a line's end", '{\n"title": "Leaves", // the name\n"minutes": 5\n}', LEAF),
    mended("a comment of one line", '{\n# about plants\n"title": "Leaves", "minutes": 5}', LEAF),
    mended("a comment between marks", '{"title": "Leaves", /* short */ "minutes": 5}', LEAF),
    whole("slashes inside a text", '{"link": "https://leaves.example"}', {"link": "https://leaves.example"}),
    again("a comment over a member", '{\n"title": "Leaves",\n// "level": 2,\n"minutes": 5}', HIDING),
    again("a comment that stands for the rest", '{"points": ["a", // ... and so on\n"b"]}', HIDING),
    again("a comment that says what is missing", '{"points": ["a" /* remaining points omitted */]}', HIDING),
    again("a comment that does not end", '{"title": "Leaves" /* short }', "a comment does not end"),
    again("a comment without a word", '{"sizes": [1, #\n2]}', HIDING),
    again("a mark that is no comment", '{"is_short": #rue}', NO_VALUE),
    again("dots for the rest", '{"title": "Leaves", ...}', BEHIND),
    again("dots for the other items", '{"points": ["a", ...]}', BEHIND),
]

CUT = [
    again("cut after the opening", "{", BROKEN_OFF),
    again("cut in a key", '{"title": "Leaves", "minu', UNESCAPED),
    again("cut after a key", '{"title": "Leaves", "minutes"', BROKEN_OFF),
    again("cut after a colon", '{"title": "Leaves", "minutes":', BROKEN_OFF),
    again("cut in a text", '{"title": "Leav', UNCLOSED),
    again("cut in a number", '{"title": "Leaves", "minutes": 1', BROKEN_OFF),
    again("cut in a literal", '{"title": "Leaves", "is_short": tr', NO_VALUE),
    again("cut after a comma", '{"title": "Leaves",', BROKEN_OFF),
    again("cut after an inner object", '{"lessons": [{"title": "Leaves"}', BROKEN_OFF),
    again("cut between inner objects", '{"lessons": [{"title": "Leaves"}, ', BROKEN_OFF),
    again("cut after an inner list", '{"lessons": [{"title": "Leaves"}]', BROKEN_OFF),
    again("cut in an escape", '{"title": "Leaves\\', UNCLOSED),
    again("cut inside a fence", '```json\n{"lessons": [{"title": "Leaves"}, {"tit\n```', "a key is not closed"),
    again("cut and a sentence after it", '{"lessons": [{"title": "Leaves"}\n\nShall I go on?', NO_COMMA_IN_LIST),
    again("the beginning is lost", '"overview": {"title": "Leaves"}, "minutes": 5}', PART),
    again("the opening before a list is lost", '"title": [null, {"points": null}]}', PART),
    again("the beginning up to an inner object is lost", 'null, {"points": ["warm"]}]}', UNOPENED),
    again("only the opening is lost", '"title": "Leaves", "minutes": 5}', UNOPENED),
    again("the beginning of a list is lost", '{"title": "Leaves"}, {"title": "Roots"}]}', PART),
]

BRACKETS = [
    again("a brace too many at the end", f"{PLAIN}}}", UNOPENED),
    again("brackets too many at the end of a fence", f"```json\n{PLAIN}]}}\n```", UNOPENED),
    again("a bracket is missing", '{"points": ["warm", "fast"}', BEHIND),
    again("a brace is missing", '{"lessons": [{"title": "Leaves"], "minutes": 5}', BEHIND),
    again("brackets crossed", '{"points": ["warm", "fast"}]', BEHIND),
    again("an object closed too early", '{"lesson": {"title": "Leaves"}, "title": "Light"}}', UNOPENED),
    again("a brace too many in the middle", '{"title": "Leaves"}, "minutes": 5}', PART),
    again("braces doubled", '{{"title": "Leaves"}}', NO_KEY),
    again("braces alone", "{" * 1000, NO_KEY),
    again("deeper than anything", '{"a":' * 5000 + "1" + "}" * 5000, "it is nested deeper than 64 levels"),
    again("damaged and deep", "{'a': " + "[" * 90 + "]" * 90 + "}", "it is nested deeper than 64 levels"),
    again("deeper than allowed", '{"a":' * 65 + "1" + "}" * 65, "it is nested deeper than 64 levels"),
]

OTHER = [
    again("nothing", "", ABSENT),
    again("white space", " \n\t", ABSENT),
    again("a refusal", "I'm sorry, but I can't write about that topic.", ABSENT),
    again("a refusal with brackets", "I cannot [as an assistant] write {this}.", ABSENT),
    again("a question back", 'Which "topic" do you mean: leaves, or roots?', ABSENT),
    again("a web page", "<!DOCTYPE html><html><body>502 Bad Gateway</body></html>", "it is a web page, not JSON"),
    again("a web page with data", f"<html><script>{PLAIN}</script></html>", "it is a web page, not JSON"),
    again("YAML", "title: Leaves\nminutes: 5\n", ABSENT),
    again("a Markdown outline", "# Leaves\n\n- warm\n- fast\n", ABSENT),
    again("an XML answer", "<lesson><title>Leaves</title></lesson>", ABSENT),
    again("a function call", "make_lesson(title='Leaves', minutes=5)", ABSENT),
    whole("an empty object", "{}", {}),
    whole("a refusal in the form asked for", '{"error": "I cannot help"}', {"error": "I cannot help"}),
    whole("names in other scripts", '{"título": "Hojas", "名": "叶"}', {"título": "Hojas", "名": "叶"}),
    whole("escaped characters", '{"title": "\\ud83c\\udf3f leaf"}', {"title": "\U0001f33f leaf"}),
    mended(
        "many small faults at once",
        "Sure!\n```json\n{'title': 'Light', // name\n points: ['warm', 'fast',]\n 'minutes': 12,}\n```",
        LESSON,
    ),
]

CORPUS = [
    *WRAPPED,
    *THOUGHTS,
    *SEVERAL_VALUES,
    *SEPARATORS,
    *QUOTES,
    *LITERALS,
    *COMMENTS,
    *CUT,
    *BRACKETS,
    *OTHER,
]
