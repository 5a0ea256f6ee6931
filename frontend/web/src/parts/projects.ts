// The project folders of the server.
import { signal } from "@preact/signals";
import { get, type Build, type Project } from "../api";

export const projects = signal<Project[]>([]);

/** Load the names of the files, without their details, for which the server checks each file. */
export async function loadNames(): Promise<void> {
  projects.value = await get<Project[]>("/projects?details=false");
}

export async function reload(): Promise<void> {
  projects.value = await get<Project[]>("/projects");
}

/** The project of an absolute path, and the path in that project; null if no project contains it. */
export function placeOf(file: string): { project: Project; path: string } | null {
  const project = projects.value.find((one) => file.startsWith(`${one.path}/`));
  return project ? { project, path: file.slice(project.path.length + 1) } : null;
}

export function shortName(build: Build): string {
  return placeOf(build.file)?.path ?? build.file;
}

/** The displayed name of a file, with the project folder if there are several. */
export function fullName(project: Project, path: string): string {
  return projects.value.length > 1 ? `${project.path.split("/").at(-1)}/${path}` : path;
}
