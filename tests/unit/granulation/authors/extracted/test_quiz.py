"""The quiz of a source: what it is called."""

from __future__ import annotations

from dataclasses import replace

import pytest

from granulator.granulation.authors import local
from granulator.model import Source, StructureType
from tests.unit.extraction.samples import HARBOUR
from tests.unit.granulation.authors.extracted.written import brief


@pytest.mark.parametrize(
    ("named", "title"),
    [
        ("Harbour handbook", "Harbour handbook"),
        ("&lt;string&gt;", "Basin and quay"),
    ],
)
def test_a_quiz_is_called_by_the_title_of_the_source_unless_a_program_put_that_there(named: str, title: str):
    paragraphs = "".join(f"<p>{text}</p>" for text in HARBOUR.split("\n\n") if text[0] not in "#-`1")
    text = f"<title>{named}</title><h2>Basin and quay</h2>{paragraphs}"
    asked = replace(brief(StructureType.QUIZ, "", 1), source=Source("html", text=text))

    outline, _ = local.write(asked)

    assert outline.frame["title"] == title
