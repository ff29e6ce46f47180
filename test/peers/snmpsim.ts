import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, startPeer } from "./peer.ts";

/** An agent of snmpsim that plays recordings: the community says which. */
export interface Simulator {
  readonly port: number;
  /** A folder of its own that goes with it. */
  readonly folder: string;
  stop(): Promise<void>;
}

export async function startSimulator(recordings: readonly { readonly name: string; readonly file: string }[]): Promise<Simulator> {
  const folder = mkdtempSync(join(tmpdir(), "roomward-snmpsim-"));
  for (const part of ["data", "cache"]) mkdirSync(join(folder, part));
  for (const { name, file } of recordings) copyFileSync(file, join(folder, "data", `${name}.snmprec`));
  for (const part of [".", "data", "cache"]) chmodSync(join(folder, part), 0o777);
  const port = await freePort();
  const unprivileged = process.getuid?.() === 0 ? ["--process-user=nobody", "--process-group=nogroup"] : [];
  const folders = [`--data-dir=${folder}/data`, `--cache-dir=${folder}/cache`];
  const agent = await startPeer("snmpsimd", [...folders, `--agent-udpv4-endpoint=127.0.0.1:${port}`, ...unprivileged], {
    ready: (output) => output.includes("Listening at UDP/IPv4"),
    withinMs: 90_000,
  });
  return {
    port,
    folder,
    async stop() {
      await agent.stop();
      rmSync(folder, { recursive: true });
    },
  };
}
