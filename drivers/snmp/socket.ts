import { createSocket, type RemoteInfo, type Socket, type SocketOptions } from "node:dgram";
import type { LookupFunction } from "node:net";

type Sent = (error: Error | null) => void;

/** `lookup` resolves the name in place of the system; an error of it is told as trouble. */
export interface AgentAddress {
  readonly host: string;
  readonly port: number;
  readonly lookup?: LookupFunction;
}

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

  constructor({ host, port, lookup }: AgentAddress, trouble: (error: Error) => void) {
    this.#trouble = trouble;
    const type = host.includes(":") ? "udp6" : "udp4";
    this.#socket = createSocket({ type, ...(lookup === undefined ? {} : { lookup: ofPeers(lookup) }) });
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

/** A socket asks for its own end, too, which is any address of the box. */
function ofPeers(lookup: LookupFunction): NonNullable<SocketOptions["lookup"]> {
  return (host, options, done) => {
    if (host === "0.0.0.0" || host === "::") done(null, host, host === "::" ? 6 : 4);
    // Asked for one address it answers with one.
    else lookup(host, options, done as Parameters<LookupFunction>[2]);
  };
}

/** What makes the system refuse a socket of both families on a box that knows only IPv4. */
const NO_IPV6: ReadonlySet<string | undefined> = new Set(["EAFNOSUPPORT", "EADDRNOTAVAIL", "EINVAL"]);

/** The UDP socket that notifications are told to. What it hears is answered at once with what `take` returns. */
export class NotificationSocket {
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** On one address of the box, or on all of them, by IPv6 and IPv4 alike. Rejects with the system's error when that cannot be. */
  static async open(
    port: number,
    address: string | null,
    take: (bytes: Buffer, from: RemoteInfo) => readonly Buffer[],
    lost: (error: Error) => void,
  ): Promise<NotificationSocket> {
    const socket = await bound(port, address);
    // An answer that the network does not take is as good as lost on the way: the sender tells it again.
    socket.on("message", (bytes, from) => {
      for (const answer of take(bytes, from)) socket.send(answer, from.port, from.address, () => {});
    });
    socket.on("error", lost);
    return new NotificationSocket(socket);
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }
}

async function bound(port: number, address: string | null): Promise<Socket> {
  if (address !== null) return bind(createSocket(address.includes(":") ? "udp6" : "udp4"), port, address);
  try {
    return await bind(createSocket("udp6"), port, "::");
  } catch (error) {
    if (!NO_IPV6.has((error as NodeJS.ErrnoException).code)) throw error;
    return bind(createSocket("udp4"), port, "0.0.0.0");
  }
}

function bind(socket: Socket, port: number, address: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const refused = (error: Error): void => {
      socket.close();
      reject(error);
    };
    socket.once("error", refused);
    socket.bind(port, address, () => {
      socket.off("error", refused);
      resolve(socket);
    });
  });
}
