"""Who may do what here; which cases they may do it to is the scope's matter."""

from typing import Final

from foundation.accounts.roles import Permission, Role

_DESK = frozenset({Role.AGENT, Role.DISPATCHER, Role.MANAGER, Role.HEAD})
_LEADS = frozenset({Role.DISPATCHER, Role.MANAGER, Role.HEAD})

SEE_CANDIDATES: Final = Permission("dispatch.candidates", _DESK)
SEE_DECISIONS: Final = Permission("dispatch.decisions", _DESK | {Role.APPRAISER, Role.ADMIN})
SEE_OFFERS: Final = Permission("offer.see", _DESK | {Role.TECHNICIAN})
ANSWER: Final = Permission("offer.answer", _LEADS | {Role.TECHNICIAN})
ASSIGN: Final = Permission("dispatch.assign", _LEADS)
