"""What may be done with messages."""

from foundation.accounts.roles import Permission, Role

READ_OWN = Permission("message.read", frozenset(Role))
ACKNOWLEDGE_OWN = Permission("message.acknowledge", frozenset(Role))
#: Tasks name no region, so they are for those who see all of them.
SETTLE_TASKS = Permission("message.settle", frozenset({Role.HEAD, Role.ADMIN}))
