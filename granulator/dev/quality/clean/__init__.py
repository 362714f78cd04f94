"""Clean structures to measure with: written by hand or by the local author from real documents; breaks nothing."""
