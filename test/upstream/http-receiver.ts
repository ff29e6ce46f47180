import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

export interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What becomes of one question: it is answered, or the connection is cut before or after the deed. */
export type Fate = "answer" | "lost before" | "lost after";

/** An HTTP server on loopback that answers as the test, or a server's likeness, decides. */
export class HttpReceiver {
  readonly asked: Asked[] = [];
  fate: (asked: Asked) => Fate = () => "answer";
  answer: (asked: Asked) => Reply;
  readonly #server: Server;

  constructor(answer: (asked: Asked) => Reply = () => ({ status: 200, body: {} })) {
    this.answer = answer;
    this.#server = createServer((request, response) => this.#hear(request, response));
  }

  /** @returns its address without a slash at the end. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const address = this.#server.address();
    return `http://127.0.0.1:${address !== null && typeof address === "object" ? address.port : 0}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #hear(request: IncomingMessage, response: ServerResponse): void {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => {
      body += chunk;
    });
    request.on("end", () => {
      const asked = { method: request.method ?? "", url: request.url ?? "", headers: request.headers, body };
      this.asked.push(asked);
      const fate = this.fate(asked);
      if (fate === "lost before") return void request.socket.resetAndDestroy();
      const { status, body: told, headers = {} } = this.answer(asked);
      if (fate === "lost after") return void request.socket.resetAndDestroy();
      const text = told === undefined ? "" : typeof told === "string" ? told : JSON.stringify(told);
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(text);
    });
  }
}
