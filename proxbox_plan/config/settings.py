"""Settings: the checked configuration, with connections and policy. Secrets are fetched only for a connection."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from pydantic import SecretStr

from proxbox_plan.config.diagnostic import Location, error_of
from proxbox_plan.config.environment import overridden
from proxbox_plan.config.file import ApplySection, ClusterSection, ConfigFile, ReceiverSection, SecretReference
from proxbox_plan.config.merged import MergedConfig, read_merged
from proxbox_plan.config.messages import validated
from proxbox_plan.config.secret import origin, resolve
from proxbox_plan.config.semantic_checks import KnownKinds, check
from proxbox_plan.core import files
from proxbox_plan.core.errors import ConfigError
from proxbox_plan.core.suggestion import suggestion
from proxbox_plan.model.base import canonical_json, digest_of
from proxbox_plan.model.connection import NetBoxConnection, ProxmoxConnection
from proxbox_plan.model.lint.settings import LintSettings
from proxbox_plan.model.policy import Limits, Policy

_NETBOX_TOKEN = re.compile(r"[!-~]{40}|nbt_[A-Za-z0-9]+\.[!-~]+")


@dataclass(frozen=True, slots=True)
class Settings:
    """A checked configuration."""

    file: Path
    policy: Policy
    digest: str
    _config: ConfigFile
    _whole: MergedConfig = field(repr=False)
    _environ: Mapping[str, str] = field(repr=False)  # it may hold secrets

    @property
    def files(self) -> tuple[str, ...]:
        """Every file of the configuration: itself, what it includes, and those of secrets and certificates."""
        named: list[str] = []
        for path in _named(self._config):
            with suppress(RuntimeError):  # `~` of an unknown user: said when it is read
                named.append(str(self.file.parent / path.expanduser()))
        return (*(source.file for source in self._whole.sources), *named)

    @property
    def clusters(self) -> tuple[str, ...]:
        """Names of the configured clusters, in the order of the file."""
        return tuple(cluster.name for cluster in self._config.clusters)

    @property
    def netbox_url(self) -> str | None:
        """NetBox's address; null when the configuration has none."""
        return self._config.netbox.url if self._config.netbox else None

    @property
    def approvals(self) -> ApplySection:
        """What an apply requires: the path of the allowed signers is relative to the working folder."""
        section = self._config.apply
        if section.allowed_signers is None:
            return section
        return section.replace(allowed_signers=self._beside(section.allowed_signers))

    @property
    def absent_files(self) -> tuple[str, ...]:
        """What the configuration names beside secrets and this machine does not have, in words."""
        section = self._config
        places = {"netbox.ca_file": section.netbox.ca_file if section.netbox else None}
        places["apply.allowed_signers"] = section.apply.allowed_signers
        places |= {f"clusters[{index}].ca_file": cluster.ca_file for index, cluster in enumerate(section.clusters)}
        full = {what: self._beside(place) for what, place in places.items() if place is not None}
        return tuple(f"{what}: the file {place} does not exist" for what, place in full.items() if not place.is_file())

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment that the configuration was loaded with."""
        return self._environ

    @property
    def receivers(self) -> tuple[ReceiverSection, ...]:
        """Who hears of documents; their addresses are fetched by `address_to`."""
        return self._config.notify

    def address_to(self, receiver: ReceiverSection) -> SecretStr:
        """Return the address of a receiver; fetches it, as it holds a secret."""
        return self._secret(receiver.url, f"notify[{self.receivers.index(receiver)}].url")

    @property
    def lint(self) -> LintSettings:
        """What `proxbox lint` looks for; no plan depends on it."""
        return self._config.lint

    def where(self, location: Location) -> str:
        """Return `FILE:LINE` of a value, such as a rule."""
        file, place = self._whole.place(location)
        return f"{file}:{place.line}"

    def error(self, findings: Iterable[tuple[Location, str]], hint: str) -> ConfigError:
        """Return one error for values that only the mapping can check, each with its file, line and column."""
        diagnostics = [self._whole.diagnostic(where, message) for where, message in findings]
        return error_of(diagnostics, self._whole.file, hint=hint)

    def address_of(self, name: str) -> str:
        """Return `host:port` of a cluster."""
        section = self._cluster(name)
        return f"{section.host}:{section.port}"

    def account_of(self, name: str) -> tuple[str, str | None]:
        """Return the user of a cluster (with the realm) and the name of its API token; null without one."""
        section = self._cluster(name)
        if section.token is None:
            return cast("str", section.user), None  # the models require one of the two
        user, _, token = section.token.id.partition("!")
        return user, token

    def netbox(self) -> NetBoxConnection:
        """Return the connection to NetBox; fetches its token."""
        if self._config.netbox is None:
            raise ConfigError(
                f"{self.file}: has no section `netbox`", hint="Add a section `netbox` with `url` and `token`."
            )
        section = overridden(self._config.netbox, self._environ)
        token = self._secret(section.token, "netbox.token")
        if not _NETBOX_TOKEN.fullmatch(token.get_secret_value()):
            hint = "Copy the token without the prefix `Token` or `Bearer`."
            raise ConfigError("netbox.token: is neither a v1 token (40 characters) nor v2 (nbt_KEY.SECRET)", hint=hint)
        options = section.model_dump(exclude={"token", "ca_file"})
        ca_file = self._file(section.ca_file, "netbox.ca_file")
        return NetBoxConnection(**options, token=token, token_from=origin(section.token), ca_file=ca_file)

    def proxmox(self, name: str) -> ProxmoxConnection:
        """Return the connection to one cluster; fetches its secret."""
        section = self._cluster(name)
        where = f"clusters[{self.clusters.index(name)}]"
        common = section.model_dump(include={"host", "port", "verify_tls", "timeout", "workers"})
        ca_file = self._file(section.ca_file, f"{where}.ca_file")
        if section.token is not None:
            user, _, token_name = section.token.id.partition("!")
            secret = self._secret(section.token.secret, f"{where}.token.secret")
            access: dict[str, Any] = {"user": user, "token_name": token_name, "token_secret": secret}
            access["secret_from"] = origin(section.token.secret)
        else:
            reference = cast("SecretReference", section.password)  # the models require one of the two
            access = {"user": section.user, "password": self._secret(reference, f"{where}.password")}
            access["secret_from"] = origin(reference)
        return ProxmoxConnection(cluster=name, ca_file=ca_file, **common, **access)

    def _cluster(self, name: str) -> ClusterSection:
        for cluster in self._config.clusters:
            if cluster.name == name:
                return cluster
        hint = f"Configured clusters: {', '.join(self.clusters)}."
        raise ConfigError(f"{self.file}: has no cluster '{name}'{suggestion(name, self.clusters)}", hint=hint)

    def _beside(self, path: Path) -> Path:
        """Return where a file is that the configuration names."""
        return self.file.parent / path.expanduser()

    def _secret(self, reference: SecretReference, what: str) -> SecretStr:
        return resolve(reference, what=f"{self.file}: {what}", folder=self.file.parent, environ=self._environ)

    def _file(self, path: Path | None, what: str) -> Path | None:
        if path is None:
            return None
        full = self._beside(path)
        if not full.is_file():
            raise ConfigError(
                f"{self.file}: {what}: the file {full} does not exist",
                hint="Use a path relative to the configuration file.",
            )
        return full


def load(path: Path | str, environ: Mapping[str, str], known_kinds: KnownKinds | None = None) -> Settings:
    """Read and check a configuration file; ConfigError with all diagnostics, each with line and column."""
    whole = read_merged(path, environ)
    config = _checked(whole, known_kinds)
    policy = _policy(config)
    settings = Settings(Path(path), policy, _digest(policy), config, whole, dict(environ))
    for file in settings.files:  # also those that this command does not need: it must not replace them either
        files.note_input(file)
    return settings


def _named(config: ConfigFile) -> Iterator[Path]:
    """Yield the files that a configuration names."""
    secrets: list[SecretReference | None] = [config.netbox.token] if config.netbox else []
    secrets += [receiver.url for receiver in config.notify]
    places = [config.netbox.ca_file] if config.netbox else []
    places.append(config.apply.allowed_signers)
    for cluster in config.clusters:
        secrets += [cluster.password, cluster.token.secret if cluster.token else None]
        places.append(cluster.ca_file)
    places += [secret.file for secret in secrets if secret is not None]
    yield from (place for place in places if place is not None)


def _digest(policy: Policy) -> str:
    """Digest the merged configuration, however it is split into files; the order of rules counts."""
    data = policy.model_dump(mode="json")
    data["clusters"].sort(key=lambda cluster: cluster["name"])
    data["checks"].sort(key=canonical_json)
    data["forget"].sort()
    return digest_of(data)


def _checked(whole: MergedConfig, known: KnownKinds | None) -> ConfigFile:
    hint = "docs/configuration.md describes every key; editors complete them by `proxbox schema config`."
    config = validated(whole, ConfigFile, hint)
    findings = [whole.diagnostic(where, text, key=_is_key(where)) for where, text in check(config, known)]
    if findings:
        raise error_of(findings, whole.file, hint=hint)
    return config


def _is_key(where: tuple[str | int, ...]) -> bool:
    """Whether a message is about the key itself: names of kinds and fields are keys."""
    return where[0] in {"owners", "on_missing", "mode"} or "custom_fields" in where


def _policy(config: ConfigFile) -> Policy:
    mapping = config.mapping
    return Policy(
        clusters=tuple(cluster.policy() for cluster in config.clusters),
        rules=config.rules,
        node_rules=config.node_rules,
        cluster_rules=config.cluster_rules,
        address_rules=config.address_rules,
        areas=config.scope,
        create_sites=mapping.create_sites,
        enforce_global_unique=mapping.enforce_global_unique,
        units=mapping.units,
        tag_managed=mapping.tag_managed,
        guest_tags=mapping.guest_tags,
        pool_tags=mapping.pool_tags,
        node_prefixes=mapping.node_prefixes,
        custom_fields=mapping.custom_fields,
        prefer=mapping.prefer,
        addresses=mapping.addresses,
        max_trunk_vlans=mapping.max_trunk_vlans,
        owners=config.owners,
        on_missing=config.on_missing,
        limits=Limits(
            percent=config.limits.percent,
            minimum=config.limits.minimum,
            most=config.limits.most,
            label=config.limits.label,
        ),
        checks=config.checks,
        review=config.review,
        mode=config.mode,
        forget=config.forget,
    )
