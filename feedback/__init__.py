"""The customer's word: signed feedback or witnessed refusal, its document, the follow-up call, closing and reopening.

Owns feedbacks, their documents, answers to refusals and follow-up calls. Promises that what the customer entered is
kept exactly as entered and bound to exactly what was shown, and that nothing closes without it. Never judges the
technician and never decides how an escalation ends.
"""
