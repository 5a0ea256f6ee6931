// What the form and the questions of a new file offer: the schema of the language, as the server has it.
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
  models: Record<string, string[]>; // with the distributions that are proposed for each
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

/** What a field may be, without the references and without null. */
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

/** How a field is edited. A mapping that a text stands for, such as a provider, is edited as the mapping. */
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
