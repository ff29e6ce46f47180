import { createSocket, type Socket } from "node:dgram";
import snmp from "net-snmp";
import { type Listening, LOOPBACK, portTrouble } from "./listen.ts";

export type SnmpType = "Integer" | "OctetString" | "OID" | "Counter" | "Gauge" | "TimeTicks" | "Counter64";

/** One variable of an agent. Its value is asked for when somebody asks for it; null is "no such instance". */
export interface SnmpVariable {
  /** Full OID with the instance. */
  readonly oid: string;
  readonly type: SnmpType;
  value(): number | string | Buffer | null;
}

export type SnmpAccess =
  | { readonly version: "2c"; readonly community: string }
  | { readonly version: "3"; readonly user: string; readonly authKey: string; readonly privKey: string };

/** The part of net-snmp's agent that is used here; its own declarations say only `any`. */
interface Agent {
  getMib(): { addProviderToNode(provider: object): void; addNodesForOid(oid: string): { value: unknown; valueType: number } };
  registerProvider(provider: object): void;
  getAuthorizer(): { addCommunity(community: string): void; addUser(user: object): void };
}

interface Request {
  readonly oid: string;
  readonly instanceNode: { value: unknown };
  done(answer?: object): void;
}

/**
 * A read-only SNMP agent on loopback: v2c, or v3 with SHA-256 and AES-128. One scalar provider spans the whole tree, so that scalars
 * and table cells are the same thing: an OID with a value. A silent agent takes requests and never answers.
 */
export async function startSnmpAgent(
  port: number,
  access: SnmpAccess,
  variables: readonly SnmpVariable[],
  silent: () => boolean,
): Promise<Listening> {
  const socket = await bind(port);
  const agent: Agent = snmp.createAgent(
    // net-snmp opens its own sockets and cannot tell when, or whether, that worked: it is handed one that is bound already.
    {
      port: socket.address().port,
      address: LOOPBACK,
      dgramModule: { createSocket: () => guarded(socket, silent) },
      engineID: engineId(port),
    },
    // Strangers and garbage are not answered, as on a real card.
    () => undefined,
  );
  allow(agent, access);
  const byOid = new Map(variables.map((variable) => [variable.oid, variable]));
  const provider = {
    name: "room",
    type: snmp.MibProviderType.Scalar,
    oid: "1.3.6.1",
    scalarType: snmp.ObjectType.Integer,
    maxAccess: snmp.MaxAccess["read-only"],
    handler(request: Request): void {
      const value = byOid.get(request.oid)?.value() ?? null;
      request.instanceNode.value = value;
      if (value === null) request.done({ errorStatus: snmp.ErrorStatus.NoError, type: snmp.ObjectType.NoSuchInstance, value: null });
      else request.done();
    },
  };
  agent.registerProvider(provider);
  agent.getMib().addProviderToNode(provider);
  for (const variable of variables) {
    const node = agent.getMib().addNodesForOid(variable.oid);
    node.valueType = snmp.ObjectType[variable.type];
    node.value = 0;
  }
  return { port: socket.address().port, stop: () => new Promise((resolve) => socket.close(() => resolve())) };
}

function allow(agent: Agent, access: SnmpAccess): void {
  if (access.version === "2c") agent.getAuthorizer().addCommunity(access.community);
  else
    agent.getAuthorizer().addUser({
      name: access.user,
      level: snmp.SecurityLevel.authPriv,
      authProtocol: snmp.AuthProtocols.sha256,
      authKey: access.authKey,
      privProtocol: snmp.PrivProtocols.aes,
      privKey: access.privKey,
    });
}

/** RFC 3411 engine id in the "administratively assigned octets" format; the same port is the same engine after a restart. */
function engineId(port: number): string {
  return `800000000005${Buffer.from(`room-${port}`).toString("hex")}`;
}

function bind(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket("udp4");
    const refused = (error: Error): void => {
      socket.close();
      reject(portTrouble(error, "SNMP, UDP", port) ?? error);
    };
    socket.once("error", refused);
    socket.bind(port, LOOPBACK, () => {
      socket.off("error", refused);
      resolve(socket);
    });
  });
}

/**
 * What the agent takes for its socket: bound already, deaf while the agent is silent, and patient with packets that make net-snmp
 * throw (a negative non-repeaters count does), as a real card is.
 */
function guarded(socket: Socket, silent: () => boolean): object {
  return {
    bind: () => undefined,
    on(event: string, listener: (...args: readonly unknown[]) => void): void {
      socket.on(event, (...args: readonly unknown[]) => {
        if (event === "message" && silent()) return;
        try {
          listener(...args);
        } catch {
          // Not answered: the packet was not one that an agent understands.
        }
      });
    },
    send: socket.send.bind(socket),
  };
}
