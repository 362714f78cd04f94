"""How far joining may go: the limit on all elements, and the least and most a template wants of each kind."""

from __future__ import annotations

from dataclasses import dataclass

from granulator.granulation.drafts.fields import objects
from granulator.model import Template

NO_MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Bounds:
    """The limit on ``totalElements`` and the template whose rules hold below it."""

    limit: int
    template: Template

    def least(self, rule: str | None, path: str | None, default: int = 1) -> int:
        """Return the smallest count that ``min<rule>`` and the template's level at ``path`` allow."""
        return max([default, *self._found("min", rule, path)])

    def most(self, rule: str | None, path: str | None) -> int:
        """Return the largest count that ``max<rule>`` and the template's level at ``path`` allow, at least 1."""
        return max(1, min([NO_MOST, *self._found("max", rule, path)]))

    def _found(self, key: str, rule: str | None, path: str | None) -> list[int]:
        rules = self.template.validation_rules
        levels = [level for level in objects(self.template.structure_rules, "levels") if level.get("path") == path]
        found = [bound for level in levels if isinstance(bound := level.get(key), int)]
        return [*found, rules[f"{key}{rule}"]] if f"{key}{rule}" in rules else found
