"""The lock files install the same everywhere: every version pinned, every file hashed, nobody's mirror named."""

import pytest

from tools import lock

HASH = "    --hash=sha256:" + "0" * 64


def test_the_locks_are_in_step_and_name_no_host_and_no_path() -> None:
    assert lock.check() == 0


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (f"--index-url https://mirror.example/simple\nalembic==1.0 \\\n{HASH}\n", "line 1 is neither"),
        (f"--find-links file:///opt/somewhere\nalembic==1.0 \\\n{HASH}\n", "line 1 is neither"),
        (f"alembic @ file:///home/me/alembic.whl \\\n{HASH}\n", "line 1 is neither"),
        (f"alembic>=1.0 \\\n{HASH}\n", "line 1 is neither"),
        (f"# via https://mirror.example\nalembic==1.0 \\\n{HASH}\n", "line 1 is neither"),
        (f"alembic==1.0\nbabel==2.0 \\\n{HASH}\n", "alembic has no hash"),
        ("alembic==1.0\n", "alembic has no hash"),
    ],
)
def test_a_lock_that_would_install_something_else_is_refused(text: str, fault: str) -> None:
    assert any(fault in said for said in lock.faults(text))


def test_a_requirement_that_is_not_locked_is_found() -> None:
    assert lock.wanted("# a remark\n-r requirements.in\nPsycopg[binary]\nuuid_utils==1.2\n") == {
        "psycopg",
        "uuid-utils",
    }
    assert lock.pinned(f"uuid-utils==1.2 \\\n{HASH}\n") == {"uuid-utils"}
