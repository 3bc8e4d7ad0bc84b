"""The dry run of an escalation: who would be called, and when."""
