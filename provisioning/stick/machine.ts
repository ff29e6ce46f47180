import { execFile } from "node:child_process";
import { promisify } from "node:util";
import * as z from "zod";
import type { ConfigurationAsked } from "../../firmware/configuration/act.ts";
import { siteThatRuns } from "../../firmware/configuration/running.ts";
import { type DeviceProbe, deviceProbeSchema } from "../../firmware/contract/probe.ts";
import { reasonOf } from "../backup/problem.ts";
import { StickProblem } from "./problem.ts";
import type { Act, Machine } from "./report.ts";

const CONTROL_WITHIN_MS = 90_000;
/** Longer than the probe's own limit: it ends by itself. */
const CHILD_WITHIN_MS = 300_000;
const HEALTH_WITHIN_MS = 3_000;
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;
/** What the service runs as; root's children that touch wires and journal run as it, too. */
const SERVICE_USER = "roomward";

const run = promisify(execFile);

export interface MachineOptions {
  readonly siteFile: string;
  /** The unit of the gateway; null leaves the gateway to a person. */
  readonly service: string | null;
  readonly dataFolder: string;
  /** Where the gateway listens. */
  readonly host: string;
  readonly port: number;
  readonly clock: { wallMs(): number; wallTrusted(): boolean; sleep(ms: number): Promise<void> };
}

/** The box itself: systemd, and this program again for what is done without root's rights. */
export function systemMachine({ siteFile, service, dataFolder, host, port, clock }: MachineOptions): Machine {
  const act = async (asked: ConfigurationAsked, file: string): Promise<number | null> => {
    const output = await asService(["configuration", "act", "--site", file, "--data", dataFolder], JSON.stringify(asked));
    return z.int().nullable().parse(JSON.parse(output));
  };
  return {
    nowMs: () => clock.wallMs(),
    clockTrusted: () => clock.wallTrusted(),
    sleep: (ms) => clock.sleep(ms),
    gateway:
      service === null
        ? null
        : {
            stop: () => systemctl("stop", service),
            start: () => systemctl("start", service),
            isUp: () => answersAt(host, port),
          },
    async probe(file) {
      const what = file === null ? ["--running", "--site", siteFile, "--data", dataFolder] : ["--site", file];
      const output = await asService(["probe", "--json", ...what], "");
      return z.array(deviceProbeSchema).parse(JSON.parse(output)) satisfies readonly DeviceProbe[];
    },
    configuration: {
      async running() {
        const found = await siteThatRuns(siteFile, dataFolder, clock);
        return "good" in found ? found.good.text : null;
      },
      settle: () => act({ do: "settle" }, siteFile),
      async adopt(file, by, reason) {
        await act({ do: "adopt", by, reason }, file);
      },
      async bringBack(revision, by, reason) {
        await act({ do: "bringBack", revision, by, reason }, siteFile);
      },
    },
    async note(act: Act) {
      await asService(["audit", "note", "--data", dataFolder], JSON.stringify(act));
    },
  };
}

async function systemctl(verb: "stop" | "start", service: string): Promise<void> {
  try {
    await run("systemctl", [verb, service], { timeout: CONTROL_WITHIN_MS });
  } catch (error) {
    const reason = reasonOf(error);
    throw verb === "stop"
      ? new StickProblem({
          zh: `无法停止 ${service}（${reason}）。未作任何更改；请查看 systemctl status ${service}。`,
          en: `${service} cannot be stopped (${reason}). Nothing was changed; look at systemctl status ${service}.`,
        })
      : new StickProblem({
          zh: `无法启动 ${service}（${reason}）。请查看 journalctl -u ${service}。`,
          en: `${service} cannot be started (${reason}). Look at journalctl -u ${service}.`,
        });
  }
}

/** Any answer will do: over plain HTTP a gateway with a certificate sends its caller on to HTTPS, which it does only while it serves. */
async function answersAt(host: string, port: number): Promise<boolean> {
  const name = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;
  try {
    const signal = AbortSignal.timeout(HEALTH_WITHIN_MS);
    const { status } = await fetch(`http://${name}:${port}/api/v1/health`, { redirect: "manual", signal });
    return status < 500;
  } catch (error) {
    // Where not even the box's own address may connect it is there all the same: it took the connection and closed it.
    const { code } = Object(Object(error).cause);
    return code === "ECONNRESET" || code === "UND_ERR_SOCKET";
  }
}

/** This program in a process of its own, as the service's user when we are root and there is one. */
async function asService(args: readonly string[], input: string): Promise<string> {
  const [program = "", ...rest] = process.getuid?.() === 0 && (await hasServiceUser()) ? setpriv() : [process.execPath];
  const self = [...process.execArgv, process.argv[1] ?? "", ...args];
  try {
    const working = run(program, [...rest, ...self], { timeout: CHILD_WITHIN_MS, maxBuffer: OUTPUT_BYTES_MAX });
    working.child.stdin?.on("error", () => undefined).end(input);
    return (await working).stdout;
  } catch (error) {
    const { stderr } = Object(error);
    const reason = String(stderr ?? "").trim() || reasonOf(error);
    const what = args.slice(0, 2).join(" ");
    throw new StickProblem({
      zh: `roomward ${what} 没有成功（${reason}）。请把这份回执交给支持人员。`,
      en: `roomward ${what} did not succeed (${reason}). Give this receipt to support.`,
    });
  }
}

function setpriv(): readonly string[] {
  return ["setpriv", "--reuid", SERVICE_USER, "--regid", SERVICE_USER, "--init-groups", process.execPath];
}

async function hasServiceUser(): Promise<boolean> {
  return run("id", ["-u", SERVICE_USER]).then(
    () => true,
    () => false,
  );
}
