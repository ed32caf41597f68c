"""How rows are written: one format a file, all of them streamed batch by batch, none by the engine.

names     the formats, and which one a file's suffix or a terminal asks for
text      Arrow columns → their text, exact and whole-column at a time
table     for people       lines     csv tsv json ndjson markdown       binary    parquet arrow
output    where the bytes go: the terminal, a pipe, a file that appears only when it is complete
"""
