"""Documents with procedures, written for these tests."""

from __future__ import annotations

BREWERY = """# Cellar handbook

The cellar holds twelve tanks. A fermenter is a closed tank in which yeast turns sugar into alcohol.

## Filling a tank

The cellar master fills a tank only when the brew house has announced a batch. The brewer follows these steps:

1. Check the pressure gauge. If the gauge shows more than 2 bar, go to step 5.
2. Rinse the tank with hot water.
3. If the tank smells of vinegar, repeat step 2. Otherwise, drain the water.
4. The shift leader writes a label with the number of the batch.
5. Open the valve slowly. If the valve leaks, close the main tap.
6. Attach the label to the tank, using a wire clamp.
7. Run the filling program:

       tankctl fill --slow

8. Repeat step 7 until the scale shows 900 kg.

## Emptying a tank

First, close the inlet valve and warn the brewer. Then open the outlet valve. After that, wait for the pump to run \
dry. Finally, close the outlet valve and write the time into the log.

## Good to know

- Yeast is alive and dislikes sudden changes of temperature.
- Tanks of steel last longer than tanks of copper.
- Labels come in rolls of one hundred.

## Ways to cool a tank

There are three ways to cool a tank:

1. Use the cooling jacket.
2. Use the cold room.
3. Use ice around the wall.

## Release notes

1. Add a second gauge to every tank.
2. Fix the leaking tap of tank four.
3. Remove the old pump from the cellar.
"""

SECTIONS = """# Moving the archive

This guide is for the office that moves its paper archive.

## Step 1: Sort the folders

Sort all folders by year. Throw away copies.

## Step 2: Pack the boxes

Pack the folders of one year into one box.

- Write the year on the lid.
- Tape the box from below.
- Weigh the box on the scale.

## Step 3: Hand the boxes over

Give the boxes to the driver. Keep the receipt in the office.

## Step 4: Lock the empty room
"""

RUNBOOK = """# Restart runbook

## Restarting the queue

1. Announce the restart in the channel of the team.
2. Stop the workers with `queuectl stop`.
3. If messages are left in the queue, create a backup of the queue.
4. Start the workers with `queuectl start`.
5. Compare the backup with the queue.

## Replacing a disk

1. Mark the disk as failed.
2. Pull the disk out of the rack.
3. Insert the new disk.
4. Watch the rebuild until it ends.
"""
