"""One engine a file: what may be said to it, with what proof, and how values travel from it."""
