import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startRoom } from "./room.ts";
import { enterStaff } from "./staff.ts";

/**
 * `make run` without a site: the simulated room in this process, the built gateway in another, joined by nothing but the wires of
 * the loopback interface.
 */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "8080" },
      data: { type: "string", default: "./data/demo" },
      speed: { type: "string", default: "10" },
    },
  });
  const room = await startRoom({ ports: "fixed", speed: Number(values.speed), seed: 1 });
  mkdirSync(values.data, { recursive: true });
  const siteFile = join(values.data, "site.yaml");
  writeFileSync(siteFile, room.siteYaml);
  await enterStaff(values.data);
  console.log(`演示机房的开关（断电、空调故障、漏水、开门、强行开门、从站失联）：${room.controlUrl}`);
  console.log(`Switches of the demo room (mains, cooling, leak, door, forced door, dead slave): ${room.controlUrl}`);
  console.log("也可用命令 / or by command: make scenario NAME=mains-failure [OFF=1]");
  const gateway = spawn(
    process.execPath,
    ["dist/box/roomward.js", "run", "--demo", "--site", siteFile, "--data", values.data, "--port", values.port],
    {
      stdio: "inherit",
    },
  );
  // Ctrl-C reaches both processes; a plain kill reaches only this one and is passed on.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => gateway.kill("SIGTERM"));
  const code = await new Promise<number>((resolve) => {
    gateway.once("exit", (status) => resolve(status ?? 1));
    gateway.once("error", (error) => {
      console.error(String(error));
      resolve(1);
    });
  });
  await room.stop();
  return code;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(1);
  },
);
