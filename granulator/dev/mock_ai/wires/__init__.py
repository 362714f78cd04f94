"""The vendors' wire formats: reading a request, writing answers, streams and errors; no content and no timing."""
