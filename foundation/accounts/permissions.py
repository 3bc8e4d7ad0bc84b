"""What may be done with accounts."""

from foundation.accounts.roles import Permission, Role

#: Read one's own session, the regions, one's own messages.
BE_HERE = Permission("session.read", frozenset(Role))
#: Sign out; also whoever came by a link.
LEAVE = Permission("session.leave", frozenset(Role), links=True)
CHANGE_OWN_PASSWORD = Permission("password.change", frozenset(Role))
#: Say when one is away oneself, and who answers meanwhile.
OWN_ABSENCE = Permission("absence.own", frozenset(Role))
READ_REGIONS = Permission("region.read", frozenset(Role), tokens=True)
MANAGE_USERS = Permission("user.manage", frozenset({Role.ADMIN}))
MANAGE_TOKENS = Permission("token.manage", frozenset({Role.ADMIN}))
MANAGE_REGIONS = Permission("region.manage", frozenset({Role.ADMIN}))
READ_SETTINGS = Permission("settings.read", frozenset({Role.ADMIN}))
#: Who sees the overview of the administration; each part of it has its own permission.
ADMINISTER = Permission("administration.see", frozenset({Role.DISPATCHER, Role.MANAGER, Role.HEAD, Role.ADMIN}))
READ_SECURITY_EVENTS = Permission("security.read", frozenset({Role.ADMIN}))
