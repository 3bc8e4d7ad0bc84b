"""Texts for people, in English and Chinese.

Owns the catalogues under `locale/` and the formats of dates, durations and distances. Domain code carries codes and
facts; whoever stands at the edge (a page, a message, a document) knows the reader and calls `translate`. Promises that
asking for a text never fails: a code without a text shows itself between ⟦ ⟧, and `make texts` finds it before a
release does.
"""

from foundation.language.catalogues import gettext, has, ngettext, translate, translate_in
from foundation.language.tongues import Language, negotiate

__all__ = ["Language", "gettext", "has", "negotiate", "ngettext", "translate", "translate_in"]
