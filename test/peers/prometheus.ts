import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { freePort, startPeer } from "./peer.ts";

/** One series of an answer: its labels, and its value now. */
interface Found {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Prometheus {
  readonly pid: number;
  /** Where its samples lie. */
  readonly data: string;
  /** What PromQL says now; a query that it refuses is an error. */
  query(promql: string): Promise<readonly Found[]>;
  get<T>(path: string): Promise<T>;
  stop(): Promise<void>;
}

/** Debian's Prometheus in a folder of its own, on loopback. `config`: paths in it are relative to the folder. */
export async function startPrometheus(folder: string, config: object): Promise<Prometheus> {
  mkdirSync(folder, { recursive: true });
  // JSON is YAML.
  const file = join(folder, "prometheus.yml");
  writeFileSync(file, JSON.stringify(config));
  const port = await freePort();
  const data = resolve(folder, "data");
  const listen = [`--web.listen-address=127.0.0.1:${port}`, `--storage.tsdb.path=${data}`];
  const peer = await startPeer("prometheus", [`--config.file=${file}`, ...listen], {
    ready: (output) => output.includes("Server is ready to receive web requests"),
    withinMs: 60_000,
  });
  const get = async <T>(path: string): Promise<T> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    const body = (await response.json()) as { readonly data: T; readonly error?: string };
    if (!response.ok) throw new Error(`${path}: ${body.error}`);
    return body.data;
  };
  return {
    pid: peer.pid,
    data,
    get,
    async query(promql) {
      const { result } = await get<{ result: readonly { metric: Found["metric"]; value: [number, string] }[] }>(
        `/api/v1/query?query=${encodeURIComponent(promql)}`,
      );
      return result.map(({ metric, value: [, value] }) => ({ metric, value: Number(value) }));
    },
    stop: () => peer.stop(),
  };
}
