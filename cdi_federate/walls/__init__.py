"""What a process may do to itself before it meets anything that it does not trust; and how two processes talk."""
