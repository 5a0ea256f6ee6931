import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { post, readFile, type Checked, type Project } from "../api";
import { ago, builds, sign } from "../parts/builds";
import { fullName, projects, reload } from "../parts/projects";
import { fileAddress } from "../router";
import { Title } from "../parts/title";

export function ProjectsPage() {
  const wanted = useSignal("");
  useEffect(() => void reload().catch(() => undefined), []);
  const rows = projects.value.flatMap((project) => project.files.map((path) => ({ project, path })));
  const shown = rows.filter(({ project, path }) => fullName(project, path).toLowerCase().includes(wanted.value.toLowerCase()));
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
          <input id="search" type="search" value={wanted} onInput={(event) => (wanted.value = event.currentTarget.value)} />
        </p>
      )}
      {rows.length === 0 && <p>There is no Kairosfile in {projects.value.map((project) => project.path).join(", ")}.</p>}
      <ul class="files">
        {shown.map(({ project, path }) => <FileRow key={`${project.id}/${path}`} project={project} path={path} />)}
      </ul>
    </>
  );
}

const SUMMARY = ["/base", "/variant", "/model", "/provider/name", "/version"];

function FileRow({ project, path }: { project: Project; path: string }) {
  const checked = useSignal<Checked | null>(null);
  useEffect(() => {
    const look = async () => {
      const { text } = await readFile(project.id, path);
      checked.value = await post<Checked>("/check", { project: project.id, path, text });
    };
    look().catch(() => undefined);
  }, [project.id, path]);
  const values = checked.value?.values ?? {};
  const words = SUMMARY.map((pointer) => values[pointer]?.value).filter((value) => typeof value === "string");
  const last = builds.value?.find((build) => build.file === `${project.path}/${path}`);
  return (
    <li>
      <a href={fileAddress(project.id, path)}>{fullName(project, path)}</a>
      <span class="summary">{words.join(" · ")}</span>
      <span class={checked.value?.errors ? "fault" : ""}>{checked.value ? problems(checked.value) : "…"}</span>
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

export function problems({ errors, warnings }: Pick<Checked, "errors" | "warnings">): string {
  const count = (number: number, word: string) => `${number} ${word}${number === 1 ? "" : "s"}`;
  return warnings ? `${count(errors, "error")}, ${count(warnings, "warning")}` : count(errors, "error");
}
