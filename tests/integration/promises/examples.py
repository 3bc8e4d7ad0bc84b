"""One working request for every route that writes: who sends it, and how the thing it is about comes to be.

The promises about writes are proved over this table, route by route; a route that is missing here fails a test.
"""

from tests.integration.promises import case_examples, desk_examples, field_examples
from tests.integration.promises.asking import EXAMPLES, Asking, Example, a_photo, an_upload, at, clear, fresh

#: Imported for the examples that they note.
SOURCES = (desk_examples, field_examples, case_examples)

__all__ = ["EXAMPLES", "Asking", "Example", "a_photo", "an_upload", "at", "clear", "fresh"]
