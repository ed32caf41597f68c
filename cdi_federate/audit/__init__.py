"""What was asked, by whom, with what outcome; never a value.

chain   one line of the log, and the hash that binds it to the line before.
files   locks, and the anchor: the last line's number and hash, kept outside of the log's folder.
log     writing: one chain for all processes and threads.
verify  reading the whole chain again: what was changed, cut or exchanged.
words   statements without their values.
account the lines of one query: intent, released, closed, refused.
read    queries as the log tells them, and counts over them.
"""

from cdi_federate.audit.account import Account, Trail
from cdi_federate.audit.log import Log
from cdi_federate.audit.read import Asked, Stat, asked, stats
from cdi_federate.audit.verify import Verdict, verify

__all__ = ["Account", "Asked", "Log", "Stat", "Trail", "Verdict", "asked", "stats", "verify"]
