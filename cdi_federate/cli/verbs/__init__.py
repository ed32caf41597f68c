"""The verbs of `cdi`, one a file; each returns its exit code, None for 0."""
