"""Acts of the pages: the permissions of the API's routes, shown only where they can be taken."""

import pytest

from app.routes import API, PAGES
from foundation.accounts.roles import Actor, ActorKind, Role, may
from intake.lifecycle import Stage, allowed
from web.pages.acts import ALL, BY_NAME
from web.pages.possible import Situation, possible


def somebody(role: Role) -> Actor:
    return Actor(kind=ActorKind.USER, id=None, label="x", role=role)


def standing(stage: Stage, *, everything: bool = True, grade: str = "general") -> Situation:
    return Situation(
        stage=stage, grade=grade, allowed=frozenset(allowed(stage)), acknowledged=not everything,
        somebody_is_sought=everything, has_crew=everything, has_case=everything, has_follow_up=everything,
        has_arrival_to_vouch_for=everything,
    )  # fmt: skip


def permissions_of(routes: list[object]) -> dict[str, object]:
    found = {}
    for route in routes:
        for method in getattr(route, "http_methods", ()):
            for path in getattr(route, "paths", ()):
                plain = path.replace(":str", "").replace(":uuid", "")
                found[f"{method} {plain}"] = getattr(route, "opt", {}).get("permission")
    return found


@pytest.mark.parametrize("name", BY_NAME)
def test_every_act_asks_for_the_permission_of_the_routes_for_the_same(name: str) -> None:
    act = BY_NAME[name]
    assert permissions_of(list(API))[act.route] is act.permission
    assert permissions_of(list(PAGES))[f"POST /complaints/{{number}}/{name}"] is act.permission


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("stage", Stage)
def test_nobody_is_shown_what_they_may_not_do_or_the_stage_does_not_allow(role: Role, stage: Stage) -> None:
    for act in possible(standing(stage), somebody(role)).values():
        assert may(somebody(role), act.permission)
        assert act.step is None or act.step in allowed(stage)


def test_with_nothing_to_act_on_only_words_and_the_customers_link_are_left_on_a_closed_case() -> None:
    left = possible(standing(Stage.CLOSED, everything=False), somebody(Role.MANAGER))
    assert set(left) == {"notes", "links", "reopening"}


@pytest.mark.parametrize("stage", [Stage.MERGED, Stage.REROUTED, Stage.WITHDRAWN])
def test_no_link_is_given_to_follow_what_goes_nowhere(stage: Stage) -> None:
    assert "links" not in possible(standing(stage), somebody(Role.AGENT))


def test_a_graver_case_is_not_guided_by_telephone() -> None:
    assert "guidance" not in possible(standing(Stage.DISPATCHING, grade="serious"), somebody(Role.AGENT))


def test_keys_of_acts_are_pressed_for_one_thing_only() -> None:
    keys = [act.key for act in ALL if act.key]
    assert len(keys) == len(set(keys))
