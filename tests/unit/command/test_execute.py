"""How the command shows a structure: its title, its groups and what is in them."""

from __future__ import annotations

import pytest

from granulator.command.execute import SHAPES, outline
from granulator.model import StructureType
from tests.unit.granulation.samples import clean, novel


@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        (
            StructureType.NOVEL,
            [
                "The Keeper's Ledger",
                "├── Low water",
                "│   ├── The box under the stairs",
                "│   ├── A sum in red ink",
                "├── Spring tide",
                "│   ├── What the boatman saw",
                "│   ├── An offer for the headland",
                "│   ├── The lamp goes out",
                "├── Slack water",
                "│   ├── Open court",
                "",
            ],
        ),
        (
            StructureType.WORKFLOW,
            [
                "Returning a faulty bicycle",
                "├── Receive the bicycle",
                "├── Examine the fault",
                "├── Choose between repair and refund",
                "├── Repair the bicycle",
                "├── Test the repair",
                "├── Pay the money back",
                "├── Hand the bicycle over",
                "",
            ],
        ),
        (
            StructureType.KNOWLEDGE_MAP,
            [
                "How bread rises",
                "├── Leavening",
                "├── Yeast",
                "├── Sourdough starter",
                "├── Gluten",
                "├── Oven spring",
                "├── Fermentation",
                "├── Chemical leavener",
                "",
            ],
        ),
        (
            StructureType.LEARNING_PATH,
            [
                "From rider to bicycle mechanic",
                "├── Know the parts",
                "│   ├── Name every part of your own bicycle with the help of the manual.",
                "│   ├── Take off both wheels and put them back on.",
                "├── Brakes that stop",
                "│   ├── Change the pads of a rim brake and set their angle.",
                "├── Straight wheels",
                "│   ├── Bring a bent wheel back to two millimetres on the stand.",
                "├── Help at the repair café",
                "│   ├── Repair three bicycles under the eyes of a senior volunteer.",
                "",
            ],
        ),
    ],
)
def test_a_structure_is_shown_by_its_title_its_groups_and_their_leaves(kind: StructureType, lines: list[str]) -> None:
    assert list(outline(kind.value, clean(kind))) == lines


@pytest.mark.parametrize("kind", StructureType)
def test_every_type_can_be_shown(kind: StructureType) -> None:
    shown = list(outline(kind.value, clean(kind)))

    assert len(shown) > 6
    assert all(line.strip("├│─ ") for line in shown[:-1])
    assert set(SHAPES) == {each.value for each in StructureType}


def test_an_act_without_a_title_is_shown_by_its_purpose_on_one_line() -> None:
    structure = novel()
    del structure["acts"][0]["title"]
    structure["acts"][0]["purpose"] = "Ines finds\nthe ledger."

    assert list(outline("novel", structure))[1] == "├── Ines finds the ledger."
