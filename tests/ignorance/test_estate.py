"""What is answered in-process is read as if it had come over the network, and judged as a user's plan would be."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from proxbox_plan.collect.proxmox.run import collect_cluster
from proxbox_plan.demo.cluster import ClusterServer
from proxbox_plan.demo.cluster.answers import Answer
from proxbox_plan.model.state import State
from tests.ignorance.answers import Answers, key_of, recorded, refused, reply_to
from tests.ignorance.estate import AREAS, NOW, collect
from tests.ignorance.estates import RECORDINGS, estate
from tests.ignorance.whole import spoil
from tests.recordings import CLUSTER_8, NORD, STANDALONE


@dataclass(frozen=True)
class Replies:
    """Replies as the server takes them."""

    answers: Answers

    def answer(self, path: str, query: dict[str, str]) -> Answer:
        """Answer one GET."""
        reply = reply_to(key_of(path, query), self.answers)
        return Answer(reply.status, reply.reason, reply.content.decode())


def over_the_network(answers: Answers) -> State:
    """Collect from a real server, with threads, TLS and a login."""
    with ClusterServer(Replies(answers)) as server:
        cluster = collect_cluster(server.connection("lab"), areas=AREAS, clock=lambda: NOW)
    return State.make(clusters=(cluster,))


@pytest.mark.parametrize("name", [STANDALONE, pytest.param(NORD, marks=pytest.mark.slow)])
def test_in_process_is_as_over_the_network(name: str) -> None:
    """The same answers give the same state, byte by byte."""
    answers = recorded(name)
    assert collect(answers)[0].to_json() == over_the_network(answers).to_json()


def test_faults_too_are_as_over_the_network() -> None:
    """A refusal, an error, an empty 595, a login page, nothing and half an answer."""
    answers = recorded(CLUSTER_8)
    places = {
        "403": "/cluster/status",
        "500": "/nodes/pve1/qemu/100/snapshot",
        "595": "/nodes/pve2/network",
        "login page": "/storage",
        "null": "/cluster/backup",
        "cut off": "/nodes/pve1/qemu/100/config?current=1",
    }
    spoiled = {**answers, **{key: spoil(answers[key], fault) for fault, key in places.items()}}
    assert collect(spoiled)[0].to_json() == over_the_network(spoiled).to_json()


def test_what_was_read_before_is_not_changed_by_reading_it_again() -> None:
    """Answers are read once for all cases: they are never changed."""
    made = estate(STANDALONE)
    made.judge({"/storage": refused(403, "no")})
    assert collect(made.answers)[0] == made.state
    assert made.plan(made.state).changes == ()


@pytest.mark.parametrize("name", RECORDINGS)
def test_everything_that_is_asked_for_was_recorded(name: str) -> None:
    """A new call needs its recording, else it is unknown what becomes of it when it fails."""
    made = estate(name)
    unknown = {key for key in made.asked if reply_to(key, made.answers).status == 501}
    assert unknown <= {"/cluster/sdn/fabrics/all", "/cluster/qemu/custom-cpu-models"}
