"""The query path, pure: text and trees in, values out. No engine, no files, no network."""
