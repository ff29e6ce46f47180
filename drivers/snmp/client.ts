import {
  Authentication,
  AuthProtocols,
  createReceiver,
  createSession,
  createV3Session,
  type Session as NetSnmpSession,
  PrivProtocols,
  SecurityLevel,
  type User,
  type Varbind,
} from "net-snmp";
import type { BusFault, Pace } from "../driver.ts";
import type { LostReason } from "../reading.ts";
import { CommunityClient } from "./community-client.ts";
import type { Variable } from "./decode.ts";
import { AgentSocket } from "./socket.ts";
import type { CommunitySecurity, Notification, SnmpAnswer, SnmpClient, SnmpNotifier, SnmpWire, UserSecurity } from "./wire.ts";

/** Codes of net-snmp's ResponseInvalidError that mean something of their own; its types do not list all of them. */
const INVALID = {
  cannotDecrypt: 4,
  notAuthentic: 5,
  otherVariables: 6,
  otherVersion: 9,
  otherCommunity: 10,
  report: 11,
  otherTime: 14,
} as const;
/** A SNMPv3 exchange is discovery, time and request, each possibly again; an agent that wants more is leading us in circles. */
const ROUNDS_PER_REQUEST_MAX = 4;
const ERROR_REASONS: Readonly<Record<string, LostReason>> = {
  ECONNREFUSED: "refused",
  EHOSTUNREACH: "timeout", // nobody answers ARP for this address: the device is silent, our own network is fine
  ENETUNREACH: "adapterMissing",
  ENETDOWN: "adapterMissing",
  EADDRNOTAVAIL: "adapterMissing",
  ENOTFOUND: "unresolved",
  EAI_AGAIN: "unresolved",
  EACCES: "adapterMissing",
  EPERM: "adapterMissing",
};

type Reply = (error: unknown, varbinds?: readonly (Varbind | Varbind[])[]) => void;
type Ask = (session: NetSnmpSession, reply: Reply) => void;

/** Opens a client for one agent; nothing is sent before the first question. With its siblings below the only door to `net-snmp`. */
export function openClient(wire: SnmpWire, pace: Pace): SnmpClient {
  const { security } = wire;
  if (security.version === "3") return new NetSnmpClient(wire);
  return new CommunityClient(
    { ...wire, security },
    pace,
    (error) => troubleAt(wire, error),
    () => new NetSnmpClient(wire),
  );
}

/** Opens the way to one manager; nothing is sent before the first notification. */
export function openNotifier(wire: SnmpWire): SnmpNotifier {
  return new NetSnmpClient(wire);
}

/** What the package's receiver tells of a datagram: an error, or the notification, with the name under which it was told. */
export type Told = (error: Error | null, notification?: { readonly pdu: { readonly user?: string; readonly community?: string } }) => void;

/** The package's receiver on a socket of the caller. Of users of the same name the first holds. `engineId` is our own, in hex. */
export function startReceiver(socket: object, engineId: string, names: readonly (CommunitySecurity | UserSecurity)[], told: Told): void {
  const receiver = createReceiver({ engineID: engineId, includeAuthentication: true, dgramModule: { createSocket: () => socket } }, told);
  for (const name of names.toReversed()) {
    if (name.version === "3") receiver.getAuthorizer().addUser(userOf(name));
    else receiver.getAuthorizer().addCommunity(name.community);
  }
}

/** SNMPv3 keys by what they were made of: protocol, password and engine. */
export type Keys = Record<string, Buffer>;

/** The package keeps the key of every engine that it was ever told of; what `work` makes it keep goes to `keys` instead. */
export function withKeys(keys: Keys, work: () => void): void {
  const store = Authentication as unknown as { authToKeyCache: Keys };
  const ofAgents = store.authToKeyCache;
  store.authToKeyCache = keys;
  try {
    work();
  } finally {
    store.authToKeyCache = ofAgents;
  }
}

class NetSnmpClient implements SnmpClient, SnmpNotifier {
  readonly version: SnmpWire["security"]["version"];
  readonly #wire: SnmpWire;
  #session: NetSnmpSession | null = null;
  #socket: AgentSocket | null = null;
  /** This session has had an answer, so its SNMPv3 engine and clock were right once. */
  #proven = false;
  #settle: ((answer: SnmpAnswer) => void) | null = null;
  #garbled: string | null = null;
  #closed = false;

  constructor(wire: SnmpWire) {
    this.#wire = wire;
    this.version = wire.security.version;
  }

  async get(oids: readonly string[]): Promise<SnmpAnswer> {
    const answer = await this.#ask((session, reply) => session.get([...oids], reply));
    if (answer.outcome !== "variables") return answer;
    const stray = answer.variables.findIndex(({ oid }, at) => oid !== oids[at]);
    if (stray < 0) return answer;
    return fault("foreign", `asked ${oids[stray]}, answered ${answer.variables[stray]?.oid}`);
  }

  following(oid: string, countMax: number): Promise<SnmpAnswer> {
    return this.version === "1"
      ? this.#ask((session, reply) => session.getNext([oid], reply))
      : this.#ask((session, reply) => session.getBulk([oid], 0, countMax, reply));
  }

  inform({ oid, objects }: Notification): Promise<SnmpAnswer> {
    return this.#ask((session, reply) => session.inform(oid, [...objects], reply));
  }

  trap({ oid, objects }: Notification): Promise<SnmpAnswer> {
    return this.#ask((session, reply) => session.trap(oid, [...objects], (error) => reply(error)));
  }

  close(): void {
    this.#closed = true;
    this.#drop();
    this.#settle?.(fault("adapterMissing", "session closed"));
  }

