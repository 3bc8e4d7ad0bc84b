"""What may be done with calls, complaints and the registers."""

from foundation.accounts.roles import Permission, Role

_DESK = frozenset({Role.AGENT, Role.DISPATCHER, Role.MANAGER, Role.HEAD})
_LEADS = frozenset({Role.DISPATCHER, Role.MANAGER, Role.HEAD})
_STAFF = _DESK | {Role.TECHNICIAN, Role.APPRAISER}

LOG = Permission("complaint.log", _DESK, tokens=True)
#: Row-level security decides which: a technician reads the cases shared with them, a token those of its regions.
READ = Permission("complaint.read", _STAFF, tokens=True)
#: The ledger shows who did what; personal values in it are shown to the desk only.
READ_LEDGER = Permission("complaint.ledger", _DESK | {Role.APPRAISER})
BOARD = Permission("board.read", _DESK)
NOTE = Permission("complaint.note", _STAFF, tokens=True)
CORRECT = Permission("complaint.correct", _DESK)
ACKNOWLEDGE = Permission("complaint.acknowledge", _DESK)
WITHDRAW = Permission("complaint.withdraw", _DESK)
REROUTE = Permission("complaint.reroute", _DESK)
MERGE = Permission("complaint.merge", _LEADS)
HAND_OVER = Permission("complaint.hand-over", _LEADS)
GIVE_LINK = Permission("complaint.link", _DESK)
READ_REGISTERS = Permission("register.read", _DESK, tokens=True)
KEEP_REGISTERS = Permission("register.keep", _DESK, tokens=True)
