"""Queries in a process of their own that can open nothing but the sources: the third wall.

boot     the process, run as a file: reads the catalog, walls itself in, then imports what meets users' SQL.
serve    what it does then: plans and runs, and asks before each line of the audit log.
reach    which files and ports the sources of a catalog need.
worker   the process as its parent sees it: started, asked, killed.
stream   the bytes of its answers.
message  errors and figures as JSON: the parent takes nothing else from a process that it does not trust.
asking   one query there, and its lines in the audit log.
answer   its answer.
face     the federation.
"""
