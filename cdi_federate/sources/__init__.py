"""One kind of source a file, and the registry of kinds."""
