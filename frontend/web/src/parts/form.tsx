// The form: a view of the text. The server edits the text for each changed value and leaves the rest as it is.
import { useSignal } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";
import { message, post, type Edits, type Value } from "../api";
import type { OpenFile } from "../editor/open";
import { useDraft } from "./draft";
import { kindOf, language, loadLanguage, type Kind, type Schema } from "./language";

type Path = (string | number)[];

const GROUPS: [string, string[]][] = [
  ["Image", ["base", "variant", "model", "version", "family"]],
  ["Kubernetes", ["provider"]],
  ["Security", ["trusted_boot", "fips"]],
  ["Custom steps", ["hooks", "cloud_config", "tests"]],
  ["Artifacts", ["artifacts"]],
  ["Labels, args and platforms", ["labels", "annotations", "args", "platforms", "matrix"]],
];
const OPEN = 3; // groups that are open at first
const DEEPEST = 3;
const SHORT = "provider";

const pointer = (path: Path) => path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");

export function Form({ file }: { file: OpenFile }) {
  const fault = useSignal("");
  const changes = useRef(Promise.resolve());
  useEffect(() => void loadLanguage().catch((error) => (fault.value = message(error))), []);
  const schema = language.value?.schema;
  if (!schema?.properties) return <p role="status" class={fault.value ? "fault" : ""}>{fault.value || "Loading …"}</p>;
  const groupedNames = new Set(GROUPS.flatMap(([, names]) => names));
  const rest = Object.keys(schema.properties).filter((name) => !groupedNames.has(name));
  const isBroken = !!file.checkResult.value?.errors && !Object.keys(file.checkResult.value.values).length && !!file.text.value?.trim();
  const apply = async (path: Path, value: unknown) => {
    try {
      await file.settle();
      if (value === null && !isWritten(file, path)) return;
      const text = file.text.value ?? "";
      const { text: after } = await post<Edits>("/edits", { text, changes: [changeOf(file, path, value)] });
      fault.value = "";
      if (file.text.value === text) file.view?.replace(after);
    } catch (error) {
      fault.value = message(error);
    }
  };
  // Changes run one after the other: each needs the check result of the text after the previous one.
  const change = (path: Path, value: unknown) => (changes.current = changes.current.then(() => apply(path, value)));
  return (
    <div class="form">
      {isBroken && <p class="fault" role="status">The file is not valid YAML. Fix it first; until then, the form is disabled.</p>}
      {fault.value && <p class="fault" role="alert">{fault.value}</p>}
      {[...GROUPS, ["More", rest] as [string, string[]]].map(([name, fields], index) => (
        <details key={name} open={index < OPEN}>
          <summary>{name}</summary>
          <fieldset disabled={isBroken}>
            <legend class="hidden">{name}</legend>
            {fields.map((field) => (
              <Field key={field} file={file} root={schema} field={schema.properties![field] ?? {}} path={[field]} change={change} />
            ))}
          </fieldset>
        </details>
      ))}
    </div>
  );
}

function isWritten(file: OpenFile, path: Path): boolean {
  const values = file.checkResult.value?.values ?? {};
  return pointer(path) in values || (path[1] === "name" && shortForm(values, path) !== undefined);
}

/** Return the edit that sets a value; null removes the field, so that its default applies. */
function changeOf(file: OpenFile, path: Path, value: unknown): { op: string; path: Path; value?: unknown } {
  const values = file.checkResult.value?.values ?? {};
  const above = path.slice(0, -1);
  const short = shortForm(values, path)?.value;
  if (short !== undefined) {
    if (path[1] !== "name") return { op: "set", path: above, value: { name: short, [String(path[1])]: value } };
    return value === null ? { op: "remove", path: above } : { op: "set", path: above, value };
  }
  const isThere = pointer(path) in values;
  if (value === null) return { op: "remove", path };
  return { op: isThere ? "set" : "insert", path, value };
}

interface FieldProps {
  file: OpenFile;
  root: Schema;
  field: Schema;
  path: Path;
  change: (path: Path, value: unknown) => Promise<void>;
}

function Field({ file, root, field, path, change }: FieldProps) {
  const kind = kindOf(root, field);
  const name = path.join(".");
  const values = file.checkResult.value?.values ?? {};
  const entry = values[pointer(path)] ?? (path[1] === "name" ? shortForm(values, path) : undefined);
  if (kind.kind === "group" && typeof entry?.value === "string" && name !== SHORT) {
    return <Simple file={file} name={name} field={field} kind={{ kind: "text", hint: "" }} entry={entry} set={(value) => void change(path, value)} />;
  }
  if (kind.kind === "group" && path.length < DEEPEST && !Array.isArray(entry?.value)) {
    return (
      <fieldset class="nested">
        <legend>{name}</legend>
        <p class="hint">{field.description} {entry && <LineOf file={file} value={entry} />}</p>
        {Object.entries(kind.fields).map(([member, schema]) => (
          <Field key={member} file={file} root={root} field={schema} path={[...path, member]} change={change} />
        ))}
      </fieldset>
    );
  }
  if (kind.kind === "group" || kind.kind === "other") return <Elsewhere file={file} name={name} field={field} entry={entry} />;
  return <Simple file={file} name={name} field={field} kind={kind} entry={entry} set={(value) => void change(path, value)} />;
}

