"""Messages to people: what was said to whom, over which channel, whether it arrived and who acknowledged it.

Owns messages, deliveries and the tasks that arise when nobody knows whether a message arrived. Promises that nothing
is sent twice to a customer, that an alarm to staff is repeated until it is acknowledged, and that a channel which is
not configured is never called sent. Never knows why a message is sent.
"""
