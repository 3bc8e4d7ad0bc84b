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
#: What the parts weigh is known to whoever speaks with the caller; who is not to come again is the desk's word.
SAY_HEAVY_PARTS: Final = Permission("dispatch.heavy-parts", _DESK)
SEE_EXCLUSIONS: Final = Permission("dispatch.exclusions", _DESK)
EXCLUDE: Final = Permission("dispatch.exclude", _LEADS)
SEE_POLICY: Final = Permission("dispatch.policy", _DESK | {Role.APPRAISER, Role.ADMIN})
SAVE_POLICY: Final = Permission("dispatch.policy-save", frozenset({Role.HEAD, Role.ADMIN}))
