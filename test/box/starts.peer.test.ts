import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AlarmRecord } from "../../firmware/contract/alarm.ts";
import { describePeer } from "../peers/peer.ts";
import { type Box, eventually, runBox, startBox, workFolder, writeSite } from "./box.ts";
import { withFullDisk } from "./full-disk.ts";

const SITE = `
site: { id: t, name: Test }
areas: [{ id: room, name: Room }]
buses: [{ id: line, kind: modbus-rtu, path: /dev/serial/by-id/not-there }]
devices: [{ id: th-1, area: room, bus: line, unit: 1, profile: sensor/xy-md02, every: 1s }]
`;

const TEN_MISTAKES = `
site: { id: T T, name: Test, timezone: Mars/Olympus }
areas: [{ id: room, name: Room }, { id: room, name: Again }]
buses: [{ id: line, kind: modbus-rtu, path: COM3, parity: maybe }]
devices: [{ id: th-1, area: cellar, bus: line, profile: sensor/xy-md02, every: 1, color: red }]
targets: [{ id: itsm, kind: webhook, url: itsm.example, secret: "0123456789abcdef" }]
`;

let work: ReturnType<typeof workFolder>;
beforeEach(() => {
  work = workFolder();
});
afterEach(() => work.dispose());
const data = (): string => join(work.path, "data");

describe("a start that cannot be", () => {
  test("ten mistakes in the site file: ten lines, exit code 2, and nothing was touched", () => {
    const { status, output } = runBox(["run", "--site", writeSite(work.path, TEN_MISTAKES), "--data", data()]);
    expect(status).toBe(2);
    expect(output.split("\n").filter((line) => /site\.yaml:\d+:\d+ /.test(line)).length).toBe(10);
    expect(output).toContain("nothing was started");
    expect(readdirSync(work.path)).toEqual(["site.yaml"]);
  });

  test("no site file: says which and what to check", () => {
    const { status, output } = runBox(["run", "--site", "/nowhere/site.yaml", "--data", data()]);
    expect(status).toBe(2);
    expect(output).toMatch(/\/nowhere\/site\.yaml cannot be read.*Check path and permissions/);
  });

  test("a port in use: one sentence with the port, exit code 1, and the journal is closed well", async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
    const { port } = holder.address() as AddressInfo;
    try {
      const { status, output } = runBox(["run", "--site", writeSite(work.path, SITE), "--data", data(), "--port", String(port)]);
      expect(status).toBe(1);
      expect(output.trim().split("\n").at(-1)).toContain(String(port));
      expect(readdirSync(data())).not.toContain("journal.db-wal");
    } finally {
      holder.close();
    }
  });

  test("a data folder that cannot be written: one sentence, exit code 1", () => {
    const inTheWay = join(work.path, "file");
    writeFileSync(inTheWay, "not a folder");
    const { status, output } = runBox(["run", "--site", writeSite(work.path, SITE), "--data", join(inTheWay, "data"), "--port", "0"]);
    expect(status).toBe(1);
    expect(output.trim().split("\n")).toHaveLength(1);
    expect(output).toContain(join(inTheWay, "data"));
  });

  test("a second gateway on the same data: one sentence, exit code 1, and the first goes on", async () => {
    const site = writeSite(work.path, SITE);
    const box = await startBox(site, data());
    try {
      const { status, output } = runBox(["run", "--site", site, "--data", data(), "--port", "0"]);
      expect(status).toBe(1);
      expect(output).toContain(String(box.peer.pid));
      expect((await box.health()).version).toMatch(/^\d+\.\d+\.\d+$/);
    } finally {
      await box.peer.stop();
    }
  });
});

test("Ctrl-C ends it cleanly", async () => {
  const box = await startBox(writeSite(work.path, SITE), data());
  await box.peer.stop("SIGINT");
  expect(box.peer.output()).toContain("stopping");
  expect(readdirSync(data())).not.toContain("journal.db-wal");
});

