"""Who may do what with escalations; which cases they may touch is the scope's matter."""

from foundation.accounts.roles import Permission, Role

_OWNERS = frozenset({Role.DISPATCHER, Role.MANAGER, Role.APPRAISER, Role.HEAD})
_DESK = frozenset({Role.DISPATCHER, Role.MANAGER, Role.HEAD})
_LEADERS = frozenset({Role.MANAGER, Role.HEAD})

LOOK = Permission("escalation.look", _OWNERS | {Role.AGENT, Role.ADMIN}, links=True)
ACKNOWLEDGE = Permission("escalation.acknowledge", _OWNERS, links=True)
REPORT = Permission("escalation.report", _OWNERS)
HOLD = Permission("escalation.hold", _OWNERS)
REASSIGN = Permission("escalation.reassign", _OWNERS)
TAKE_OVER = Permission("escalation.take-over", _LEADERS, links=True)
ASSIGN = Permission("escalation.assign", _DESK)
APPRAISE = Permission("escalation.appraise", _LEADERS)
RETURN = Permission("escalation.return", frozenset({Role.MANAGER, Role.APPRAISER, Role.HEAD}))
RAISE = Permission("escalation.raise", _OWNERS)
END = Permission("escalation.end", _DESK)
ANNUL = Permission("escalation.annul", _LEADERS)
LADDER_LOOK = Permission("escalation.ladder.look", _OWNERS | {Role.ADMIN})
LADDER_SAVE = Permission("escalation.ladder.save", frozenset({Role.ADMIN, Role.HEAD}))
MAJOR_REPORT_LOOK = Permission("major-report.look", _OWNERS | {Role.AGENT})
MAJOR_REPORT_WRITE = Permission("major-report.write", _DESK | {Role.AGENT})
