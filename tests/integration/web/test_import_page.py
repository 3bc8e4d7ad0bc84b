"""The page of an import that was given up says how far it got, and goes on when its button is pressed."""

import re
from pathlib import Path

import httpx

from foundation.database.session import unit_of_work
from foundation.jobs import parked
from technicians.imports import actions
from technicians.words import Register
from tests.town import Town

LINES = actions.AT_ONCE[Register.CUSTOMERS] + 1
CONTENT = ("external_ref,name\n" + "".join(f"P{number},客户{number}\n" for number in range(LINES))).encode()


def see(town: Town, path: str) -> str:
    headers = {**town.headers("head"), "Accept": "text/html", "Accept-Language": "en"}
    answer = town.client.get(path, headers=headers, follow_redirects=False)
    assert answer.status_code == 200, answer.text
    return answer.text


def upload(town: Town) -> dict[str, object]:
    request = httpx.Request(
        "POST", "https://callout.test", data={"register": "customers"}, files={"file": ("c.csv", CONTENT, "text/csv")}
    )
    headers = {**town.headers("head"), "Content-Type": request.headers["Content-Type"]}
    return dict(town.client.post("/api/v1/imports", headers=headers, content=request.read()).json())


def stored(town: Town, sha256: object) -> Path:
    """The uploaded file, where the store keeps it."""
    (found,) = (path for path in town.works.system.settings.var.rglob(str(sha256)) if path.is_file())
    return found


def see_dead_letters(town: Town) -> None:
    """What the operator does who is told of them."""
    now = town.works.clock.machine_now()
    with unit_of_work(town.works.system.sessions) as db:
        for letter in parked.all_parked(db):
            parked.see(db, letter.announcement_id, letter.job, now=now)


def test_a_stopped_import_says_how_far_it_got_and_goes_on(town: Town) -> None:
    made = upload(town)
    page, listed = f"/admin/imports/{made['id']}", "/admin/imports"
    town.works.rest()
    town.works.is_strict = False
    file = stored(town, made["sha256"])
    file.rename(aside := file.with_suffix(".aside"))
    town.post("head", f"/imports/{made['id']}/run", {"sha256": made["sha256"]})
    assert "The file is being imported" in see(town, page)
    town.push(minutes=20)
    text = re.sub(r"\s+", " ", see(town, page))
    assert f"The import stopped after 0 of {LINES:,} lines" in text
    assert "nothing of it is lost" in text
    assert "Go on with the import" in text
    assert "every 2s" not in text, "nobody waits for what does not move"
    assert ">stopped<" in see(town, listed)
    see_dead_letters(town)
    aside.rename(file)
    sent = town.headers("head")
    form = {"sha256": str(made["sha256"]), "csrf": sent["X-CSRF-Token"]}
    answer = town.client.post(page, headers={**sent, "Accept": "text/html"}, data=form, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    assert "The file is being imported" in see(town, page)
    town.works.rest()
    ended = town.get("head", f"/imports/{made['id']}")
    assert (ended["state"], ended["is_stopped"]) == ("imported", False)
    assert ended["done"] == ended["told"]
