import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get, message } from "../api";
import { Title } from "../parts/title";

interface Schema { type?: string; enum?: unknown[]; const?: unknown; $ref?: string; anyOf?: Schema[]; items?: Schema; default?: unknown; properties?: Record<string, Schema>; required?: string[] }
interface Parameter { name: string; in: string; required?: boolean; schema?: Schema }
interface Route {
  summary?: string;
  description?: string;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema?: Schema }> };
  responses: Record<string, { description: string }>;
}
interface Description { paths: Record<string, Record<string, Route>>; components: { schemas: Record<string, Schema> } }

/** The routes of the API, from the server's OpenAPI description. */
export function ReferencePage() {
  const description = useSignal<Description | null>(null);
  const fault = useSignal("");
  useEffect(() => {
    get<Description>("/openapi.json").then((one) => (description.value = one)).catch((error) => (fault.value = message(error)));
  }, []);
  const routes = Object.entries(description.value?.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, route]) => ({ name: `${method.toUpperCase()} ${path}`, route })),
  );
  return (
    <>
      <Title>API reference</Title>
      <p>
        Programs authenticate with the token in the server's token file: <code>Authorization: Bearer TOKEN</code>.{" "}
        <a href="/api/v1/openapi.json" download="openapi.json">OpenAPI 3.1 as JSON</a>
      </p>
      {fault.value && <p class="fault" role="alert">{fault.value}</p>}
      {routes.map(({ name, route }) => <One key={name} name={name} route={route} schemas={description.value!.components.schemas} />)}
    </>
  );
}

function One({ name, route, schemas }: { name: string; route: Route; schemas: Record<string, Schema> }) {
  const bodies = Object.entries(route.requestBody?.content ?? {});
  return (
    <details class="route">
      <summary><code>{name}</code> <span class="hint">{route.description ?? route.summary}</span></summary>
      {!!route.parameters?.length && (
        <>
          <h2>Parameters</h2>
          <ul>{route.parameters.map((one) => <li key={one.name}><code>{one.name}</code> in {one.in}: {shape(one.schema ?? {})}{one.required ? "" : ", optional"}</li>)}</ul>
        </>
      )}
      {bodies.map(([media, { schema }]) => (
        <section key={media} aria-label={`Body of ${name}`}>
          <h2>Body, {media}</h2>
          <Members schema={resolve(schema ?? {}, schemas)} />
        </section>
      ))}
      <h2>Responses</h2>
      <ul>{Object.entries(route.responses).map(([status, one]) => <li key={status}>{status}: {one.description}</li>)}</ul>
    </details>
  );
}

function Members({ schema }: { schema: Schema }) {
  const members = Object.entries(schema.properties ?? {});
  return (
    <ul>
      {members.map(([name, one]) => (
        <li key={name}><code>{name}</code>: {shape(one)}{schema.required?.includes(name) ? "" : ", optional"}</li>
      ))}
    </ul>
  );
}

const nameOf = (reference: string): string => reference.split("/").at(-1) ?? "";

function resolve(schema: Schema, schemas: Record<string, Schema>): Schema {
  return schema.$ref ? (schemas[nameOf(schema.$ref)] ?? {}) : schema;
}

/** A short text for the type of a value. */
function shape(schema: Schema): string {
  if (schema.$ref) return nameOf(schema.$ref);
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(" or ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.anyOf) return schema.anyOf.map(shape).join(" or ");
  return schema.items ? `list of ${shape(schema.items)}` : (schema.type ?? "anything");
}
