// The language server of `kairosfile web`, and the document that the page has open there.
import type { Finding } from "../findings";
import { Connection } from "./connection";
import type { CodeAction, CompletionList, Diagnostic, Hover, Position, PublishedDiagnostics, Range } from "./protocol";

const PATH = "/api/v1/lsp";
const SCHEME = "kairosfile://";
const SEVERITIES: Finding["severity"][] = ["error", "warning", "note", "note"];
const WHOLE: Range = { start: { line: 0, character: 0 }, end: { line: 2 ** 31 - 1, character: 0 } };

/** A document that is open at the language server; after a lost connection it is opened again. */
export class ServedText {
  private readonly connection = new Connection(PATH, {
    onOpen: () => void this.start().catch(() => undefined),
    onClose: () => this.handleClose(),
    onNotification: (method, params) => this.handleNotification(method, params),
  });
  private readonly uri: string;
  private readonly diagnosticsByUri = new Map<string, Diagnostic[]>();
  private version = 0;
  private shownVersion = -1;
  private isReady = false;
  /** Resolve the requests that wait until the document is open. */
  private waiting: (() => void)[] = [];

  /** `show` receives the findings, or null when the server stops answering. */
  constructor(
    project: string,
    path: string,
    private text: string,
    private readonly show: (findings: Finding[] | null) => void,
  ) {
    this.uri = `${SCHEME}${project}/${path.split("/").map(encodeURIComponent).join("/")}`;
    this.connection.open();
  }

  /** Whether the language server has provided the findings of the current text. */
  get isCurrent(): boolean {
    return this.isReady && this.shownVersion === this.version;
  }

  change(text: string): void {
    this.text = text;
    this.version += 1;
    if (!this.isReady) return;
    this.connection.notify("textDocument/didChange", {
      textDocument: { uri: this.uri, version: this.version },
      contentChanges: [{ text }],
    });
  }

  complete(position: Position): Promise<CompletionList | null> {
    return this.request("textDocument/completion", { position });
  }

  hover(position: Position): Promise<Hover | null> {
    return this.request("textDocument/hover", { position });
  }

  close(): void {
    this.isReady = false;
    this.connection.close();
  }

  /** Send a request about the document once it is open at the server; null if the request fails. */
  private async request<Result>(method: string, params: object): Promise<Result | null> {
    if (!this.isReady) await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await this.connection.request<Result | null>(method, { textDocument: { uri: this.uri }, ...params });
    } catch {
      return null;
    }
  }

  private async start(): Promise<void> {
    const capabilities = { general: { positionEncodings: ["utf-32"] } }; // code points, as in all columns of this server
    await this.connection.request("initialize", { processId: null, rootUri: null, capabilities });
    this.connection.resetDelay();
    this.connection.notify("initialized", {});
    const { uri, version, text } = this;
    this.connection.notify("textDocument/didOpen", { textDocument: { uri, languageId: "kairosfile", version, text } });
    this.isReady = true;
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  private handleClose(): void {
    const wasReady = this.isReady;
    this.isReady = false;
    this.shownVersion = -1;
    this.diagnosticsByUri.clear();
    if (wasReady) this.show(null);
  }

  private handleNotification(method: string, params: unknown): void {
    if (method !== "textDocument/publishDiagnostics") return;
    const { uri, version, diagnostics } = params as PublishedDiagnostics;
    if (uri === this.uri && version !== this.version) return; // diagnostics of an older version
    this.diagnosticsByUri.set(uri, diagnostics);
    void this.showFindings(this.version);
  }

  private async showFindings(version: number): Promise<void> {
    const hasFindings = !!this.diagnosticsByUri.get(this.uri)?.length;
    const context = { diagnostics: [] };
    const actions = hasFindings ? await this.request<CodeAction[]>("textDocument/codeAction", { range: WHOLE, context }) : [];
    if (!this.isReady || version !== this.version) return;
    const findings = [...this.diagnosticsByUri].map(([uri, list]) => list.map((one) => this.finding(uri, one, actions ?? [])));
    this.shownVersion = version;
    this.show(findings.flat());
  }

  private finding(uri: string, one: Diagnostic, actions: CodeAction[]): Finding {
    const isHere = uri === this.uri;
    return {
      ...rangeOf(one.range),
      rule: one.code ?? "",
      severity: SEVERITIES[(one.severity ?? 1) - 1] ?? "error",
      message: one.message,
      hint: null,
      url: one.codeDescription?.href ?? "",
      elsewhere: isHere ? "" : decodeURIComponent(uri.slice(SCHEME.length).split("/").slice(1).join("/")),
      fix: isHere ? this.fixOf(one, actions) : null,
    };
  }

  private fixOf(one: Diagnostic, actions: CodeAction[]): Finding["fix"] {
    const key = keyOf(one);
    const action = actions.find(({ diagnostics }) => diagnostics?.some((other) => keyOf(other) === key));
    const edits = action?.edit?.changes?.[this.uri];
    if (!action || !edits) return null;
    return { name: action.isPreferred ? "Fix" : action.title, edits: edits.map((edit) => ({ ...rangeOf(edit.range), text: edit.newText })) };
  }
}

function keyOf({ code, message, range: { start, end } }: Diagnostic): string {
  return JSON.stringify([code, message, start.line, start.character, end.line, end.character]);
}

function rangeOf({ start, end }: Range): Pick<Finding, "start" | "end"> {
  const place = ({ line, character }: Position) => ({ line: line + 1, column: character + 1 });
  return { start: place(start), end: place(end) };
}
