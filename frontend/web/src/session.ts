// The exchange of the one-time code, which the printed address carries, for a session.
import { access, get, readAhead, send, signedIn, type Access, type Project } from "./api";
import { projects } from "./parts/projects";

export async function exchange(code: string): Promise<void> {
  await send("POST", "/session", { code });
}

export async function load(): Promise<void> {
  try {
    await Promise.all([
      get<Access>("/access").then((allowed) => (access.value = allowed)),
      get<Project[]>("/projects").then((all) => (projects.value = all)),
    ]);
    signedIn.value = true;
  } catch {
    signedIn.value = false;
  }
}

/** The page of a file, with the editor, which is most of the script. */
export const loadFilePage = () => import("./pages/file");

/** Fetch the editor and the file that the address names, before it is known who asks. */
function prepare(): void {
  const [, first, project, ...rest] = location.pathname.split("/").map(decodeURIComponent);
  if (first !== "p" || !project) return;
  void loadFilePage();
  readAhead(project, rest.join("/"));
}

/** Sign in by the code of the address, if it has one, which leaves the address bar, and so the history, at once. */
export async function start(): Promise<void> {
  const code = new URLSearchParams(location.search).get("code");
  if (code) {
    history.replaceState(null, "", location.pathname + location.hash);
    await exchange(code).catch(() => undefined); // a used code in a browser that is known already does no harm
  }
  prepare();
  await load();
}
