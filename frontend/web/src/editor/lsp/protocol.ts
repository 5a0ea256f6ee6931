// The part of the Language Server Protocol that the page uses. Lines and columns count from 0, in UTF-16.
export interface Position { line: number; character: number }
export interface Range { start: Position; end: Position }
export interface TextEdit { range: Range; newText: string }
export interface Diagnostic {
  range: Range;
  message: string;
  severity?: number;
  code?: string;
  codeDescription?: { href: string };
}
export interface PublishedDiagnostics { uri: string; version?: number | null; diagnostics: Diagnostic[] }
export interface CodeAction {
  title: string;
  isPreferred?: boolean;
  diagnostics?: Diagnostic[];
  edit?: { changes?: Record<string, TextEdit[]> };
}
export interface Markup { value: string }
export interface Hover { contents: Markup; range?: Range }
export interface CompletionItem {
  label: string;
  detail?: string;
  documentation?: Markup;
  sortText?: string;
  filterText?: string;
  textEdit?: TextEdit;
}
export interface CompletionList { items: CompletionItem[] }
