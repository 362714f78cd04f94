"""``/docs``: one page that a browser shows without scripts or other files, with an anchor for every error code."""

from __future__ import annotations

import base64
import hashlib
import re
import shlex
import warnings
from html.parser import HTMLParser

import html5lib
import httpx
import pytest

from granulator import errors
from granulator.api import docs
from granulator.api.endpoint import Endpoint, Parameter
from granulator.api.routes import ENDPOINTS


class Outline(HTMLParser):
    """The tags of a page with their attributes, its ids and the text of its code blocks."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.blocks: list[str] = []
        self.is_block = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "pre":
            self.is_block = True
            self.blocks.append("")

    def handle_endtag(self, tag: str) -> None:
        self.is_block = self.is_block and tag != "pre"

    def handle_data(self, data: str) -> None:
        if self.is_block:
            self.blocks[-1] += data

    def values(self, attribute: str) -> list[str]:
        return [value for _, attributes in self.tags if (value := attributes.get(attribute))]


@pytest.fixture
def page() -> Outline:
    return Outline(docs.page(ENDPOINTS))


async def test_the_page_is_sent_as_html_to_anyone(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.get("/docs")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.text == docs.page(ENDPOINTS)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert (await anonymous.head("/docs")).content == b""


async def test_the_page_takes_no_parameter_and_no_other_method(anonymous: httpx.AsyncClient) -> None:
    asked, posted = await anonymous.get("/docs?q=jobs"), await anonymous.delete("/docs")

    assert (asked.status_code, asked.json()["details"]["field"]) == (400, "q")
    assert (posted.status_code, posted.headers["Allow"]) == (405, "GET, HEAD")


async def test_the_policy_admits_the_style_of_the_page_and_nothing_else(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.get("/docs")

    style = re.findall("<style>(.*?)</style>", answer.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style[0].encode()).digest()).decode()
    assert len(style) == 1
    assert answer.headers["Content-Security-Policy"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def test_the_page_is_valid_html() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        html5lib.HTMLParser(strict=True).parse(docs.page(ENDPOINTS))


def test_the_page_needs_no_script_and_no_other_file(page: Outline) -> None:
    assert {"script", "img", "link", "iframe", "object", "form"} & {tag for tag, _ in page.tags} == set()
    assert page.values("src") == page.values("style") == page.values("onclick") == []
    assert [href for href in page.values("href") if not href.startswith("#")] == ["/openapi.json"]
    assert "url(" not in docs.STYLE
    assert "@import" not in docs.STYLE


def test_every_error_code_has_an_anchor_with_its_status_meaning_and_suggestion() -> None:
    html = docs.page(ENDPOINTS)

    for code, error in errors.by_code().items():
        row = re.search(rf'<tr id="{code}">(.*?)</tr>', html, re.DOTALL)
        assert row is not None, code
        assert f"<td>{error.status}</td>" in row[1]
        assert (error.__doc__ or "").splitlines()[0] in row[1]
        assert error.suggestion.partition("'")[0] in row[1]


def test_every_link_into_the_page_leads_somewhere_and_ids_are_unique(page: Outline) -> None:
    ids = page.values("id")

    assert len(set(ids)) == len(ids)
    assert {href[1:] for href in page.values("href") if href.startswith("#")} <= set(ids)
    assert set(page.values("aria-labelledby")) <= set(ids)


def test_headings_and_landmarks_give_the_page_an_outline(page: Outline) -> None:
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(deeper - level <= 1 for level, deeper in zip(levels, levels[1:], strict=False))
    assert [tag for tag, _ in page.tags if tag in ("header", "nav", "main")] == ["header", "nav", "main"]
    assert ("html", {"lang": "en"}) in page.tags


def test_every_endpoint_is_shown_with_a_command_that_calls_it(page: Outline) -> None:
    commands = [shlex.split(block.replace("\\\n", " ")) for block in page.blocks if block.startswith("curl")]

    assert len(commands) == len(ENDPOINTS)
    for endpoint, command in zip(ENDPOINTS, commands, strict=True):
        url = next(word for word in command if word.startswith("$GRANULATOR"))
        path = url.removeprefix("$GRANULATOR").partition("?")[0]
        assert re.fullmatch(re.sub("{.*?}", "[^/{}]+", endpoint.path), path)
        assert ("-d" in command) == bool(endpoint.body)
        is_authorised = any(re.search(r"\$(API_KEY|SESSION_TOKEN|WORKER_TOKEN)", word) for word in command)
        assert is_authorised == path.startswith("/api/")


def test_the_fields_of_a_body_are_shown_with_their_limits() -> None:
    html = docs.page(ENDPOINTS).replace("<wbr>", "")

    for name, value in (
        ("input.topic", "string 1 to 500 characters, required"),
        ("input.granularityLevel", "integer 1 to 5, default <code>3</code>"),
        ("input.requiredElements[].minAppearances", "integer 1 to 100, default <code>1</code>"),
        ("config.maxCostUsd", "number above 0 up to 1,000"),
        ("input.source.format", "<code>markdown</code>, <code>html</code> or <code>text</code>, required"),
    ):
        assert f'<th scope="row"><code>{name}</code></th><td>{value}</td>' in html


def test_text_that_looks_like_html_is_shown_as_text() -> None:
    async def handler(request: object) -> object:
        """Take <b>anything</b> & more."""
        return request

    odd = Parameter("a<b", {"type": "string"}, "Not </table> but <script>.", example='"><i>')
    html = docs.page([Endpoint("GET", "/api/x", handler, "odd", {204: ()}, parameters=(odd,))])  # type: ignore[arg-type]

    assert "Take &lt;b&gt;anything&lt;/b&gt; &amp; more." in html
    assert "<code>a&lt;b</code>" in html
    assert "Not &lt;/table&gt; but &lt;script&gt;." in html
    assert "<script>" not in html
    assert "<i>" not in html


def test_the_page_says_of_a_code_that_nothing_answers_with_it_yet() -> None:
    html = docs.page(ENDPOINTS)

    unused = {code for code, row in re.findall(r'<tr id="([A-Z_]+)">(.*?)</tr>', html, re.DOTALL) if "Not used" in row}
    answered = {error.code for item in ENDPOINTS for error in (*item.all_errors, *item.failures)}
    assert unused == set(errors.by_code()) - answered - {"NOT_FOUND", "METHOD_NOT_ALLOWED"}
