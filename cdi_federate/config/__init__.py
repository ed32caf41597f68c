"""Reading files of configuration: YAML that knows its places, `${…}`, secrets, and the shapes of the catalog's files.

The only package that imports yaml.
"""
