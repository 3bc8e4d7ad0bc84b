"""What may be done with messages."""

from foundation.accounts.roles import Permission, Role

READ_OWN = Permission("message.read", frozenset(Role))
ACKNOWLEDGE_OWN = Permission("message.acknowledge", frozenset(Role))
#: A task belongs to its case; those that name none are for who sees everything.
SETTLE_TASKS = Permission(
    "message.settle", frozenset({Role.AGENT, Role.DISPATCHER, Role.MANAGER, Role.HEAD, Role.ADMIN})
)
