"""The page ``/docs``: endpoints, credentials and error codes as one HTML text without scripts or other files. Pure."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Final, cast
from urllib.parse import urlencode

from granulator import __version__, errors
from granulator.api import openapi
from granulator.api.auth import SESSION_HEADER
from granulator.api.endpoint import Credential, Endpoint, Parameter
from granulator.model import Json, JsonObject

EXACT: Final = 10**12

STYLE: Final = """
:root { color-scheme: light dark; --text: #1c2024; --soft: #565e67; --page: #fff; --panel: #f4f5f7; --line: #d9dde2;
  --link: #0a58ca; --mark: #fff3bf; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e7eb; --soft: #a3acb7; --page: #14171a; --panel: #1f2328;
  --line: #363c44; --link: #7ab4ff; --mark: #4a3f0b; } }
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; padding: 1.5rem 1.25rem 5rem; max-width: 60rem; color: var(--text); background: var(--page);
  font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: break-word; }
h1, h2, h3, h4 { line-height: 1.25; text-wrap: balance; }
h1 { font-size: 2rem; margin: 0 0 .5rem; }
h1 small { font-size: 1rem; font-weight: 400; color: var(--soft); }
h2 { margin: 3.5rem 0 1rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line); font-size: 1.5rem; }
h3 { margin: 2.5rem 0 .5rem; font-size: 1.125rem; }
h4 { margin: 1.25rem 0 .4rem; font-size: .875rem; color: var(--soft); }
p { margin: .5rem 0; max-width: 46rem; }
a { color: var(--link); text-underline-offset: .15em; }
h3 a, th a { color: inherit; text-decoration: none; }
h3 a:hover, th a:hover { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: .5rem; padding: .4rem .8rem; background: var(--page); }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding: 0; list-style: none; }
code, pre { font-family: ui-monospace, "Cascadia Code", Menlo, Consolas, monospace; font-size: .875em; }
pre { margin: .4rem 0; padding: .8rem 1rem; overflow-x: auto; background: var(--panel); border-radius: .4rem;
  font-size: .875rem; line-height: 1.5; }
