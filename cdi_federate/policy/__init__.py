"""Who may see what. Pure; default deny; deny beats mask, mask beats allow.

model    roles, rules and users, as the catalog's files say   decide   what a role may see of one entity
roles    which role a user may take
"""
