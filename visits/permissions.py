"""Who may do what with visits; which cases is the scope's matter."""

from typing import Final

from foundation.accounts.roles import Permission, Role

_DESK = frozenset({Role.AGENT, Role.DISPATCHER, Role.MANAGER, Role.HEAD})
_EVERYBODY = frozenset(Role) - {Role.ADMIN}

#: Only whom the job was given to; the command is checked against the job itself.
COMMAND: Final = Permission("visit.command", frozenset({Role.TECHNICIAN}))
LOOK: Final = Permission("visit.look", _EVERYBODY)
ADD_PHOTO: Final = Permission("visit.photo", frozenset({Role.TECHNICIAN}) | _DESK)
#: As the lifecycle says: the desk's agents let work go on, but only those who lead it let it wait.
SUSPEND: Final = Permission("visit.suspend", frozenset({Role.DISPATCHER, Role.MANAGER, Role.HEAD}))
RESUME: Final = Permission("visit.resume", _DESK)
GUIDE: Final = Permission("visit.guide", _DESK | {Role.TECHNICIAN})
APPROVE_ARRIVAL: Final = Permission("visit.approve_arrival", frozenset({Role.MANAGER, Role.HEAD}))
