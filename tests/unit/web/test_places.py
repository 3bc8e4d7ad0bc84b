"""Where people begin: every role has a first page that it may open."""

import pytest

from foundation.accounts.roles import Actor, ActorKind, Role, may
from web.pages import places
from web.pages.places import ALL, MESSAGES, START


def somebody(role: Role) -> Actor:
    return Actor(kind=ActorKind.USER, id=None, label="x", role=role)


@pytest.mark.parametrize("role", Role)
def test_every_role_begins_on_a_page_that_it_may_open(role: Role) -> None:
    by_path = {place.path: place.permission for place in (*ALL, START)}
    assert may(somebody(role), by_path[places.landing(role)])
    assert places.landing(role) == places.open_to(somebody(role))[0].path


def test_the_desk_begins_on_the_board_and_others_on_their_own_page() -> None:
    begins = {role: places.landing(role) for role in Role}
    assert {role for role, path in begins.items() if path == "/"} == {
        Role.AGENT,
        Role.DISPATCHER,
        Role.MANAGER,
        Role.HEAD,
    }
    assert begins[Role.APPRAISER] == "/escalations"
    assert (begins[Role.ADMIN], begins[Role.TECHNICIAN]) == ("/admin", "/t")


def test_a_visitor_is_shown_no_place() -> None:
    assert places.open_to(None) == []


@pytest.mark.parametrize("role", Role)
def test_everybody_is_led_to_what_is_there_for_them_and_nobody_begins_there(role: Role) -> None:
    assert places.open_to(somebody(role))[-1] == MESSAGES
    assert places.landing(role) != MESSAGES.path
