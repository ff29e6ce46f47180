import { type Keys, startReceiver, type Told, withKeys } from "./client.ts";
import type { CommunitySecurity, Heard, SnmpReceiver, UserSecurity } from "./wire.ts";

/** usmStatsUnknownEngineIDs.0 (RFC 3414) as BER writes it: what a report says that answers a question for our engine's name. */
const UNKNOWN_ENGINE_ID = Buffer.from("060a2b060106030f01010400", "hex");
/** So many datagrams that proved nothing may each have left a key behind. To forget them costs a sender that is known its own once more. */
const UNPROVEN_MAX = 64;

interface Sender {
  readonly address: string;
  readonly port: number;
}
type HandOver = (datagram: Buffer, from: Sender) => void;

/** Understands one sender, who may use these names. `engineId` is ours, in hex: informs of SNMPv3 are told to it. */
export function openReceiver(engineId: string, names: readonly (CommunitySecurity | UserSecurity)[]): SnmpReceiver {
  return new Receiver(engineId, names);
}

/**
 * The package's receiver between two calls: it has no socket of its own and takes one datagram after the other. It does not look at the
 * time in SNMPv3 messages, so one that was recorded on the network can be told again: what is heard may be no more than a hint.
 */
class Receiver implements SnmpReceiver {
  readonly #users: ReadonlySet<string>;
  #handOver: HandOver = () => {};
  #told: Told = () => {};
  #answers: Buffer[] = [];
  #keys: Keys = {};
  #unproven = 0;

  constructor(engineId: string, names: readonly (CommunitySecurity | UserSecurity)[]) {
    const socket = {
      bind: () => {},
      on: (event: string, listener: HandOver) => {
        if (event === "message") this.#handOver = listener;
      },
      send: (bytes: Buffer) => {
        this.#answers.push(bytes);
      },
    };
    this.#users = new Set(names.flatMap((name) => (name.version === "3" ? [name.user] : [])));
    startReceiver(socket, engineId, names, (error, notification) => this.#told(error, notification));
  }

  take(datagram: Buffer, from: Sender): Heard {
    const heard = this.#hear(datagram, from);
    if (heard.outcome !== "notification") this.#unproven += 1;
    if (this.#unproven > UNPROVEN_MAX) {
      this.#unproven = 0;
      this.#keys = {};
    }
    return heard;
  }

  #hear(datagram: Buffer, from: Sender): Heard {
    this.#answers = [];
    let heard: Heard | null = null;
    this.#told = (error, notification) => {
      heard = error === null ? this.#notification(notification?.pdu ?? {}) : refusal(error);
    };
    try {
      withKeys(this.#keys, () => this.#handOver(datagram, from));
    } catch {
      // What the package did not foresee.
      return { outcome: "malformed" };
    }
    return heard ?? this.#report();
  }

  /** The package lets a user without a name through, whoever is known. */
  #notification({ user, community }: { readonly user?: string; readonly community?: string }): Heard {
    if (community === undefined && !this.#users.has(user ?? "")) return { outcome: "rejected", wrong: "user", answers: [] };
    return { outcome: "notification", answers: this.#answers };
  }

  /** Nothing was told: all that the package has done is to answer with a report. */
  #report(): Heard {
    const answers = this.#answers;
    const isDiscovery = answers.some((bytes) => bytes.includes(UNKNOWN_ENGINE_ID));
    return isDiscovery ? { outcome: "discovery", answers } : { outcome: "rejected", wrong: "user", answers };
  }
}

function refusal({ name, message }: Error): Heard {
  if (name === "RequestFailedError")
    return { outcome: "rejected", wrong: message.startsWith("Local community") ? "community" : "user", answers: [] };
  return name === "ResponseInvalidError" ? { outcome: "rejected", wrong: "key", answers: [] } : { outcome: "malformed" };
}
