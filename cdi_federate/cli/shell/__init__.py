"""`cdi shell`: a prompt over one federation.

loop         read, answer, again; an error does not end it        typed     when a statement is complete
commands     .tables .describe .explain …                         complete  what may come next at the cursor
"""
