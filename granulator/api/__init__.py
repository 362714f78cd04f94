"""The HTTP edge: one module per URL prefix; everything below it is free of HTTP."""