  async #ask(ask: Ask): Promise<SnmpAnswer> {
    const wasProven = this.#proven;
    const answer = await this.#askOnce(ask);
    // An agent that came back with another engine or clock answers as if our key were wrong: start over once before saying so.
    const startOver = this.version === "3" && wasProven && answer.outcome === "fault" && answer.fault.reason === "refused";
    return startOver && !this.#closed ? this.#askOnce(ask) : answer;
  }

  #askOnce(ask: Ask): Promise<SnmpAnswer> {
    if (this.#closed) return Promise.resolve(fault("adapterMissing", "session closed"));
    return new Promise((resolve) => {
      this.#garbled = null;
      this.#settle = (answer) => {
        this.#settle = null;
        // Whatever broke this session must not break the next: name lookup, route, engine and clock start afresh.
        if (answer.outcome === "fault") this.#drop();
        else this.#proven = true;
        resolve(answer);
      };
      const settle = this.#settle;
      try {
        this.#session ??= this.#open();
        this.#socket?.allow(ROUNDS_PER_REQUEST_MAX * (this.#wire.retries + 1));
        ask(this.#session, (error, varbinds) => {
          if (this.#settle === settle) settle(this.#answer(error, varbinds));
        });
      } catch (error) {
        if (this.#settle === settle) settle(this.#answer(error));
      }
    });
  }

  #open(): NetSnmpSession {
    const { host, port, timeoutMs, retries, security, engineId } = this.#wire;
    const trouble = (error: unknown): void => this.#settle?.(this.#answer(error));
    const options = { port, trapPort: port, timeout: timeoutMs, retries, dgramModule: { createSocket: () => this.#connect(trouble) } };
    const session =
      security.version === "3"
        ? createV3Session(host, userOf(security), {
            ...options,
            version: 3,
            context: security.context ?? "",
            ...(engineId === undefined ? {} : { engineID: engineId }),
          })
        : createSession(host, security.community, { ...options, version: security.version === "1" ? 0 : 1 });
    // Bytes that are no SNMP message: keep waiting for the real answer, but say so when none comes.
    session.on("error", (error) => {
      this.#garbled = error.message;
    });
    this.#proven = false;
    return session;
  }

  #connect(trouble: (error: unknown) => void): AgentSocket {
    this.#socket = new AgentSocket(this.#wire, trouble);
    return this.#socket;
  }

  #drop(): void {
    const session = this.#session;
    this.#session = null;
    this.#proven = false;
    session?.close();
  }

  #answer(error: unknown, varbinds: readonly (Varbind | Varbind[])[] = []): SnmpAnswer {
    if (error === null || error === undefined) return { outcome: "variables", variables: varbinds.flat().map(variableOf) };
    if (!(error instanceof Error)) return fault("garbled", String(error));
    if (error.name === "RequestFailedError" && "status" in error) return errorStatus(error.message, Number(error.status));
    if (error.name === "RequestTimedOutError") return this.#timedOut();
    if (error.name === "ResponseInvalidError" && "code" in error) return this.#invalid(error.message, Number(error.code));
    return { outcome: "fault", fault: troubleAt(this.#wire, error) };
  }

  #timedOut(): SnmpAnswer {
    const { host, port, timeoutMs, retries } = this.#wire;
    if (this.#garbled !== null) return fault("garbled", `${host}:${port}: answer is not SNMP: ${this.#garbled}`);
    const hint = this.version === "3" ? "a wrong privacy key or context looks the same" : "a wrong community looks the same";
    return fault("timeout", `${host}:${port}: no answer within ${timeoutMs} ms, asked ${retries + 1} times (${hint})`);
  }

  #invalid(message: string, code: number): SnmpAnswer {
    const detail = `${this.#wire.host}:${this.#wire.port}: ${message}`;
    switch (code) {
      case INVALID.cannotDecrypt:
      case INVALID.notAuthentic:
      case INVALID.report:
      case INVALID.otherTime:
        return fault("refused", `${detail} (check user, level, protocols and keys)`);
      case INVALID.otherVariables:
        return fault("short", detail);
      case INVALID.otherVersion:
      case INVALID.otherCommunity:
        return fault("foreign", detail);
      default:
        return fault("garbled", detail);
    }
  }
}

/** What the system says when it does not let a datagram through. */
function troubleAt({ host, port }: SnmpWire, error: unknown): BusFault {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return { reason: ERROR_REASONS[code] ?? "garbled", detail: `${host}:${port}: ${error instanceof Error ? error.message : String(error)}` };
}

function fault(reason: LostReason, detail: string): SnmpAnswer {
  return { outcome: "fault", fault: { reason, detail } };
}

/** The package puts the blamed variable only into the text: `NoSuchName: 1.3.6.…`. */
function errorStatus(message: string, status: number): SnmpAnswer {
  const [name = "", oid = null] = message.split(": ");
  return { outcome: "errorStatus", status, name, oid };
}

function variableOf({ oid, type = 5, value }: Varbind): Variable {
  return { oid, type, value };
}

function userOf(security: UserSecurity): User {
  const { authProtocol, authKey, privProtocol, privKey } = security;
  return {
    name: security.user,
    level: SecurityLevel[security.level],
    ...(authProtocol === undefined ? {} : { authProtocol: AuthProtocols[authProtocol] }),
    ...(authKey === undefined ? {} : { authKey }),
    ...(privProtocol === undefined ? {} : { privProtocol: PrivProtocols[privProtocol] }),
    ...(privKey === undefined ? {} : { privKey }),
  };
}
