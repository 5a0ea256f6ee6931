// Runs the Kairosfile language in Pyodide, away from the page. All that it loads is beside it.
import { loadPyodide } from "./pyodide/pyodide.mjs";

const beside = (name) => new URL(name, import.meta.url).href;

async function start() {
  const [python, code] = await Promise.all([
    loadPyodide({ indexURL: beside("pyodide/") }),
    fetch(beside("kairosfile.zip")).then((response) => response.arrayBuffer()),
  ]);
  python.unpackArchive(code, "zip", { extractDir: "/kairosfile" });
  python.runPython("import sys; sys.path.insert(0, '/kairosfile')");
  return python.pyimport("answers").answer;
}

const started = start();
started.then(
  () => postMessage({ ready: true }),
  (error) => postMessage({ broken: String(error) }),
);

onmessage = async ({ data }) => {
  const answer = await started;
  try {
    postMessage({ number: data.number, answer: JSON.parse(answer(JSON.stringify(data.request))) });
  } catch (error) {
    postMessage({ number: data.number, broken: String(error) });
  }
};
