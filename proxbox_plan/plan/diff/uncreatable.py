"""Uncreatable: what may not be created, and everything that needs it and does not exist yet."""

from __future__ import annotations

from collections.abc import Mapping

from proxbox_plan.core.address import Address
from proxbox_plan.mapping import KINDS, rank
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.model.policy import is_forgotten
from proxbox_plan.model.problem import Problem, ProblemCode
from proxbox_plan.plan.match.matched import Matched
from proxbox_plan.plan.relations.references import refs_in
from proxbox_plan.plan.validate.draft import is_looked_up


def uncreatable(
    matched: Matched, objects: Mapping[Address, DesiredObject]
) -> tuple[Mapping[Address, Address], tuple[Problem, ...]]:
    """Return the blocked objects, each with the object of its problem, and all problems so far."""
    blocked = dict(matched.blocked)
    problems = dict.fromkeys(matched.problems)
    for address, problem in sorted(matched.desired.held.items()):
        if address in objects and address not in matched.rows:
            blocked[address] = address
            problems |= {problem: None} if problem is not None else {}
    for wanted in objects.values():
        if wanted.address in blocked:
            continue  # it has a problem of its own: NetBox has several of them, for example
        if wanted.address not in matched.rows and is_looked_up(wanted):
            problems[_missing(wanted)] = None
            blocked[wanted.address] = wanted.address
        elif wanted.address not in matched.rows and not is_known(wanted):
            blocked[wanted.address] = wanted.address
    policy = matched.estate.policy
    forgotten = {address for address in objects if is_forgotten(policy, address)}
    absent = {address for address in forgotten if address not in matched.rows and address not in blocked}
    blocked |= {address: address for address in absent}
    needed = set()
    for wanted in sorted(objects.values(), key=lambda item: rank(item.kind)):
        if wanted.address in forgotten:
            continue
        refs = (ref.address for value in wanted.fields.values() for ref in refs_in(value) if ref.address)
        lacking = next((ref for ref in refs if ref in blocked and ref not in matched.rows), None)
        if lacking is not None:
            needed.add(blocked.setdefault(wanted.address, blocked[lacking]))
    problems |= {_forgotten(objects[address]): None for address in sorted(absent & needed)}
    return blocked, tuple(problems)


def is_known(wanted: DesiredObject) -> bool:
    """Whether enough is known of an object to create it: all that identifies it, and all that NetBox requires."""
    kind = KINDS[wanted.kind]
    identity = {name for natural in kind.natural for name in natural.fields}
    required = {item.name for item in kind.fields if item.required}
    return wanted.unread.keys().isdisjoint(identity | required)


def _forgotten(wanted: DesiredObject) -> Problem:
    message = f"NetBox has no {wanted.kind} {wanted.name!r}, which the configuration forgets, but others need it"
    hint = "Create it in NetBox, or forget what needs it, too."
    return Problem(code=ProblemCode.REFERENCE_MISSING, address=wanted.address, message=message, hint=hint)


def _missing(wanted: DesiredObject) -> Problem:
    hint = "Create it in NetBox, or correct the name in the configuration."
    if switch := KINDS[wanted.kind].created_with:
        hint = f"Create it in NetBox, correct the name, or set {switch}."
    message = f"NetBox has no {wanted.kind} {wanted.name!r}, which the configuration names"
    return Problem(code=ProblemCode.REFERENCE_MISSING, address=wanted.address, message=message, hint=hint)
