from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from proxbox_plan import api
from proxbox_plan.core.errors import DocumentError, StaleError, UsageError
from proxbox_plan.documents import write_document
from proxbox_plan.model.event import Stage
from tests.builders import busy_plan

UNREACHABLE = """
netbox: {url: "http://127.0.0.1:9", token: {env: PATH}}
clusters: [{name: lab, host: 127.0.0.1, token: {id: "a@pve!b", secret: {env: PATH}}, site: DC1}]
"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[api.Demo]:
    """Run the demo's servers once."""
    with api.demo(tmp_path_factory.mktemp("demo") / "one", guests=20) as servers:
        yield servers


@pytest.mark.covering
def test_it_never_prints(demo: api.Demo, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Neither results nor progress: both are values."""
    settings = api.load(demo.config)
    plan = api.plan(settings).plan
    outcome = api.apply(settings, plan, journal=tmp_path / "journal", lock=tmp_path / "lock")
    assert outcome.complete
    assert api.plan(settings).plan.changes == ()
    assert capfd.readouterr() == ("", "")


def test_a_listener_hears_what_happens(demo: api.Demo) -> None:
    """Stages begin and end, and all steps that are announced are done."""
    heard: list[api.Event] = []
    api.plan(api.load(demo.config), listener=heard.append)
    stages = {event.stage for event in heard if isinstance(event, api.StageBegan)}
    assert stages == {Stage.COLLECT, Stage.READ}
    assert {event.stage for event in heard if isinstance(event, api.StageEnded)} == stages
    ahead = sum(event.total for event in heard if isinstance(event, api.StepsAhead) and event.stage is Stage.COLLECT)
    done = sum(isinstance(event, api.StepDone) and event.stage is Stage.COLLECT for event in heard)
    assert ahead == done > 0


@pytest.mark.slow
def test_two_netboxes_in_one_process(tmp_path: Path) -> None:
    """Each has its own settings, and nothing is shared: applied side by side, both agree."""
    with api.demo(tmp_path / "a", guests=20) as one, api.demo(tmp_path / "b", guests=21, seed=2) as other:
        settings = [api.load(servers.config) for servers in (one, other)]
        outcomes = []

        def work(place: int) -> None:
            found = settings[place]
            folder = tmp_path / "ab"[place]
            outcomes.append(api.apply(found, api.plan(found).plan, journal=folder / "j", lock=folder / "l"))

        threads = [Thread(target=work, args=(place,)) for place in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [outcome.complete for outcome in outcomes] == [True, True]
        assert [api.plan(found).plan.changes for found in settings] == [(), ()]


@pytest.mark.parametrize("call", [api.collect, api.plan, api.drift, api.lint])
def test_a_call_that_was_canceled(demo: api.Demo, call: object) -> None:
    """It ends before it asks anything, with the reason."""
    cancellation = api.Cancellation()
    cancellation.cancel("too late")
    with pytest.raises(api.CanceledError, match="too late"):
        call(api.load(demo.config), cancellation=cancellation)  # type: ignore[operator]  # one of four calls


def test_canceled_while_it_reads(demo: api.Demo) -> None:
    """The next step of a collection is its last."""
    cancellation = api.Cancellation()

    def listen(event: api.Event) -> None:
        if isinstance(event, api.StepDone):
            cancellation.cancel("enough")

    with pytest.raises(api.CanceledError, match="enough"):
        api.collect(api.load(demo.config), listener=listen, cancellation=cancellation)


@pytest.mark.covering
def test_canceled_while_it_writes(tmp_path: Path) -> None:
    """What is in flight lands, the outcome says why it stopped, and a resume finishes it."""
    with api.demo(tmp_path / "demo", guests=20) as servers:
        settings = api.load(servers.config)
        plan = api.plan(settings).plan
        cancellation = api.Cancellation()
        places: dict[str, Any] = {"journal": tmp_path / "journal", "lock": tmp_path / "lock"}

        def listen(event: api.Event) -> None:
            if isinstance(event, api.ChangeDone):
                cancellation.cancel("enough")

        stopped = api.apply(settings, plan, listener=listen, cancellation=cancellation, **places)
        assert (stopped.complete, stopped.stopped) == (False, "enough")
        assert api.apply(settings, plan, resume=True, **places).complete
        assert api.plan(settings).plan.changes == ()


def test_a_plan_of_another_configuration(demo: api.Demo, tmp_path: Path) -> None:
    """What was reviewed is not what would be written."""
    plan = api.plan(api.load(demo.config)).plan
    other = tmp_path / "proxbox.yaml"
    text = demo.config.read_text().replace("site: Demo", "site: Other")
    for name in ("netbox.token", "proxmox.token", "proxmox-ca.pem"):
        (tmp_path / name).write_text((demo.config.parent / name).read_text())
    other.write_text(text)
    with pytest.raises(StaleError, match="The configuration changed"):
        api.apply(api.load(other), plan)


def test_no_file_of_a_call_is_another(demo: api.Demo, tmp_path: Path) -> None:
    """What a call writes is none of what it reads, nor what else it writes; refused before any work."""
    settings, config = api.load(demo.config), demo.config
    path = tmp_path / "plan.json"
    write_document(busy_plan(), path)
    before = {file: file.read_bytes() for file in (path, config, config.with_name("netbox.token"))}
    for wrong in (path, config, config.with_name("netbox.token"), path.with_name("plan.journal.jsonl")):
        with pytest.raises(UsageError, match="is the same file as"):
            api.apply(settings, path, outcome=wrong)
    with pytest.raises(UsageError, match=r"The lock .* is the same file as the journal"):
        api.apply(settings, path, journal=tmp_path / "one", lock=tmp_path / "one")
    for wrong in (path, config):
        with pytest.raises(UsageError, match="is the same file as"):
            api.plan(settings, state=path, inventory_cache=wrong)
    assert {file: file.read_bytes() for file in before} == before
    assert sorted(file.name for file in tmp_path.iterdir()) == ["plan.json"]


def test_a_folder_is_no_plan(demo: api.Demo) -> None:
    """Said in words."""
    for place in ("/", "."):
        with pytest.raises(DocumentError, match="is a folder"):
            api.apply(api.load(demo.config), place)


@pytest.mark.parametrize("lock_id", ["", "$(id)", "-x", "a b"])
def test_unlock_takes_an_id(demo: api.Demo, tmp_path: Path, lock_id: str) -> None:
    """Anything else is an error of usage, and nothing is asked or removed."""
    lock = tmp_path / api.LOCK_NAME
    lock.write_text("{}")
    with pytest.raises(UsageError, match="is not the id of a lock"):
        api.unlock(api.load(demo.config), lock_id, folder=tmp_path)
    assert lock.exists()


def test_the_changes_that_are_expected(tmp_path: Path) -> None:
    """Another plan is refused before NetBox, which is not even there, is asked; what a plan says is not read."""
    (tmp_path / "proxbox.yaml").write_text(UNREACHABLE)
    settings, plan = api.load(tmp_path / "proxbox.yaml"), busy_plan()
    liar = plan.remade(changes=plan.changes[:1]).replace(changes_digest=plan.changes_digest)
    for given in (liar, plan.remade(changes=())):
        with pytest.raises(StaleError, match="as expected"):
            api.apply(settings, given, expect=plan.changes_digest, journal=tmp_path / "j", lock=tmp_path / "l")
    with pytest.raises(StaleError, match="The configuration changed"):  # the next thing that is checked
        api.apply(settings, plan, expect=plan.changes_digest, journal=tmp_path / "j", lock=tmp_path / "l")
