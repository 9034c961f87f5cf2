"""What the file's models can't say: names that must differ, patterns that must compile, kinds that must exist."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterator, Mapping

from proxbox_plan.config.complaint import Location
from proxbox_plan.config.file import ClusterSection, ConfigFile
from proxbox_plan.config.forms import network, pattern

Finding = tuple[Location, str]
KnownKinds = Mapping[str, Collection[str]]


def check(config: ConfigFile, known: KnownKinds | None) -> Iterator[Finding]:
    """Yield every contradiction; `known` maps each kind to its fields, null when it can't be checked."""
    if not config.clusters:
        yield ("clusters",), "clusters must hold at least one cluster"
    yield from _cluster_names(config)
    for index, cluster in enumerate(config.clusters):
        yield from _conditions(cluster, ("clusters", index))
    yield from _networks(("mapping", "prefer"), config.mapping.prefer)
    yield from _networks(("mapping", "addresses", "skip_networks"), config.mapping.addresses.skip_networks)
    yield from _globs(("mapping", "addresses", "skip_interfaces"), config.mapping.addresses.skip_interfaces)
    yield from _checks(config)
    if known is not None:
        yield from _kinds(config, known)


def _checks(config: ConfigFile) -> Iterator[Finding]:
    for index, check_ in enumerate(config.checks):
        if check_.effect == "require" and not check_.label:
            yield ("checks", index, "effect"), "require needs a label"


def _cluster_names(config: ConfigFile) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for index, cluster in enumerate(config.clusters):
        # Keys are compared exactly, but NetBox and people don't tell `Lab` from `lab`.
        folded = cluster.name.casefold()
        if folded in seen:
            yield ("clusters", index, "name"), f"another cluster is already named '{seen[folded]}'"
        seen.setdefault(folded, cluster.name)


def _conditions(cluster: ClusterSection, where: Location) -> Iterator[Finding]:
    scope = cluster.scope
    groups = (
        (("rules",), [(rule.when, ("when",)) for rule in cluster.rules]),
        (("scope", "include"), [(condition, ()) for condition in scope.include]),
        (("scope", "exclude"), [(condition, ()) for condition in scope.exclude]),
    )
    for path, conditions in groups:
        for index, (condition, inner) in enumerate(conditions):
            for name in ("name", "tag", "pool", "node", "ha"):
                text = getattr(condition, name)
                if text is not None:
                    yield from _tried(pattern, text, (*where, *path, index, *inner, name))


def _networks(where: Location, texts: Collection[str]) -> Iterator[Finding]:
    for index, text in enumerate(texts):
        yield from _tried(network, text, (*where, index))


def _globs(where: Location, texts: Collection[str]) -> Iterator[Finding]:
    for index, text in enumerate(texts):
        yield from _tried(pattern, text, (*where, index))


def _tried(test: Callable[[str], None], text: str, where: Location) -> Iterator[Finding]:
    try:
        test(text)
    except ValueError as error:
        yield where, f"{text[:60]!r} {error}"


def _kinds(config: ConfigFile, known: KnownKinds) -> Iterator[Finding]:
    for kind, fields in config.owners.items():
        if kind not in known:
            yield ("owners", kind), f"unknown kind '{kind[:60]}'{suggestion(kind, known)}"
            continue
        for name in fields:
            if name not in known[kind]:
                yield ("owners", kind, name), f"'{kind}' has no field '{name[:60]}'{suggestion(name, known[kind])}"
    for kind in config.on_missing:
        if kind not in known:
            yield ("on_missing", kind), f"unknown kind '{kind[:60]}'{suggestion(kind, known)}"
    for index, address in enumerate(config.forget):
        kind, colon, _key = address.partition(":")
        if not colon or kind not in known:
            yield ("forget", index), f"{address[:60]!r} is not an address (KIND:KEY){suggestion(kind, known)}"


def suggestion(name: str, known: Collection[str]) -> str:
    """Return `; did you mean 'x'?` when something similar is known, else nothing."""
    close = difflib.get_close_matches(name[:60], list(known), n=1, cutoff=0.6)
    return f"; did you mean '{close[0]}'?" if close else ""
