import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { access, message, post, type Build, type BuildRequest, type Output } from "../api";
import { IMAGE, type OpenFile } from "../editor/open";
import { builders, loadBuilders } from "./builders";
import { useDraft } from "./draft";
import { costText } from "./plan";
import { projects } from "./projects";
import { go } from "../router";

/** The options of a build, and the button that saves the file and starts the build. */
export function BuildBar({ file }: { file: OpenFile }) {
  const platforms = useSignal("");
  const tag = useSignal("");
  const noCache = useSignal(false);
  const output = useSignal<Output>("load");
  const secrets = useSignal<string[]>([]);
  const fault = useSignal("");
  const isBusy = useSignal(false);
  const isImage = !file.target.value || file.target.value === IMAGE;
  const errors = file.checkResult.value?.errors ?? 0;
  const planResult = file.planResult.value;
  const start = async () => {
    if (isBusy.value || !access.value.changes || !(await file.save())) return;
    isBusy.value = true;
    try {
      const request: BuildRequest = {
        project: file.project,
        path: file.path,
        sha256: file.tag.value,
        target: isImage ? "" : file.target.value,
        platforms: platforms.value.split(/[\s,]+/).filter(Boolean),
        output: isImage ? output.value : "local",
        tags: isImage ? [tag.value.trim() || defaultTag(file, output.value)] : [],
        secrets: secrets.value,
        no_cache: noCache.value,
        builder: file.builder.value,
      };
      const build = await post<Build>("/builds", request);
      go(`/builds/${build.id}`);
    } catch (error) {
      fault.value = message(error);
    } finally {
      isBusy.value = false;
    }
  };
  useEffect(() => {
    file.build.value = () => void start();
    return () => void (file.build.value = null);
  });
  return (
    <section class="build" aria-labelledby="build">
      <h2 id="build">Build</h2>
      <div class="fields">
        <Field name="Target" value={file.target} hint={IMAGE} list={targets(file)} />
        <Field name="Platforms" value={platforms} hint={declaredPlatforms(file) || "linux/amd64"} />
        {isImage && <Field name="Name of the image" value={tag} hint={defaultTag(file, output.value)} />}
        {isImage && <Outputs output={output} />}
        <BuilderChoice file={file} />
        {access.value.secrets.map((name) => (
          <label key={name} class="check">
            <input type="checkbox" checked={secrets.value.includes(name)} onChange={() => (secrets.value = toggle(secrets.value, name))} /> secret {name}
          </label>
        ))}
        <label class="check"><input type="checkbox" checked={noCache} onChange={(event) => (noCache.value = event.currentTarget.checked)} /> without the cache</label>
      </div>
      <p class="row">
        <button type="button" class="primary" onClick={() => void start()} disabled={errors > 0 || isBusy.value || !access.value.changes} aria-keyshortcuts="Control+Enter">
          {file.isChanged.value ? "Save and build" : "Build"}
        </button>
        <span>{errors ? "Fix the errors first." : planResult?.plans[0] ? costText(planResult.cost?.[0], planResult.plans[0].steps.length, planResult) : ""}</span>
      </p>
      {fault.value && <p role="alert" class="fault">{fault.value}</p>}
    </section>
  );
}

function Field({ name, value, hint, list }: { name: string; value: { value: string }; hint: string; list?: string[] }) {
  const id = name.toLowerCase().replaceAll(" ", "-");
  return (
    <span class="field">
      <label for={id}>{name}</label>
      <input id={id} {...useDraft(value.value)} placeholder={hint} list={list && `${id}-known`} autocomplete="off"
        onChange={(event) => (value.value = event.currentTarget.value.trim())} />
      {list && <datalist id={`${id}-known`}>{list.map((one) => <option key={one} value={one} />)}</datalist>}
    </span>
  );
}

/** The output of an image: the engine, a file to download, or the registry that the server may push to. */
function Outputs({ output }: { output: { value: Output } }) {
  const { registry } = access.value;
  return (
    <span class="field">
      <label for="output">Output</label>
      <select id="output" value={output.value} onChange={(event) => (output.value = event.currentTarget.value as Output)}>
        <option value="load">Docker</option>
        <option value="oci">OCI archive</option>
        {registry && <option value="push">{registry}</option>}
      </select>
    </span>
  );
}

/** The builder of the build, if buildx has several; the cost is that of this builder. */
function BuilderChoice({ file }: { file: OpenFile }) {
  useEffect(() => void loadBuilders(), []);
  const { all, defaultName } = builders.value;
  if (all.length < 2) return null;
  const choose = (name: string) => (file.builder.value = name === defaultName ? "" : name);
  return (
    <span class="field">
      <label for="builder">Builder</label>
      <select id="builder" value={file.builder.value || defaultName} onChange={(event) => choose(event.currentTarget.value)}>
        {all.map((name) => <option key={name} value={name}>{name}</option>)}
      </select>
    </span>
  );
}

const toggle = (names: string[], name: string): string[] =>
  names.includes(name) ? names.filter((one) => one !== name) : [...names, name];

function targets(file: OpenFile): string[] {
  const steps = file.planResult.value?.plans[0]?.steps.map((step) => step.id) ?? [];
  return [IMAGE, "iso", "netboot", "raw", "uki", ...steps];
}

function declaredPlatforms(file: OpenFile): string {
  const value = file.checkResult.value?.values["/platforms"]?.value;
  return Array.isArray(value) ? value.join(", ") : "";
}

/** The default image name: the folder's name and the file's version, with the registry if the image is pushed. */
export function defaultTag(file: OpenFile, output: Output): string {
  const root = projects.value.find((project) => project.id === file.project)?.path ?? "";
  const folder = `${root}/${file.path}`.split("/").at(-2) ?? "";
  const name = folder.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "") || "kairos";
  const version = file.checkResult.value?.values["/version"]?.value;
  const registry = output === "push" && access.value.registry ? `${access.value.registry}/` : "";
  return `${registry}${name}:${(typeof version === "string" && version.replace(/[^\w.-]+/g, "-")) || "latest"}`;
}
