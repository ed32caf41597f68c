"""Who may see what: the model of policies and the decision. Pure; default deny; deny beats allow."""
