// The page "Try it": a text on one side, its diagnostics and results on the other. Nothing leaves the browser.
const EXAMPLE = `# syntax=quay.io/kairos/kairos-frontend:v1
base: ubuntu:24.04
version: v1.0.0
variant: standard
provider: {name: k3s, version: v1.33.1+k3s1}
hooks:
  after_install:
    - packages: [curl]
`;
const PAUSE = 250; // milliseconds without a key before a text is checked
const AT = "#file=";
const root = document.getElementById("playground");
const found = (name) => root.querySelector(`[data-part=${name}]`);
const text = found("text");
const output = found("output");
const status = found("status");
let worker;
let built = EXAMPLE;
let view = "check";
let number = 0;
let timer = 0;

/** Returns an element with a class and a text; texts of others never become markup. */
function element(tag, name = "", content = "") {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = content;
  return made;
}

async function through(stream, bytes) {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}

/** Returns a text as the end of a link: deflated, in the letters of base64url. */
async function packed(content) {
  const bytes = await through(new CompressionStream("deflate-raw"), new TextEncoder().encode(content));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

async function unpacked(word) {
  const bytes = Uint8Array.from(atob(word.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
  return new TextDecoder().decode(await through(new DecompressionStream("deflate-raw"), bytes));
}

function ask() {
  number += 1;
  worker.postMessage({ number, request: { view, text: text.value, built } });
}

function show(answer) {
  output.replaceChildren(...(answer.findings ? findings(answer.findings) : parts(answer)));
}

function findings(list) {
  if (list.length === 0) {
    return [element("p", "kf-good", "Nothing to report.")];
  }
  return list.map((one) => {
    const row = element("div", `kf-finding kf-${one.severity}`);
    const place = element("button", "kf-place", `${one.start.line}:${one.start.column}`);
    place.onclick = () => select(one.start, one.end);
    const rule = element("a", "", one.rule);
    rule.href = new URL(`../../rules/${one.rule}.html`, import.meta.url).href;
    row.append(place, ` ${one.severity}: ${one.message}`, one.hint ? `; ${one.hint} ` : " ", rule);
    if (one.fix) {
      const fix = element("button", "md-button", "Fix");
      fix.onclick = () => replace(one.fix);
      row.append(" ", fix);
    }
    return row;
  });
}

function parts(answer) {
  if (answer.picture) {
    const image = element("img");
    image.alt = "The steps of the build";
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(answer.picture)}`;
    return [image];
  }
  if (answer.text !== undefined) {
    return [element("pre", "", answer.text)];
  }
  return [element("p", "kf-head", answer.head), ...answer.blocks.map(block)];
}

function block({ title, detail, mark, rows }) {
  const made = element("section", "kf-step");
  const head = element("h2", "", title);
  head.append(mark ? element("span", `kf-mark kf-${mark}`, mark) : "", element("small", "", detail));
  const list = element("dl");
  for (const { name, text: content } of rows) {
    list.append(element("dt", "", name), element("dd", "", content));
  }
  made.append(head, list);
  return made;
}

/** Returns the UTF-16 offset in the editor of a position that counts characters. */
function offset({ line, column }) {
  const lines = text.value.split("\n");
  const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  return before + [...(lines[line - 1] ?? "")].slice(0, column - 1).join("").length;
}

function select(start, end) {
  text.focus();
  text.setSelectionRange(offset(start), offset(end));
}

function replace({ start, end, text: content }) {
  text.setRangeText(content, offset(start), offset(end));
  changed();
}

function changed() {
  clearTimeout(timer);
  timer = setTimeout(async () => {
    history.replaceState(null, "", AT + (await packed(text.value)));
    ask();
  }, PAUSE);
}

function choose(name) {
  view = name;
  for (const button of root.querySelectorAll("[data-view]")) {
    button.setAttribute("aria-pressed", String(button.dataset.view === name));
  }
  ask();
}

function listen({ data }) {
  if (data.ready) {
    status.textContent = "Ready. This text stays in your browser unless you share a link.";
    choose(view);
  } else if (data.broken) {
    status.textContent = `Python cannot start in this browser: ${data.broken}`;
  } else if (data.number === number) {
    show(data.answer);
  }
}

function start() {
  found("start").remove();
  found("workspace").hidden = false;
  status.textContent = "Loading Python, 7 MB, once...";
  worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
  worker.onmessage = listen;
  worker.onerror = () => {
    status.textContent = "Python is missing from this copy of the site, or the page was opened from a disk. Run `make docs`, and open the site from a web server.";
  };
}

text.value = EXAMPLE;
if (location.hash.startsWith(AT)) {
  unpacked(location.hash.slice(AT.length)).then(
    (content) => (text.value = content),
    () => (status.textContent = "This link is incomplete. Copy the whole link."),
  );
}
text.oninput = changed;
found("start").onclick = start;
found("built").onclick = () => {
  built = text.value;
  choose("diff");
};
for (const button of root.querySelectorAll("[data-view]")) {
  button.onclick = () => choose(button.dataset.view);
}
