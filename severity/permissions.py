"""Who may do what here; which complaints they may do it to is the scope's matter."""

from typing import Final

from foundation.accounts.roles import Permission, Role

_DESK = frozenset({Role.AGENT, Role.DISPATCHER, Role.MANAGER, Role.HEAD})

#: Trying out answers, before or beside a call.
PREVIEW: Final = Permission("grade.preview", _DESK | {Role.TECHNICIAN, Role.APPRAISER, Role.ADMIN}, tokens=True)
#: Anybody on the case may raise; who may lower is `actions.MAY_LOWER`.
REGRADE: Final = Permission("complaint.regrade", _DESK | {Role.TECHNICIAN})
WHY: Final = Permission("deadline.why", _DESK | {Role.TECHNICIAN, Role.APPRAISER, Role.ADMIN})
SEE_POLICIES: Final = Permission("policy.see", _DESK | {Role.APPRAISER, Role.ADMIN})
SAVE_POLICIES: Final = Permission("policy.save", frozenset({Role.HEAD, Role.ADMIN}))
