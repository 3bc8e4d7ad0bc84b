"""Who may do what here; which people they may do it to is the scope's matter."""

from typing import Final

from foundation.accounts.roles import Permission, Role

_DESK = frozenset({Role.AGENT, Role.DISPATCHER, Role.MANAGER, Role.HEAD, Role.ADMIN})
_LEADS = frozenset({Role.DISPATCHER, Role.MANAGER, Role.HEAD, Role.ADMIN})

SEE: Final = Permission("technician.see", _DESK)
SEE_OUTLETS: Final = Permission("outlet.see", _DESK | {Role.TECHNICIAN, Role.APPRAISER}, tokens=True)
KEEP: Final = Permission("technician.keep", frozenset({Role.MANAGER, Role.HEAD, Role.ADMIN}))
ROSTER: Final = Permission("technician.roster", _LEADS)
SIGN_ON: Final = Permission("technician.sign-on", frozenset({Role.TECHNICIAN}))
SIGN_ON_FOR: Final = Permission("technician.sign-on-for", _LEADS)
#: A file may name any region, so only whoever sees them all fills registers from one.
IMPORT: Final = Permission("register.import", frozenset({Role.HEAD, Role.ADMIN}))
