"""Texts written for these tests, and short ways to read them."""

from __future__ import annotations

from granulator.extraction import candidates, documents, ranking, sections
from granulator.extraction.candidates import Vocabulary
from granulator.extraction.documents import Document
from granulator.extraction.sections import Reading
from granulator.model import Source

HARBOUR = """# Running a Small Harbour

A harbour master decides which vessels may enter, where they lie and when they must leave. This handbook describes the \
daily work of a small harbour with one lock.

## Table of contents

- [Berths](#berths)
- [The lock](#the-lock)

## Berths

A berth is a numbered place at the quay where one vessel can lie. The harbour office assigns every berth before the \
vessel passes the breakwater. A mooring line is a rope that holds a vessel at the quay. Every vessel longer than \
12 metres must use four mooring lines. A fender is a cushion that keeps the hull away from the stone of the quay.

The berth plan is kept in a file that the office computer reads at `06:00` every morning:

```text
berth 4: Anna Lena, until Friday
berth 5: free
```

The command `harbour assign` writes a new entry into the berth plan. The command `harbour release` removes an entry \
when a vessel has left. A skipper who leaves without notice pays for 3 days.

- **Quay**: the stone wall at which vessels lie while they load cargo
- **Breakwater**: a long dam that keeps heavy waves out of the basin
- **Slipway**: a sloping ramp on which small boats are pulled ashore for repairs
- **Dolphin**: a group of piles that stands alone in deep water and carries a light
- **Bollard**: a short iron post around which ropes are laid

## The lock

The lock joins the basin to the river. A sluice gate is a plate that slides upwards and lets water into the lock \
chamber. A mitre gate is a pair of doors that meet at an angle against the pressure of the river. The lock keeper \
opens the mitre gates only when the water on both sides stands equally high. A full passage \
takes 25 minutes at low tide.

To lock a vessel through, follow these steps in order:

1. Signal the vessel to wait behind the yellow line.
2. Fill the chamber until the gauge shows river level.
3. Open the upper doors and let the vessel in.
4. Close the upper doors behind the stern.

The lock keeper writes each passage into the log book, with the name of the vessel and the time. The log book is \
collected by the water authority once a year. Never open a sluice gate while a vessel is moving inside the chamber. \
A surge wave is a sudden rise of the water that can tear a vessel from its lines.

## Weather

A storm warning closes the harbour entrance for vessels shorter than 8 metres. The signal mast shows a red cone when \
the entrance is closed. The wind gauge on the signal mast reports its reading to the office every 10 minutes. The \
harbour master lifts a storm warning when the wind gauge has stayed below the limit for one hour. Fog is a different \
matter, because the radar cannot see wooden dinghies. In fog the pilot boat leads each vessel \
from the buoy to its berth.

## License

Copyright the authors of this handbook, who allow everyone to copy it.
"""

HTML = """<!doctype html><html><head><title>Bread &amp; Time</title><style>p { color: red }</style></head><body>
<nav><a href="/">Home page of the bakery</a></nav>
<h1>Bread &amp; Time<a class="headerlink" href="#bread">¶</a></h1>
<p>A <b>sourdough</b> is a dough that rises with wild yeast.<br>It needs 12&nbsp;hours.</p>
<pre>mix flour
rest 1h</pre>
<dl><dt>Crumb</dt><dd>The soft inner part of a loaf.</dd></dl>
<ol><li>Mix the flour<li>Bake the loaf</ol>
<script>var hidden = "no text";</script><footer>All rights reserved by the bakery.</footer></body></html>
"""

RST = """=========
 Kites
=========

:Author: nobody

A *kite* is a tethered craft.  It is held by
a ``line`` and a :term:`bridle`.

Flying
======

.. note:: Wind is needed.

.. code-block:: python

   fly(height=30)

Launch it like this::

    run(into="wind")

Then wait.

.. image:: kite.png
   :alt: no text
"""


def document(text: str, form: str = "markdown") -> Document:
    assert form in ("markdown", "html", "text")
    kind = "markdown" if form == "markdown" else "html" if form == "html" else "text"
    return documents.read(Source(kind, text=text))


def reading(text: str = HARBOUR, form: str = "markdown") -> Reading:
    return sections.read(document(text, form))


def vocabulary(text: str = HARBOUR, form: str = "markdown") -> Vocabulary:
    return candidates.vocabulary(reading(text, form))


def ranks(of: Reading) -> dict[int, float]:
    stems = [of.sentences[order].stems for order in of.usable]
    return dict(zip(of.usable, ranking.textrank(stems), strict=True))
