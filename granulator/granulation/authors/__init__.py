"""Who writes the content: one module per kind of author, behind the protocol of ``base``."""
