"""`python -m cdi_federate.cli` is `cdi`."""

from cdi_federate.cli import main

main()
