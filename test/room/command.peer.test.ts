import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { freePort } from "../peers/peer.ts";
import { type Room, startRoom } from "./room.ts";
import { SCENARIO_NAMES } from "./scenarios.ts";

interface Ended {
  readonly code: number;
  readonly output: string;
}

function run(script: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): { ended: Promise<Ended>; end(): void } {
  let child: ReturnType<typeof execFile> | undefined;
  const ended = new Promise<Ended>((resolve) => {
    child = execFile(
      process.execPath,
      ["--import", "tsx", `test/room/${script}`, ...args],
      { env: { ...process.env, ...env } },
      (error, stdout, stderr) =>
        resolve({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : -1, output: stdout + stderr }),
    );
  });
  return { ended, end: () => child?.kill("SIGTERM") };
}

const scenario = (room: Room | number, ...args: readonly string[]): Promise<Ended> =>
  run("scenario.ts", args, { ROOM_CONTROL_PORT: String(typeof room === "number" ? room : new URL(room.controlUrl).port) }).ended;

describe("the scenario command", () => {
  test("switches a scenario on and off, and says what will be seen", async () => {
    const room = await startRoom({ ports: "free", speed: 0, seed: 1 });
    const on = await scenario(room, "mains-failure");
    expect(on).toMatchObject({ code: 0, output: expect.stringMatching(/市电中断[\s\S]*Mains failure/) });
    expect([...room.state().running]).toEqual(["mains-failure"]);
    expect(await scenario(room, "mains-failure", "off")).toMatchObject({ code: 0 });
    expect(room.state().running.size).toBe(0);
    await room.stop();
  });

  test("lists all scenarios with their meaning for a name that it does not know, and exits 2", async () => {
    for (const args of [["earthquake"], [], ["leak", "perhaps"]]) {
      const { code, output } = await scenario(1, ...args);
      expect(code).toBe(2);
      for (const name of SCENARIO_NAMES) expect(output).toContain(name);
    }
  });

  test("says so, with what to do, when no room is running, and exits 1", async () => {
    const { code, output } = await scenario(await freePort(), "leak");
    expect(code).toBe(1);
    expect(output).toMatch(/演示机房没有应答[\s\S]*does not answer/);
  });
});

describe("the room command", () => {
  test("writes the site file, prints the address of its switches, and ends cleanly when told", async () => {
    const folder = mkdtempSync(join(tmpdir(), "room-"));
    const path = join(folder, "site.yaml");
    const room = run("main.ts", ["--free-ports", "--speed", "1", "--site-file", path]);
    await expect.poll(() => existing(path), { timeout: 60_000 }).toContain("modbus-rtu-tcp");
    room.end();
    const { code, output } = await room.ended;
    expect(code).toBe(0);
    expect(output).toMatch(/http:\/\/127\.0\.0\.1:\d+\//);
    rmSync(folder, { recursive: true });
  });

  test("refuses a speed that it cannot have", async () => {
    const { code, output } = await run("main.ts", ["--speed", "100"]).ended;
    expect(code).toBe(1);
    expect(output).toContain("--speed");
  });
});

function existing(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