pre code { font-size: inherit; }
table { table-layout: auto; border-collapse: collapse; width: 100%; font-size: .9375rem; }
th, td { padding: .4rem .9rem .4rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
thead th { font-size: .8125rem; font-weight: 600; color: var(--soft); }
tbody th { width: min(18rem, 42%); font-weight: 500; }
tr:target > *, :target > h3 { background: var(--mark); }
dl { display: grid; grid-template-columns: 3.5rem 1fr; gap: .3rem 0; margin: .4rem 0; font-size: .9375rem; }
dd { margin: 0; }
.soft { color: var(--soft); }
@media print { nav, .skip { display: none; } }
"""

_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode("utf-8")).digest()).decode("ascii")

HEADERS: Final = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
"""What keeps a browser from running or fetching anything for the page; the hash admits exactly STYLE."""

CREDENTIALS: Final[Mapping[Credential, tuple[str, tuple[str, ...]]]] = {
    "key": ("API key", ("X-API-Key: $API_KEY",)),
    "session": ("Session", (f"{SESSION_HEADER}: $SESSION_TOKEN",)),
    "worker": ("Worker", ("Authorization: Bearer $WORKER_TOKEN", "X-Worker-ID: my-worker")),
}
"""Each credential's name and the headers that carry it."""


def page(endpoints: Sequence[Endpoint]) -> str:
    """Return the HTML page that describes ``endpoints`` and every error code."""
    described = openapi.document(endpoints)
    groups = list(dict.fromkeys(endpoint.group for endpoint in endpoints))
    sections = [_group(group, [item for item in endpoints if item.group == group], described) for group in groups]
    anchors = {"credentials": "Credentials", **{group: _title(group) for group in groups}, "errors": "Error codes"}
    listed = "".join(f'<li><a href="#{name}">{escape(title)}</a></li>' for name, title in anchors.items())
    paragraphs = "".join(f"<p>{_prose(text)}</p>" for text in openapi.DESCRIPTION.split("\n\n"))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Granulator API {escape(__version__)}</title>
<style>{STYLE}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
<h1>Granulator API <small>{escape(__version__)}</small></h1>
{paragraphs}
<p>The same for programs, with the shape of every answer: <a href="/openapi.json">/openapi.json</a></p>
</header>
<nav aria-label="Contents"><ul>{listed}</ul></nav>
<main id="content">
{_credentials()}
{"".join(sections)}
{_errors(endpoints)}
</main>
</body>
</html>
"""


def _credentials() -> str:
    rows = [
        (escape(name), "<br>".join(f"<code>{escape(header)}</code>" for header in headers))
        for name, headers in CREDENTIALS.values()
    ]
    return f"""<section id="credentials" aria-labelledby="credentials-title">
<h2 id="credentials-title">Credentials</h2>
<p>Everything below <code>/api</code> needs one of these. Every credential that is sent is checked: one that is invalid
is refused even beside a valid one. A worker may name the tenant it acts for in <code>X-Client-ID</code>.</p>
<p>The examples read the address and the credential from the shell:</p>
<pre tabindex="0"><code>GRANULATOR=http://127.0.0.1:8787
API_KEY=gran_...   # granulator keys create --client NAME
WORKER_TOKEN=...   # one of SHARED_SECRET in the server's settings</code></pre>
{_table(("Credential", "Headers"), rows)}
</section>"""


def _group(group: str, endpoints: Sequence[Endpoint], described: JsonObject) -> str:
    parts = "".join(_endpoint(endpoint, described) for endpoint in endpoints)
    return f"""<section id="{group}" aria-labelledby="{group}-title">
<h2 id="{group}-title">{escape(_title(group))}</h2>
{parts}</section>
"""


def _title(group: str) -> str:
    return group.capitalize()


def _endpoint(endpoint: Endpoint, described: JsonObject) -> str:
    name = f"{endpoint.method} {endpoint.path}"
    anchor = re.sub("[^a-z]+", "-", name.lower()).strip("-")
    taken = [CREDENTIALS[credential][0] for credential in endpoint.accepted_credentials]
    tables = ""
    if endpoint.all_parameters:
        tables = "<h4>Parameters</h4>" + _table(
            ("Name", "Value"), [_parameter(item) for item in endpoint.all_parameters]
        )
    for model in endpoint.body:
        component = _component(described, model.__name__)
        tables += f"<h4>{_prose(_about(component))}</h4>" + _table(
            ("Field", "Value"), list(_fields(component, described))
        )
    return f"""<article id="{anchor}" aria-labelledby="{anchor}-title">
<h3 id="{anchor}-title"><a href="#{anchor}"><code>{escape(name)}</code></a></h3>
<p>{_prose(endpoint.summary)}</p>
<p class="soft">Credentials: {", ".join(taken) or "none"}</p>
{tables}
<h4>Example</h4>
<pre tabindex="0"><code>{escape(curl(endpoint))}</code></pre>
<h4>Answers</h4>
{_answers(endpoint, described)}
</article>
"""


def curl(endpoint: Endpoint) -> str:
    """Return a shell command that calls the endpoint, as a reader could type it."""
    values = {item.name: str(item.example) for item in endpoint.all_parameters if item.example is not None}
    path = endpoint.path.format_map(values)
    query = urlencode({item.name: values[item.name] for item in endpoint.parameters if item.name in values})
    method = f"-X {endpoint.method} " if endpoint.method == "DELETE" else ""
    lines = [f'curl {method}"$GRANULATOR{path}{"?" + query if query else ""}"']
    if endpoint.accepted_credentials:
        lines += [f'-H "{header}"' for header in CREDENTIALS[endpoint.accepted_credentials[0]][1]]
    if endpoint.example is not None:
        lines += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(json.dumps(endpoint.example, indent=2))}"]
    return " \\\n  ".join(lines)


def _parameter(parameter: Parameter) -> tuple[str, str]:
    where = {"query": "", "path": "In the path. ", "header": "A header. "}[parameter.where]
    value = _value(parameter.schema, is_required=parameter.is_required)
    return f"<code>{escape(parameter.name)}</code>", _prose(f"{value}. {where}{parameter.description}")


def _fields(model: JsonObject, described: JsonObject, prefix: str = "") -> Iterator[tuple[str, str]]:
    required = cast(Sequence[str], model.get("required", ()))
    for name, field in cast(Mapping[str, JsonObject], model.get("properties", {})).items():
        schema, steps = _core(field, described)
        value = _value({**schema, "default": field.get("default")}, is_list=bool(steps), is_required=name in required)
        about = f". {_about(schema)}" if "description" in schema and "enum" not in schema else ""
        yield f"<code>{_breakable(prefix + name)}</code>", _prose(value + about)
        yield from _fields(schema, described, f"{prefix}{name}{steps}.")


def _about(schema: JsonObject) -> str:
    return str(schema.get("description", "")).partition("\n")[0]


def _core(field: JsonObject, described: JsonObject) -> tuple[JsonObject, str]:
    """Return what a field holds behind references, lists, short forms and the null that stands for absence."""
    if options := [item for item in cast(Sequence[JsonObject], field.get("anyOf", ())) if item != {"type": "null"}]:
        # The full form stands last.
        return _core(options[-1], described)
    if isinstance(reference := field.get("$ref"), str):
        return _component(described, reference.rpartition("/")[2]), ""
    if isinstance(items := field.get("items"), dict):
        schema, steps = _core(items, described)
        return schema, f"[]{steps}"
    return field, ""


def _component(described: JsonObject, name: str) -> JsonObject:
    components = cast(Mapping[str, Mapping[str, JsonObject]], described["components"])
    return components["schemas"][name]


def _value(schema: JsonObject, *, is_list: bool = False, is_required: bool = False) -> str:
    default = schema.get("default")
    is_told = default is not None and "properties" not in schema
    parts = [
        f"list, each {_kind(schema)}" if is_list else _kind(schema),
        "required" if is_required else "",
        f"default `{json.dumps(default)}`" if is_told else "",
    ]
    return ", ".join(part for part in parts if part)


def _kind(schema: JsonObject) -> str:
    if "const" in schema:
        return f"`{schema['const']}`"
    if isinstance(names := schema.get("enum"), list):
        quoted = [f"`{name}`" for name in names]
        return " or ".join((", ".join(quoted[:-1]), quoted[-1]) if len(quoted) > 1 else quoted)
    limits = _limits(schema, "minimum", "maximum") + _limits(schema, "minLength", "maxLength", " characters")
    more = f" above {schema['exclusiveMinimum']}" if "exclusiveMinimum" in schema else ""
    pattern = f" of the form `{schema['pattern']}`" if "pattern" in schema else ""
    return f"{schema.get('type', 'any value')}{more}{limits}{pattern}"


def _limits(schema: JsonObject, least: str, most: str, unit: str = "") -> str:
    low, high = _number(schema.get(least)), _number(schema.get(most))
    if low and high:
        return f" {low} to {high}{unit}"
    return f" from {low}{unit}" if low else f" up to {high}{unit}" if high else ""


def _number(value: Json) -> str:
    """Limits that only keep a number exact are no news to a reader."""
    return f"{value:,}" if isinstance(value, int | float) and value < EXACT else ""


def _answers(endpoint: Endpoint, described: JsonObject) -> str:
    paths = cast(Mapping[str, Mapping[str, Mapping[str, Mapping[str, JsonObject]]]], described["paths"])
    responses = paths[endpoint.path][endpoint.method.lower()]["responses"]
    rows = (
        f"<dt>{status}</dt><dd>{_linked(_prose(str(said['description'])))}</dd>\n" for status, said in responses.items()
    )
    return f"<dl>\n{''.join(rows)}</dl>"


def _linked(prose: str) -> str:
    known = errors.by_code()
    return re.sub(r"\b[A-Z][A-Z_]+\b", lambda word: _link(word[0]) if word[0] in known else word[0], prose)


def _link(code: str) -> str:
    return f'<a href="#{code}"><code>{code}</code></a>'


def _errors(endpoints: Sequence[Endpoint]) -> str:
    answered = {error.code for item in endpoints for error in (*item.all_errors, *item.failures)}
    answered |= {errors.NotFound.code, errors.MethodNotAllowed.code}
    rows = "".join(
        _error_row(error, is_used=code in answered)
        for code, error in sorted(errors.by_code().items(), key=lambda item: (item[1].status, item[0]))
    )
    return f"""<section id="errors" aria-labelledby="errors-title">
<h2 id="errors-title">Error codes</h2>
<p>Every error body has <code>code</code>; programs decide by it, and <code>details.suggestion</code> says what to do.
</p>
<table>
<thead><tr><th scope="col">Code</th><th scope="col">Status</th><th scope="col">Meaning and what to do</th></tr></thead>
<tbody>
{rows}</tbody></table>
</section>"""


def _error_row(error: type[errors.GranulatorError], *, is_used: bool) -> str:
    code, meaning = error.code, (error.__doc__ or "").splitlines()[0]
    note = "" if is_used else ' <span class="soft">Not used in this version.</span>'
    return f"""<tr id="{code}"><th scope="row"><a href="#{code}"><code>{_breakable(code)}</code></a></th>
<td>{error.status}</td><td>{_prose(meaning)}{note}<br>{_prose(error.suggestion)}.</td></tr>
"""


def _table(columns: Sequence[str], rows: Sequence[tuple[str, str]]) -> str:
    """Return a table of rows that are HTML already; the first cell names its row."""
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    body = "".join(f'<tr><th scope="row">{name}</th><td>{cell}</td></tr>\n' for name, cell in rows)
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table>\n"


def _breakable(name: str) -> str:
    """Return a long name as HTML that may be broken between its words on a narrow screen."""
    return re.sub("([_.])", r"\1<wbr>", escape(name))


def _prose(text: str) -> str:
    """Return text as HTML; what stands between backticks is code."""
    return re.sub("`+([^`]+)`+", r"<code>\1</code>", escape(text, quote=False))
