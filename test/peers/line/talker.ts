/** Bytes that a device sends, after it has thought for a while. */
export interface Utterance {
  readonly bytes: Buffer;
  readonly afterMs: number;
}

/** A device at the far end of a serial line: hears bytes as they arrive, and says what it says. */
export type Talker = (heard: Buffer) => readonly Utterance[];

/** Hears lines that end with a sign, and answers each; what does not end is kept for the next bytes. */
export function lineTalker(end: string, answer: (line: string) => string | null, turnaroundMs: number): Talker {
  let pending = "";
  return (heard) => {
    pending += heard.toString("latin1");
    const lines = pending.split(end);
    pending = lines.pop() ?? "";
    return lines.flatMap((line) => {
      const said = answer(line);
      return said === null ? [] : [{ bytes: Buffer.from(said, "latin1"), afterMs: turnaroundMs }];
    });
  };
}

/** What goes wrong between a device and who asks it. */
export const TROUBLES = {
  none: (said) => said,
  silent: () => [],
  late: (said) => said.map(({ bytes, afterMs }) => ({ bytes, afterMs: afterMs + 5_000 })),
  truncated: (said) => said.map(({ bytes, afterMs }) => ({ bytes: bytes.subarray(0, Math.floor(bytes.length / 2)), afterMs })),
  noiseInFront: (said) => said.map(({ bytes, afterMs }) => ({ bytes: Buffer.concat([Buffer.from([0, 0xff, 0x1f]), bytes]), afterMs })),
  noiseAlone: (said) => said.map(({ afterMs }) => ({ bytes: Buffer.from([0xff, 0, 0xa5, 0x11, 0x80]), afterMs })),
  twoTalkers: (said) => said.map(({ bytes, afterMs }) => ({ bytes: collided(bytes), afterMs })),
  twice: (said) => said.flatMap((one) => [one, one]),
} as const satisfies Record<string, (said: readonly Utterance[]) => readonly Utterance[]>;
export type Trouble = keyof typeof TROUBLES;

/** Two drivers on a pair at once: a line shows the one level where either pulls to it. */
function collided(bytes: Buffer): Buffer {
  return Buffer.from(bytes.map((byte, at) => byte & (bytes[(at + 3) % bytes.length] ?? 0)));
}

/** A device behind a line with a fault that can be changed while it runs. */
export function troubled(talker: Talker, trouble: () => Trouble): Talker {
  return (heard) => TROUBLES[trouble()](talker(heard));
}
