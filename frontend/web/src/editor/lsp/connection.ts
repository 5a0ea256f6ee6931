// JSON-RPC over a WebSocket that reconnects whenever the connection breaks, until `close` is called.
const FIRST_DELAY = 500; // milliseconds
const LONGEST_DELAY = 15_000;

export interface Peer {
  /** The connection is open; no message was sent over it yet. */
  onOpen(): void;
  onClose(): void;
  onNotification(method: string, params: unknown): void;
}

interface PendingRequest {
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
  private readonly pendingRequests = new Map<number, PendingRequest>();
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

  /** The server has answered correctly: the next reconnect starts without a longer delay. */
  resetDelay(): void {
    this.delay = FIRST_DELAY;
  }

  request<Result>(method: string, params: unknown): Promise<Result> {
    const id = ++this.number;
    return new Promise<Result>((resolve, reject) => {
      if (!this.send({ id, method, params })) return reject(new Error("the language server is not connected"));
      this.pendingRequests.set(id, { resolve: resolve as PendingRequest["resolve"], reject });
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
    socket.addEventListener("open", () => this.peer.onOpen());
    socket.addEventListener("message", (event) => this.handleMessage(JSON.parse(String(event.data)) as Message));
    socket.addEventListener("close", () => this.handleClose());
  }

  private handleMessage({ id, method, params, result, error }: Message): void {
    if (method !== undefined) return this.peer.onNotification(method, params);
    const pending = id === undefined ? undefined : this.pendingRequests.get(id);
    if (!pending || id === undefined) return;
    this.pendingRequests.delete(id);
    if (error) pending.reject(new Error(error.message));
    else pending.resolve(result);
  }

  private handleClose(): void {
    this.socket = null;
    for (const { reject } of this.pendingRequests.values()) reject(new Error("the language server has disconnected"));
    this.pendingRequests.clear();
    this.peer.onClose();
    if (!this.isWanted) return;
    this.timer = setTimeout(() => this.connect(), this.delay);
    this.delay = Math.min(this.delay * 2, LONGEST_DELAY);
  }
}
