"""The catalog: its frozen model, loading a folder of YAML, checking it, comparing two versions.

model      the frozen values that every later stage reads         load     a folder → a Catalog, or all its mistakes
draft      files as their shapes, with places                     check    what must hold between files
kinds      what each kind of source may be told                   build    checked files → the model
types      DuckDB's types in DuckDB's spelling                    diff     breaking and harmless changes
schema     the JSON Schema for editors                            template what `cdi init` writes
    expressions what a mapping's SQL may be                           revision a catalog out of git
"""
