// JSON-RPC over a WebSocket that is opened again whenever it is lost, for as long as somebody wants it.
const FIRST_DELAY = 500; // milliseconds
const LONGEST_DELAY = 15_000;

export interface Peer {
  /** The connection is there: nothing was sent over it yet. */
  opened(): void;
  closed(): void;
  notified(method: string, params: unknown): void;
}

interface Waiting {
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
}

interface Message {
  id?: number;
  method?: string;
  params?: unknown;
  result?: unknown;
  error?: { message: string };
}

export class Connection {
  private socket: WebSocket | null = null;
  private readonly waiting = new Map<number, Waiting>();
  private number = 0;
  private delay = FIRST_DELAY;
  private timer = 0;
  private isWanted = false;

  constructor(private readonly path: string, private readonly peer: Peer) {}

  open(): void {
    this.isWanted = true;
    clearTimeout(this.timer);
    if (!this.socket) this.connect();
  }

  close(): void {
    this.isWanted = false;
    clearTimeout(this.timer);
    this.socket?.close();
  }

  /** The other end has answered as it should: when it is lost, it is looked for at once. */
  works(): void {
    this.delay = FIRST_DELAY;
  }

  request<Result>(method: string, params: unknown): Promise<Result> {
    const id = ++this.number;
    return new Promise<Result>((resolve, reject) => {
      if (!this.send({ id, method, params })) return reject(new Error("the language server is not connected"));
      this.waiting.set(id, { resolve: resolve as Waiting["resolve"], reject });
    });
  }

  notify(method: string, params: unknown): void {
    this.send({ method, params });
  }

  private send(message: Message): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify({ jsonrpc: "2.0", ...message }));
    return true;
  }

  private connect(): void {
    const socket = new WebSocket(this.path);
    this.socket = socket;
    socket.addEventListener("open", () => this.peer.opened());
    socket.addEventListener("message", (event) => this.take(JSON.parse(String(event.data)) as Message));
    socket.addEventListener("close", () => this.lost());
  }

  private take({ id, method, params, result, error }: Message): void {
    if (method !== undefined) return this.peer.notified(method, params);
    const asked = id === undefined ? undefined : this.waiting.get(id);
    if (!asked || id === undefined) return;
    this.waiting.delete(id);
    if (error) asked.reject(new Error(error.message));
    else asked.resolve(result);
  }

  private lost(): void {
    this.socket = null;
    for (const { reject } of this.waiting.values()) reject(new Error("the language server has gone"));
    this.waiting.clear();
    this.peer.closed();
    if (!this.isWanted) return;
    this.timer = setTimeout(() => this.connect(), this.delay);
    this.delay = Math.min(this.delay * 2, LONGEST_DELAY);
  }
}
