"""The measure of the checks: clean structures, one seeded defect at a time, and the rates that leaves; no check."""
