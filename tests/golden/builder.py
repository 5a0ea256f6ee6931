"""Turn the nodes of a vector into states of `kairosfile.llb`, and marshal the one it asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kairosfile import llb
from tests.golden import parts
from tests.golden.fields import Fields

if TYPE_CHECKING:
    from collections.abc import Callable

_CAPABILITIES = {None: None, "all": llb.Capabilities.every(), "none": llb.Capabilities(())}


def build(case: dict[str, Any], platform: str, local_unique_id: str) -> llb.Definition:
    """Return what our own API makes of a case; a key or a word that is not understood is an error."""
    with Fields("case", case) as fields:
        fields.rename("name", "features", "note", "expect")
        builder = _Builder(fields.take("sourceMaps", {}))
        for node in fields.take("nodes"):
            builder.add(node)
        with Fields("marshal", fields.take("marshal", {})) as options:
            return llb.marshal(
                builder.states[fields.take("output")],
                platform=llb.Platform.parse(platform),
                caps=_CAPABILITIES[options.take("caps")],
                constraints=builder.constraints(options),
                local_unique_id=local_unique_id,
            )


class _Builder:
    """The states that there are so far."""

    def __init__(self, source_maps: dict[str, Any]) -> None:
        self.states: dict[str, llb.State] = {}
        self._runs: dict[str, llb.Run] = {}
        self._source_maps = source_maps
        self._nodes: dict[str, Callable[[Fields], llb.State]] = {
            "scratch": lambda _: llb.scratch(),
            "image": self._image,
            "oci_layout": self._oci_layout,
            "local": self._local,
            "git": self._git,
            "http": self._http,
            "state": self._state,
            "image_config": lambda fields: self._base(fields).with_image_config(fields.take("config")),
            "mount_output": lambda fields: self._runs[fields.take("run")].output(fields.take("target")),
            "file": self._file,
            "merge": self._merge,
            "diff": self._diff,
        }

    def add(self, node: dict[str, Any]) -> None:
        with Fields(f"node {node['id']}", node) as fields:
            name, op = fields.take("id"), fields.take("op")
            if op == "run":
                self.states[name] = self._run(name, fields)
            else:
                self.states[name] = self._nodes[op](fields)

    def constraints(self, owner: Fields) -> llb.Constraints | None:
        values = owner.take("constraints")
        if values is None:
            return None
        with Fields("constraints", values) as fields:
            options = fields.rename(
                "description",
                "require",
                ignore_cache="ignoreCache",
                export_cache="exportCache",
                custom_name="customName",
                local_unique_id="localUniqueID",
            )
            for name, record in fields.rename("platform").items():
                options[name] = parts.platform(record)
            for name, record in fields.rename(progress_group="progressGroup").items():
                options[name] = llb.ProgressGroup(**record)
            for name, record in fields.rename(linux_resources="linuxResources").items():
                options[name] = parts.linux_resources(record)
            options["locations"] = [self._location(record) for record in fields.take("locations", [])]
            return llb.Constraints(**options)

    def _location(self, values: dict[str, Any]) -> llb.Location:
        with Fields("location", values) as fields:
            ranges = tuple(parts.text_range(item) for item in fields.take("ranges"))
            return llb.Location(self._source_map(fields.take("sourceMap")), ranges)

    def _source_map(self, name: str) -> llb.SourceMap:
        with Fields("sourceMap", self._source_maps[name]) as fields:
            data, state = fields.take("data").encode(), self.states.get(fields.take("state"))
            return llb.SourceMap(**fields.rename("filename", "language"), data=data, state=state)

    def _base(self, fields: Fields) -> llb.State:
        return self.states[fields.take("base")]

    def _image(self, fields: Fields) -> llb.State:
        options = fields.rename(
            "ref",
            "checksum",
            resolve_mode="resolveMode",
            record_type="recordType",
            layer_limit="layerLimit",
        )
        return llb.image(**options, constraints=self.constraints(fields))

    def _oci_layout(self, fields: Fields) -> llb.State:
        options = fields.rename("ref", session_id="sessionID", store_id="storeID", layer_limit="layerLimit")
        return llb.oci_layout(**options, constraints=self.constraints(fields))

    def _local(self, fields: Fields) -> llb.State:
        options = fields.rename(
            "name",
            session_id="sessionID",
            include_patterns="include",
            exclude_patterns="exclude",
            follow_paths="followPaths",
            shared_key_hint="sharedKeyHint",
        )
        for name, record in fields.rename("differ").items():
            options[name] = llb.Differ(**record)
        for name, record in fields.rename(metadata_only="metadataOnly").items():
            with Fields(name, record) as metadata_only:
                options |= {name: True, **metadata_only.rename(metadata_exceptions="exceptions")}
        return llb.local(**options, constraints=self.constraints(fields))

    def _git(self, fields: Fields) -> llb.State:
        options = fields.rename(
            "url",
            "fragment",
            "ref",
            "checksum",
            subdir="subDir",
            keep_git_dir="keepGitDir",
            auth_token_secret="authTokenSecret",
            auth_header_secret="authHeaderSecret",
            known_ssh_hosts="knownSSHHosts",
            mount_ssh_sock="mountSSHSock",
            skip_submodules="skipSubmodules",
        )
        return llb.git(**options, constraints=self.constraints(fields))

    def _http(self, fields: Fields) -> llb.State:
        options = fields.rename("url", "checksum", "filename", auth_header_secret="authHeaderSecret")
        for header in fields.rename("header").values():
            with Fields("header", header) as headers:
                options |= headers.rename("accept", user_agent="userAgent")
        uid, gid = fields.take("chown", (0, 0))
        mode = int(fields.take("chmod", "0"), 8)
        return llb.http(**options, mode=mode, uid=uid, gid=gid, constraints=self.constraints(fields))

    def _state(self, fields: Fields) -> llb.State:
        return parts.with_settings(self._base(fields), fields.take("set"))

    def _run(self, name: str, fields: Fields) -> llb.State:
        base = self._base(fields)
        options = fields.rename("args", valid_exit_codes="validExitCodes", readonly_root="readonlyRootfs")
        for proxy, record in fields.rename("proxy").items():
            options[proxy] = llb.ProxyEnv(**record)
        run = parts.with_settings(base, fields.take("set", [])).run(
            **options,
            mounts=[self._mount(mount) for mount in fields.take("mounts", [])],
            secrets=[parts.secret(secret) for secret in fields.take("secrets", [])],
            ssh=[parts.ssh(agent) for agent in fields.take("ssh", [])],
            cdi_devices=[llb.CdiDevice(**device) for device in fields.take("cdiDevices", [])],
            constraints=self.constraints(fields),
        )
        self._runs[name] = run
        # What is set on the run ends with it.
        return base.holding(run.root.content)

    def _mount(self, mount: dict[str, Any]) -> llb.Mount:
        with Fields("mount", mount) as fields:
            kind, target = fields.take("type"), fields.take("target")
            if kind == "tmpfs":
                return llb.Mount.tmpfs(target, **fields.rename("size"))
            options = fields.rename("selector", "readonly")
            source = self.states.get(fields.take("source"))
            if kind == "cache":
                cache = fields.rename("sharing", id="cacheID")
                return llb.Mount.cache(target, source=source, **options, **cache)
            bind = fields.rename(no_output="noOutput", content_cache="contentCache")
            if kind != "bind":
                raise ValueError(f"mount: unknown type {kind!r}")
            return llb.Mount.bind(target, source, **options, **bind)

    def _file(self, fields: Fields) -> llb.State:
        base, actions = self._base(fields), self._actions(fields)
        return base.file(*actions, constraints=self.constraints(fields))

    def _actions(self, owner: Fields) -> list[Any]:
        return [self._action(action) for action in owner.take("actions")]

    def _action(self, values: dict[str, Any]) -> Any:
        with Fields("action", values) as fields:
            kind = fields.take("action")
            return self._copy(fields) if kind == "copy" else parts.action(kind, fields)

    def _copy(self, fields: Fields) -> Any:
        options = fields.rename(
            "src",
            "dest",
            mode_str="modeStr",
            include_patterns="include",
            exclude_patterns="exclude",
            required_paths="requiredPaths",
            follow_symlinks="followSymlinks",
            copy_dir_contents_only="copyDirContentsOnly",
            attempt_unpack="attemptUnpack",
            create_dest_path="createDestPath",
            allow_wildcard="allowWildcard",
            allow_empty_wildcard="allowEmptyWildcard",
            always_replace_existing_dest_paths="alwaysReplaceExistingDestPaths",
        )
        return llb.copy(self._copied(fields), **options, **parts.shared(fields))

    def _copied(self, fields: Fields) -> llb.State | llb.FileActionChain:
        nested = fields.take("fromActions")
        if nested is None:
            return self.states[fields.take("from")]
        with Fields("fromActions", nested) as inner:
            return llb.FileActionChain(self.states[inner.take("state")], *self._actions(inner))

    def _merge(self, fields: Fields) -> llb.State:
        states = [self.states[name] for name in fields.take("inputs")]
        return llb.merge(states, constraints=self.constraints(fields))

    def _diff(self, fields: Fields) -> llb.State:
        lower, upper = self.states[fields.take("lower")], self.states[fields.take("upper")]
        return llb.diff(lower, upper, constraints=self.constraints(fields))
