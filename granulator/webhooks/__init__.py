"""Webhooks: whom we tell of a job's end, what we may connect to, and how a message gets there."""
