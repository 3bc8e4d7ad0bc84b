"""The routes of dispatch as a phone and a desk use them."""

from typing import cast

import pytest

from tests.town import MAJOR, Refused, Town


def listed(found: dict[str, object], key: str = "items") -> list[dict[str, object]]:
    return cast("list[dict[str, object]]", found[key])


def test_a_phone_shows_what_rings_for_it_and_nothing_else(town: Town) -> None:
    number = town.report()
    ((who, offer_id),) = town.offers(number).items()
    (offer,) = listed(town.get(who, "/offers"))
    assert (offer["id"], offer["number"], offer["state"]) == (str(offer_id), number, "open")
    others = [name for name in town.register.people if name != who and town.person(name).role == "technician"]
    assert listed(town.get(others[0], "/offers")) == []
    assert [each["id"] for each in listed(town.get("dispatcher", "/offers"))] == [str(offer_id)]


def test_a_declined_offer_is_answered_once_and_the_next_phone_rings(town: Town) -> None:
    number = town.report()
    ((who, offer_id),) = town.offers(number).items()
    with pytest.raises(Refused) as refused:
        town.post(who, f"/offers/{offer_id}/decline", {"reason": "other"})
    assert refused.value.status == 422
    town.decline(number, who)
    assert who not in town.offers(number)
    with pytest.raises(Refused) as refused:
        town.post(who, f"/offers/{offer_id}/acceptance")
    assert refused.value.status in {403, 409}


def test_the_desk_reads_why_somebody_goes_and_everybody_else_does_not(town: Town) -> None:
    number = town.report()
    found = town.get("dispatcher", f"/complaints/{number}/candidates")
    ranked, excluded = listed(found, "candidates"), listed(found, "excluded")
    seen = [each["technician"] for each in (*ranked, *excluded)]
    assert len(seen) == len(set(seen)) > 0
    assert all(each["why"] for each in excluded)
    assert "geodesic" in str(found["travel_source"])


def test_a_decision_is_kept_with_its_input_and_replays_to_the_same(town: Town) -> None:
    number = town.report(facts=MAJOR)
    decisions = listed(town.get("dispatcher", f"/complaints/{number}/decisions"))
    assert decisions
    for each in decisions:
        again = town.get("dispatcher", f"/decisions/{each['id']}/replay")
        assert again["identical"] is True
        assert again["offer_to"] == cast("dict[str, object]", each["outcome"])["offer_to"]


def test_the_dispatcher_sends_somebody_by_hand_and_takes_them_off_again_openly(town: Town) -> None:
    number = town.report()
    candidates = listed(town.get("dispatcher", f"/complaints/{number}/candidates"), "candidates")
    excluded = listed(town.get("dispatcher", f"/complaints/{number}/candidates"), "excluded")
    chosen = (candidates or excluded)[-1]["technician_id"]
    body = {"technician_id": chosen, "reason": "knows this crane"}
    made = town.post("dispatcher", f"/complaints/{number}/assignment", body)
    assert (made["technician_id"], made["stage"]) == (chosen, "assigned")
    with pytest.raises(Refused) as refused:
        town.post("dispatcher", f"/complaints/{number}/assignment", body)
    assert (refused.value.status, refused.value.code) == (409, "crew-complete")
    released = town.post("dispatcher", f"/complaints/{number}/release", {**body, "reason": "fell ill"})
    assert released["ended_how"] == "released"
    assert town.stage(number) == "dispatching"


def test_a_technician_sends_nobody(town: Town) -> None:
    number = town.report()
    who = next(iter(town.offers(number)))
    body = {"technician_id": "00000000-0000-7000-8000-000000000000", "reason": "my brother"}
    with pytest.raises(Refused) as refused:
        town.post(who, f"/complaints/{number}/assignment", body)
    assert refused.value.status == 403


def test_the_head_of_service_saves_numbers_and_everybody_at_the_desk_reads_them(town: Town) -> None:
    shipped = town.get("dispatcher", "/dispatch/policy")
    numbers = cast("dict[str, object]", shipped["numbers"])
    body = {"based_on": 1, "valid_from": town.now.isoformat(), "numbers": {**numbers, "nearest": 12}}
    with pytest.raises(Refused) as refused:
        town.post("dispatcher", "/dispatch/policy", body)
    assert refused.value.status == 403
    assert town.post("head", "/dispatch/policy", body)["version"] == 2
    with pytest.raises(Refused) as refused:
        town.post("head", "/dispatch/policy", body)
    assert (refused.value.status, refused.value.code) == (409, "dispatch-policy-changed")
    assert town.get("agent", "/dispatch/policy/versions/1") == shipped
    assert [each["version"] for each in town.ask("agent", "GET", "/dispatch/policy/versions").json()] == [2, 1]
    slow = {**cast("dict[str, object]", numbers["major"]), "offer_life_min": 60}
    with pytest.raises(Refused) as refused:
        town.post("head", "/dispatch/policy", {**body, "based_on": 2, "numbers": {**numbers, "major": slow}})
    assert (refused.value.status, refused.value.code) == (422, "dispatch-policy-unfit")


def test_the_desk_says_what_is_wished_and_reads_it_again(town: Town) -> None:
    number = town.report()
    assert town.post("agent", f"/complaints/{number}/heavy-parts", {"needed": True})["needed"] is True
    customer = town.post("agent", "/customers", {"name": "上海建工", "external_ref": "SCG"})["id"]
    who = town.register.technicians["lu"]
    body = {"technician_id": who, "until": "2027-03-01T00:00:00+08:00", "reason": "left the gate open"}
    town.post("dispatcher", f"/customers/{customer}/exclusions", body)
    (shown,) = listed(town.get("agent", f"/customers/{customer}/exclusions"))
    assert (shown["technician_id"], shown["reason"]) == (str(who), "left the gate open")
    assert town.ask("dispatcher", "POST", f"/customers/{customer}/exclusions/{who}/end").status_code == 204
    assert listed(town.get("agent", f"/customers/{customer}/exclusions")) == []