/** Return the parent's value if it is a short form: `provider: k3s` is the name of the provider mapping. */
function shortForm(values: Record<string, Value>, path: Path): Value | undefined {
  const above = path.length === 2 && path[0] === SHORT ? values[`/${SHORT}`] : undefined;
  return typeof above?.value === "string" ? above : undefined;
}

/** A field that is edited only in the text: the number of its items, and its line. */
function Elsewhere({ file, name, field, entry }: { file: OpenFile; name: string; field: Schema; entry: Value | undefined }) {
  const size = entry && typeof entry.value === "object" && entry.value !== null ? Object.keys(entry.value).length : 0;
  return (
    <div class="input">
      <span class="name">{name}</span>{" "}
      {entry ? <span>{size} in the text <LineOf file={file} value={entry} /></span> : <span class="hint">none; add it in the text</span>}
      <p class="hint">{field.description}</p>
    </div>
  );
}

function LineOf({ file, value }: { file: OpenFile; value: Value }) {
  return (
    <button type="button" class="link" onClick={() => file.go(value.range.start)}>line {value.range.start.line}</button>
  );
}

interface SimpleProps {
  file: OpenFile;
  name: string;
  field: Schema;
  kind: Exclude<Kind, { kind: "group" | "other" }>;
  entry: Value | undefined;
  set: (value: unknown) => void;
}

function Simple({ file, name, field, kind, entry, set }: SimpleProps) {
  const id = useId();
  const isLocked = !!entry && !entry.editable;
  const common = { id, disabled: isLocked, "aria-describedby": `${id}-hint` };
  return (
    <div class="input">
      {kind.kind === "switch" ? (
        <label class="check"><Switch {...common} kind={kind} entry={entry} set={set} /> <span class="name">{name}</span></label>
      ) : (
        <>
          <label class="name" for={id}>{name}</label>
          {kind.kind === "choice" && <Choice {...common} kind={kind} entry={entry} set={set} />}
          {kind.kind === "text" && <TextInput {...common} kind={kind} entry={entry} set={set} />}
          {kind.kind === "texts" && <Lines {...common} entry={entry} set={set} />}
        </>
      )}
      <p class="hint" id={`${id}-hint`}>
        {isLocked ? `Cannot be edited here: ${entry.why}. ` : ""}{field.description} {entry && <LineOf file={file} value={entry} />}
      </p>
    </div>
  );
}

interface InputProps { id: string; disabled: boolean; entry: Value | undefined; set: (value: unknown) => void }

function Switch({ kind, entry, set, ...more }: InputProps & { kind: Extract<Kind, { kind: "switch" }> }) {
  const isOn = entry ? String(entry.value) === "true" : kind.byDefault;
  const turn = (on: boolean) => set(on === kind.byDefault ? null : on);
  return <input type="checkbox" checked={isOn} onChange={(event) => turn(event.currentTarget.checked)} {...more} />;
}

function Choice({ kind, entry, set, ...more }: InputProps & { kind: Extract<Kind, { kind: "choice" }> }) {
  const now = entry ? String(entry.value) : "";
  const names = now && !kind.names.includes(now) ? [now, ...kind.names] : kind.names;
  return (
    <select value={now} onChange={(event) => set(event.currentTarget.value || null)} {...more}>
      <option value="">default</option>
      {names.map((one) => <option key={one} value={one}>{one}</option>)}
    </select>
  );
}

function TextInput({ kind, entry, set, ...more }: InputProps & { kind: Extract<Kind, { kind: "text" }> }) {
  const now = entry && entry.value !== null ? String(entry.value) : "";
  const apply = (text: string) => text !== now && set(text || null);
  return (
    <input {...useDraft(now)} placeholder={kind.hint} autocomplete="off" spellcheck={false}
      onChange={(event) => apply(event.currentTarget.value.trim())} {...more} />
  );
}

function Lines({ entry, set, ...more }: InputProps) {
  const now = Array.isArray(entry?.value) ? entry.value.map(String).join("\n") : "";
  const apply = (text: string) => {
    const items = text.split("\n").map((line) => line.trim()).filter(Boolean);
    if (items.join("\n") !== now) set(items.length ? items : null);
  };
  return (
    <textarea rows={Math.max(2, now.split("\n").length)} {...useDraft(now)} placeholder="one per line"
      onChange={(event) => apply(event.currentTarget.value)} {...more} />
  );
}
