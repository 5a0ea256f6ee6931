// The schema of the language from the server, for the form and for the questions of a new file.
import { signal } from "@preact/signals";
import { get } from "../api";

export interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  type?: string | string[];
  enum?: string[];
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  items?: Schema;
  default?: unknown;
  description?: string;
  examples?: unknown[];
}

export interface Questions {
  models: Record<string, string[]>; // the proposed distributions of each model
  distros: Record<string, Record<string, string>>;
  trusted_boot: Record<string, string>;
  providers: Record<string, string>;
  ci: string[];
  version: string;
}

export interface Language { version: string; schema: Schema; new: Questions; providers: Record<string, string | null> }

export const language = signal<Language | null>(null);

export async function loadLanguage(): Promise<void> {
  language.value ??= await get<Language>("/language");
}

/** The alternative schemas of a field, with references resolved. */
export function forms(root: Schema, field: Schema): Schema[] {
  const name = field.$ref?.split("/").at(-1);
  if (name) return forms(root, root.$defs?.[name] ?? {});
  return field.anyOf ? field.anyOf.flatMap((one) => forms(root, one)) : [field];
}

export type Kind =
  | { kind: "switch"; byDefault: boolean }
  | { kind: "choice"; names: string[] }
  | { kind: "text"; hint: string }
  | { kind: "texts" }
  | { kind: "group"; fields: Record<string, Schema> }
  | { kind: "other" };

const isText = (form: Schema) => [form.type].flat().some((type) => type === "string" || type === "number");

/** The input for a field. A mapping with a text as its short form, such as a provider, is edited as the mapping. */
export function kindOf(root: Schema, field: Schema): Kind {
  const all = forms(root, field);
  const mapping = all.find((form) => form.properties);
  const choice = all.find((form) => form.enum);
  const list = all.find((form) => form.type === "array");
  if (mapping?.properties) return { kind: "group", fields: mapping.properties };
  if (all.some((form) => form.type === "boolean")) return { kind: "switch", byDefault: field.default === true };
  if (choice?.enum) return { kind: "choice", names: choice.enum };
  if (list) return list.items && forms(root, list.items).every(isText) ? { kind: "texts" } : { kind: "other" };
  if (!all.some(isText)) return { kind: "other" };
  const example = field.examples?.[0];
  const hint = typeof field.default === "string" ? field.default : typeof example === "string" ? `for example ${example}` : "";
  return { kind: "text", hint };
}
