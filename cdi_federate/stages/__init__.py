"""The frozen values that pass between stages, and the ports through which a stage reaches the world.

    subject    who asks                                   clauses   the closed grammar of what may be pushed
    query      ParsedQuery → BoundQuery → AuthorisedQuery  relations where rows stand: files, attached tables, memory
    plan       Scan, Branch, Plan → Step, FederatedPlan    facts     what a source says of its columns
    proof      exact, superset, local, with a reason       ports     Source, Engine
    events     what a running query tells

A tree inside a value is never changed: `tree.edit` copies first.
"""
