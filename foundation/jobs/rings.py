"""What a ring for an errand says, whichever queue carries it: job, announcement, attempts counted, whether it is back."""


def taken_back(job: str, announcement_id: str, after: int | None = None, *_: object) -> tuple[object, ...]:
    """The words of a ring that a worker had which died, or lost its connection to the queue."""
    return job, announcement_id, None if after is True else after, True
