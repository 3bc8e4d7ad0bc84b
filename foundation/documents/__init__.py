"""Files and papers: where they are kept, which photos are let in, and the furniture PDFs are built from.

Knows no complaint: the packages that own a document compose it from this furniture. Promises that a stored file is
either read back bit by bit or refused, that no photo's own bytes are ever handed on, and that no character of a name
disappears from a paper without being seen.
"""
