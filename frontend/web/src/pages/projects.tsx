import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { CheckResult, FileDetails, Project } from "../api";
import { ago, builds, sign } from "../parts/builds";
import { fullName, projects, reload } from "../parts/projects";
import { fileAddress } from "../router";
import { Title } from "../parts/title";

export function ProjectsPage() {
  const query = useSignal("");
  useEffect(() => void reload().catch(() => undefined), []);
  const rows = projects.value.flatMap((project) => project.files.map((path) => ({ project, path })));
  const matches = rows.filter(({ project, path }) => fullName(project, path).toLowerCase().includes(query.value.toLowerCase()));
  return (
    <>
      <div class="bar">
        <Title>Kairosfiles</Title>
        <a class="button" href="/new">New</a>
        <a class="button" href="/import">Import</a>
      </div>
      {rows.length > 5 && (
        <p>
          <label for="search">Search</label>{" "}
          <input id="search" type="search" value={query} onInput={(event) => (query.value = event.currentTarget.value)} />
        </p>
      )}
      {rows.length === 0 && <p>There is no Kairosfile in {projects.value.map((project) => project.path).join(", ")}.</p>}
      <ul class="files">
        {matches.map(({ project, path }) => <FileRow key={`${project.id}/${path}`} project={project} path={path} />)}
      </ul>
    </>
  );
}

function FileRow({ project, path }: { project: Project; path: string }) {
  const details = project.details?.[path];
  const last = builds.value?.find((build) => build.file === `${project.path}/${path}`);
  return (
    <li>
      <a href={fileAddress(project.id, path)}>{fullName(project, path)}</a>
      <span class="summary">{details && summary(details)}</span>
      <span class={details?.errors ? "fault" : ""}>{details ? verdict(details) : "…"}</span>
      {last ? (
        <a href={`/builds/${last.id}`}>
          <span aria-hidden="true">{sign(last.state)}</span> {last.state} {ago(last.ended ?? last.asked)}
        </a>
      ) : (
        <span>never built</span>
      )}
    </li>
  );
}

function summary({ summary: { base, variant, model, provider, version } }: FileDetails): string {
  const name = provider && typeof provider === "object" && "name" in provider ? provider.name : provider;
  return [base, variant, model, name, version].filter((value) => typeof value === "string").join(" · ");
}

function verdict({ errors, warnings }: FileDetails): string {
  return errors === null ? "not checked" : problems({ errors, warnings: warnings ?? 0 });
}

export function problems({ errors, warnings }: Pick<CheckResult, "errors" | "warnings">): string {
  const count = (number: number, word: string) => `${number} ${word}${number === 1 ? "" : "s"}`;
  return warnings ? `${count(errors, "error")}, ${count(warnings, "warning")}` : count(errors, "error");
}
