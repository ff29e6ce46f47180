import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { startRoom } from "./room.ts";
import { SPEED_MAX, SPEED_MIN } from "./world.ts";

const USAGE = "tsx test/room/main.ts [--speed 10] [--seed 1] [--site-file PATH] [--webhook-url URL] [--free-ports]";

/** Starts the demo room in the foreground until it is told to stop. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      speed: { type: "string", default: "10" },
      seed: { type: "string", default: "1" },
      "site-file": { type: "string" },
      "webhook-url": { type: "string" },
      "free-ports": { type: "boolean", default: false },
    },
  });
  const speed = Number(values.speed);
  if (!(speed >= SPEED_MIN && speed <= SPEED_MAX)) throw new Error(`--speed: ${SPEED_MIN} 到/to ${SPEED_MAX}\n${USAGE}`);
  const webhookUrl = values["webhook-url"];
  const room = await startRoom({
    ports: values["free-ports"] ? "free" : "fixed",
    speed,
    seed: Number(values.seed),
    ...(webhookUrl === undefined ? {} : { webhookUrl }),
  });
  const end = (): void => {
    void room.stop().then(() => process.exit(0));
  };
  process.once("SIGINT", end);
  process.once("SIGTERM", end);
  const siteFile = values["site-file"];
  console.log(`演示机房已启动，控制页 / Demo room is running, its switches: ${room.controlUrl}`);
  if (siteFile === undefined) return;
  writeFileSync(siteFile, room.siteYaml);
  console.log(`站点文件 / Site file: ${siteFile}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
