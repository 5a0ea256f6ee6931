// The session: exchanges the one-time code of the printed address, then loads the page's data.
import { access, get, readAhead, send, signedIn, type Access } from "./api";
import { loadNames } from "./parts/projects";

export async function exchange(code: string): Promise<void> {
  await send("POST", "/session", { code });
}

export async function load(): Promise<void> {
  try {
    await Promise.all([
      get<Access>("/access").then((permissions) => (access.value = permissions)),
      loadNames(),
    ]);
    signedIn.value = true;
  } catch {
    signedIn.value = false;
  }
}

/** Load the page of a file, with the editor, which is most of the script. */
export const loadFilePage = () => import("./pages/file");

/** Fetch the editor and the file of the address before the session is known. */
function prepare(): void {
  const [, first, project, ...rest] = location.pathname.split("/").map(decodeURIComponent);
  if (first !== "p" || !project) return;
  void loadFilePage();
  readAhead(project, rest.join("/"));
}

/** Sign in with the code of the address, if it has one; the code is removed from the address bar and the history at once. */
export async function start(): Promise<void> {
  const code = new URLSearchParams(location.search).get("code");
  if (code) {
    history.replaceState(null, "", location.pathname + location.hash);
    await exchange(code).catch(() => undefined); // a used code does no harm in a browser with a session
  }
  prepare();
  await load();
}
