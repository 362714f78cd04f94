"""Drafts of whole answers, one file per structure type: good enough to pass Granulator's own validation."""
