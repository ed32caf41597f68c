"""`cdi identity …`: who is one customer, and why."""
