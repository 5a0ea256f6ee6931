import { useSignal } from "@preact/signals";
import { access, message, Problem, writeFile } from "../api";
import { fileAddress, go } from "../router";
import { loadNames, projects } from "./projects";

/** The path of a new file, and the button that creates it; an existing file is not overwritten. */
export function Create({ text }: { text: string }) {
  const project = useSignal(projects.value[0]?.id ?? "");
  const path = useSignal("Kairosfile");
  const fault = useSignal("");
  const create = async (event: SubmitEvent) => {
    event.preventDefault();
    try {
      await writeFile(project.value, path.value.trim(), text, null);
      await loadNames();
      go(fileAddress(project.value, path.value.trim()));
    } catch (error) {
      fault.value = error instanceof Problem && error.status === 412 ? "a file with this name already exists; choose another name" : message(error);
    }
  };
  return (
    <form onSubmit={create} class="create">
      {projects.value.length > 1 && (
        <span class="field">
          <label for="project">Folder</label>
          <select id="project" value={project} onChange={(event) => (project.value = event.currentTarget.value)}>
            {projects.value.map((one) => <option key={one.id} value={one.id}>{one.path}</option>)}
          </select>
        </span>
      )}
      <span class="field">
        <label for="new-path">Name of the new file</label>
        <input id="new-path" value={path} required onInput={(event) => (path.value = event.currentTarget.value)} autocomplete="off" />
      </span>
      <button type="submit" class="primary" disabled={!text || !access.value.changes}>Create file</button>
      {fault.value && <p class="fault" role="alert">{fault.value}</p>}
    </form>
  );
}
