"""Who may do what with feedback; which cases is the scope's matter."""

from typing import Final

from foundation.accounts.roles import Permission, Role

_DESK = frozenset({Role.AGENT, Role.DISPATCHER, Role.MANAGER, Role.HEAD})

LOOK: Final = Permission("feedback.look", frozenset(Role) - {Role.ADMIN})
#: The technician holds the screen on which the customer signs.
COLLECT: Final = Permission("feedback.collect", frozenset({Role.TECHNICIAN}) | _DESK)
INVITE: Final = Permission("feedback.invite", frozenset({Role.TECHNICIAN}) | _DESK)
FOLLOW_UP: Final = Permission("feedback.follow_up", frozenset({Role.AGENT, Role.DISPATCHER}))
CLOSE: Final = Permission("feedback.close", _DESK)
REOPEN: Final = Permission("feedback.reopen", _DESK)
