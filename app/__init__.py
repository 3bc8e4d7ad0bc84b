"""The composition root: settings, the ASGI application, worker, clockwork, command line, subscriptions and demo data.

Owns nothing of the domain. Says in one screenful who listens to whom and what runs where.
"""
