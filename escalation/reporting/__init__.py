"""Reporting a major complaint upward: five steps, facts from the ledger, drafts, versions."""
