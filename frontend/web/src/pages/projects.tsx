import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { post, readFile, type CheckResult, type Project } from "../api";
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

const SUMMARY = ["/base", "/variant", "/model", "/provider/name", "/version"];

function FileRow({ project, path }: { project: Project; path: string }) {
  const checkResult = useSignal<CheckResult | null>(null);
  useEffect(() => {
    const look = async () => {
      const { text } = await readFile(project.id, path);
      checkResult.value = await post<CheckResult>("/check", { project: project.id, path, text });
    };
    look().catch(() => undefined);
  }, [project.id, path]);
  const values = checkResult.value?.values ?? {};
  const summary = SUMMARY.map((pointer) => values[pointer]?.value).filter((value) => typeof value === "string");
  const last = builds.value?.find((build) => build.file === `${project.path}/${path}`);
  return (
    <li>
      <a href={fileAddress(project.id, path)}>{fullName(project, path)}</a>
      <span class="summary">{summary.join(" · ")}</span>
      <span class={checkResult.value?.errors ? "fault" : ""}>{checkResult.value ? problems(checkResult.value) : "…"}</span>
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

export function problems({ errors, warnings }: Pick<CheckResult, "errors" | "warnings">): string {
  const count = (number: number, word: string) => `${number} ${word}${number === 1 ? "" : "s"}`;
  return warnings ? `${count(errors, "error")}, ${count(warnings, "warning")}` : count(errors, "error");
}
