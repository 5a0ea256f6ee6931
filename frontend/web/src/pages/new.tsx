import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { message, post } from "../api";
import { Create } from "../parts/create";
import { language, loadLanguage } from "../parts/language";
import { Title } from "../parts/title";

interface Answers { distro: string | null; model: string | null; provider: string | null; version: string | null; trusted_boot: boolean | null; ci: string | null }
type Name = "distro" | "model" | "provider" | "version" | "ci";
interface NewFiles { text: string; files: Record<string, string> }

const FILE = "Kairosfile";

/** The questions of `kairosfile new`, beside the file that results from the answers. */
export function NewPage() {
  const answers = useSignal<Answers>({ distro: null, model: null, provider: null, version: null, trusted_boot: null, ci: null });
  const result = useSignal<NewFiles>({ text: "", files: {} });
  const fault = useSignal("");
  useEffect(() => void loadLanguage().catch((error) => (fault.value = message(error))), []);
  const request = answers.value;
  useEffect(() => {
    const controller = new AbortController();
    post<NewFiles>("/new", request, controller.signal)
      .then((one) => {
        result.value = one;
        fault.value = "";
      })
      .catch((error) => {
        if (!controller.signal.aborted) fault.value = message(error);
      });
    return () => controller.abort();
  }, [request]);
  const questions = language.value?.new;
  const set = (name: Name) => (value: string) => (answers.value = { ...answers.value, [name]: value || null });
  if (!questions) return <p role="status" class={fault.value ? "fault" : ""}>{fault.value || "Loading …"}</p>;
  const models = Object.keys(questions.models);
  const distros = request.trusted_boot ? Object.keys(questions.trusted_boot) : (questions.models[request.model ?? "generic"] ?? []);
  return (
    <>
      <Title>New Kairosfile</Title>
      <div class="panes questions">
        <section aria-label="Questions">
          <Question name="Board" value={request.model} choices={models} set={set("model")} />
          <Question name="Distribution" value={request.distro} choices={distros} set={set("distro")} />
          <Question name="Kubernetes" value={request.provider} choices={Object.keys(questions.providers)} none="none" set={set("provider")} />
          <div class="input">
            <label class="name" for="version">Version of the image</label>
            <input id="version" placeholder={questions.version} autocomplete="off" onChange={(event) => set("version")(event.currentTarget.value.trim())} />
          </div>
          <Question name="CI" value={request.ci} choices={questions.ci} none="none" set={set("ci")} />
          <div class="input">
            <label class="check">
              <input type="checkbox" onChange={(event) => (answers.value = { ...request, trusted_boot: event.currentTarget.checked || null })} />{" "}
              <span class="name">Trusted Boot</span>
            </label>
          </div>
        </section>
        <section aria-label="The file">
          {fault.value && <p class="fault" role="alert">{fault.value}</p>}
          <pre tabIndex={0} aria-label="Text of the new file">{result.value.text}</pre>
          <Create text={result.value.text} />
          {Object.entries(result.value.files).map(([path, text]) => path !== FILE && <Beside key={path} path={path} text={text} />)}
        </section>
      </div>
    </>
  );
}

/** An additional file to copy: the page cannot write it, because its folder is hidden from the page. */
function Beside({ path, text }: { path: string; text: string }) {
  return (
    <details>
      <summary>{path} (save it next to the Kairosfile)</summary>
      <button type="button" onClick={() => void navigator.clipboard.writeText(text)}>Copy</button>
      <pre tabIndex={0} aria-label={path}>{text}</pre>
    </details>
  );
}

interface QuestionProps { name: string; value: string | null; choices: string[]; none?: string; set: (value: string) => void }

function Question({ name, value, choices, none = "default", set }: QuestionProps) {
  const id = `question-${name.toLowerCase()}`;
  return (
    <div class="input">
      <label class="name" for={id}>{name}</label>
      <select id={id} value={value ?? ""} onChange={(event) => set(event.currentTarget.value)}>
        <option value="">{none}</option>
        {choices.map((one) => <option key={one} value={one}>{one}</option>)}
      </select>
    </div>
  );
}
