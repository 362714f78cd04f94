"""What an answer calls its elements, turned into ids of ours; a reference may use an element's id or its name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from granulator.granulation.drafts.base import Fault
from granulator.granulation.wording import fold


class References:
    """The ids of ours for a list of elements, found by what the answer calls them."""

    def __init__(self, named: Iterable[tuple[str, str, str]]) -> None:
        """Take each element's id of ours, its id in the answer, and its name; an id goes before a name."""
        elements = list(named)
        self.ids = [ours for ours, _, _ in elements]
        self._found: dict[str, str] = {}
        for ours, said, _ in elements:
            self._found.setdefault(fold(said), ours)
        for ours, _, name in elements:
            self._found.setdefault(fold(name), ours)

    def find(self, name: str) -> str | None:
        return self._found.get(fold(name)) if name.strip() else None

    def known(self, names: Iterable[str]) -> list[str]:
        """Return the ids of ours, each once; names that mean nothing are left out."""
        return list(dict.fromkeys(ours for name in names if (ours := self.find(name)) is not None))

    def unknown(self, path: str, names: Iterable[str], noun: str) -> Iterator[Fault]:
        """Yield a fault for each name that means nothing."""
        for name in names:
            if self.find(name) is None:
                yield Fault(path, f'"{name[:80]}" is no {noun} of this answer')


def reachable(starts: Iterable[str], edges: Mapping[str, Sequence[str]]) -> set[str]:
    """Return the nodes that can be reached, the starts included."""
    seen = set(starts)
    waiting = list(seen)
    for node in waiting:
        fresh = [following for following in edges.get(node, ()) if following not in seen]
        seen.update(fresh)
        waiting.extend(dict.fromkeys(fresh))
    return seen


def reversed_edges(edges: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    turned: dict[str, list[str]] = {node: [] for node in edges}
    for node, following in edges.items():
        for target in following:
            turned.setdefault(target, []).append(node)
    return turned


def on_circles(edges: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the nodes from which a walk leads back to themselves, in the order of ``edges``."""
    return [node for node in edges if node in reachable(edges[node], edges)]
