"""What may be done with accounts."""

from foundation.accounts.roles import Permission, Role

#: Read one's own session, the regions, one's own messages.
BE_HERE = Permission("session.read", frozenset(Role))
CHANGE_OWN_PASSWORD = Permission("password.change", frozenset(Role))
READ_REGIONS = Permission("region.read", frozenset(Role), tokens=True)
MANAGE_USERS = Permission("user.manage", frozenset({Role.ADMIN}))
MANAGE_TOKENS = Permission("token.manage", frozenset({Role.ADMIN}))
MANAGE_REGIONS = Permission("region.manage", frozenset({Role.ADMIN}))
READ_SECURITY_EVENTS = Permission("security.read", frozenset({Role.ADMIN}))