test("a port that is not there is said as such, raised as one alarm, and tried again", async () => {
  const box = await startBox(writeSite(work.path, SITE), data());
  try {
    const [bus] = await eventually(
      () => box.buses(),
      ([first]) => first?.state === "adapterMissing" && (first.faults["adapterMissing"] ?? 0) >= 2,
    );
    expect(bus?.lastFault).toContain("/dev/serial/by-id/not-there");
    const alarms = await eventually(
      () => box.alarms(),
      (list) => list.length > 0,
    );
    expect(alarms.filter(({ type }) => type !== "restarted").map(({ type, device }) => [type, device])).toEqual([
      ["adapterMissing", "line"],
    ]);
    expect((await box.points())[0]).toMatchObject({ value: null, quality: "adapterMissing" });
  } finally {
    await box.peer.stop();
  }
});

test("the language of the terminal is the language of the messages", () => {
  const file = writeSite(work.path, SITE.replace("unit: 1, ", ""));
  expect(runBox(["check", file], "zh_CN.UTF-8").output).toContain("th-1 缺少 unit");
  expect(runBox(["check", file], "en_US.UTF-8").output).toContain("th-1 lacks unit");
  expect(runBox(["check", file], "C").output).toMatch(/缺少 unit[\s\S]*lacks unit/);
});

describePeer("a full disk", ["tmpfs"], () => {
  test("at the start, with nothing on it yet: the room is watched all the same, and what is wrong is said", {
    timeout: 60_000,
  }, async () => {
    await withFullDisk(work.path, async ({ folder, fill }) => {
      fill();
      // No token can be made on it, and none is asked with.
      const box = await startBox(writeSite(work.path, SITE), folder, { token: "none" });
      try {
        expect((await fetch(`${box.url}/`)).status).toBe(200);
        expect(box.peer.output()).toMatch(/disk of .* is full[^\n]*The room is watched all the same/);
      } finally {
        await box.peer.stop();
      }
    });
  });

  test("while it runs: alarms are still seen, and recorded when there is room again", { timeout: 90_000 }, async () => {
    await withFullDisk(work.path, async ({ folder, fill, free }) => {
      mkdirSync(folder, { recursive: true });
      const site = writeSite(work.path, SITE);
      const box = await startBox(site, folder);
      let alarm: AlarmRecord | undefined;
      try {
        fill();
        // The adapter's own: the full disk has alarms too, and that the device is lost is soon explained by this one.
        const ofTheWire = async (from: Box) => (await from.alarms()).filter(({ type }) => type === "adapterMissing");
        // What a start finds is held back until it is known what else is there.
        await eventually(
          () => ofTheWire(box),
          ([one]) => one?.state === "B",
        );
        await eventually(
          () => {
            // What the box gave back since, an older generation of a file say, is taken again: full means full.
            fill();
            return box.health();
          },
          ({ journal }) => journal === "failing",
        );
        [alarm] = await ofTheWire(box);
        fill();
        // Its log folded may have made room for one line more: a yes is on the disk, a no has changed nothing.
        const { status } = await box.post("/api/v1/alarms/acknowledge", { keys: [alarm?.key], note: "seen" });
        expect(status === 200 || status >= 500).toBe(true);
        expect((await ofTheWire(box))[0]?.state).toBe(status === 200 ? "C" : "B");
        free();
        await eventually(
          () => box.health(),
          ({ journal }) => journal === "ok",
        );
        expect((await box.incidents()).filter(({ id }) => id === alarm?.incident).length).toBe(1);
        expect((await box.post("/api/v1/alarms/acknowledge", { keys: [alarm?.key], note: "seen" })).status).toBe(200);
      } finally {
        await box.peer.stop();
      }
      const again = await startBox(site, folder);
      try {
        expect((await again.alarms()).find(({ key }) => key === alarm?.key)).toMatchObject({
          state: "C",
          acknowledgement: { note: "seen" },
        });
      } finally {
        await again.peer.stop();
      }
    });
  });
});
