"""The unit tier must answer within seconds, so it draws fewer examples; `HYPOTHESIS_EXAMPLES=500` draws more."""

import os

from hypothesis import settings

settings.register_profile(
    "unit", settings.get_profile("callout"), max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "20"))
)
settings.load_profile("unit")
