import { createSocket, type Socket } from "node:dgram";

type Sent = (error: Error | null) => void;

/**
 * The UDP socket that net-snmp is given in place of its own: connected to the one agent. So the kernel drops datagrams of
 * strangers, an ICMP "port unreachable" arrives as ECONNREFUSED instead of a timeout, and what a bad datagram makes the
 * package throw is told as trouble instead of ending the process.
 */
export class AgentSocket {
  readonly #socket: Socket;
  readonly #trouble: (error: Error) => void;
  #waiting: { readonly bytes: Buffer; readonly sent: Sent }[] | null = [];
  #closed = false;
  #datagramsLeft = 0;

  constructor(host: string, port: number, trouble: (error: Error) => void) {
    this.#trouble = trouble;
    this.#socket = createSocket({ type: host.includes(":") ? "udp6" : "udp4" });
    this.#socket.on("error", trouble);
    this.#socket.once("connect", () => this.#flush());
    this.#socket.connect(port, host);
  }

  /** How many datagrams the next request may cost; an agent that asks for more leads the package in circles. */
  allow(datagrams: number): void {
    this.#datagramsLeft = datagrams;
  }

  /** The package names port and host with every datagram; they are known since `connect`. */
  send(bytes: Buffer, _offset: number, _length: number, _port: number, _host: string, sent: Sent): void {
    this.#datagramsLeft -= 1;
    if (this.#closed) sent(new Error("socket is closed"));
    else if (this.#datagramsLeft < 0) sent(new Error("the agent asks to start over again and again"));
    else if (this.#waiting !== null) this.#waiting.push({ bytes, sent });
    else this.#socket.send(bytes, sent);
  }

  on(event: string, listener: (...parts: readonly unknown[]) => void): this {
    if (event === "message") {
      this.#socket.on("message", (bytes, from) => {
        try {
          listener(bytes, from);
        } catch (error) {
          this.#trouble(error instanceof Error ? error : new Error(String(error)));
        }
      });
    } else if (event === "close") this.#socket.on("close", () => listener());
    return this;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#waiting = null;
    this.#socket.close();
  }

  ref(): void {
    if (!this.#closed) this.#socket.ref();
  }

  unref(): void {
    if (!this.#closed) this.#socket.unref();
  }

  #flush(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    for (const { bytes, sent } of waiting) this.#socket.send(bytes, sent);
  }
}
