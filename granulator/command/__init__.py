"""What each sub-command of ``granulator`` does, one module each; the parsing is in ``__main__``."""
