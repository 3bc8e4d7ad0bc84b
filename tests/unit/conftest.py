"""The unit tier must answer within seconds, so it draws fewer examples; `HYPOTHESIS_EXAMPLES=500` draws more.

`make unit` looks at no conftest above this one (`--confcutdir`): nothing here needs a database, nor the time to load it.
"""

import os

from hypothesis import settings

settings.register_profile(
    "unit", deadline=None, print_blob=True, max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "20"))
)
settings.load_profile("unit")
