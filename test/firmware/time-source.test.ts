import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { machineTimeSource, readTimesync, readTracking } from "../../firmware/platform/time-source.ts";
import { ManualClock } from "./manual-clock.ts";

// What chronyc 4.3 of Debian 12 said of a chronyd that was run with -x, which leaves the clock alone: with a server, without an answer
// of one, and with nothing but `local stratum 3`.
const SYNCHRONISED =
  "7F000001,127.0.0.1,4,1795650842.310804456,-0.000001094,-0.000000028,0.000000413,0.005,-0.000,0.093,0.000005820,0.000001587,1.0,Normal\n";
const NOT_YET =
  "00000000,,0,0.000000000,0.000000000,0.000000000,0.000000000,0.000,0.000,0.000,1.000000000,1.000000000,0.0,Not synchronised\n";
const ITSELF =
  "7F7F0101,,3,1795650831.307940989,0.000000000,0.000000000,0.000000000,0.000,0.000,0.000,0.000000000,0.000000000,0.0,Normal\n";
/** As `timedatectl show-timesync` prints it: src/timedate/timedatectl.c of systemd 252, times by format_timespan. */
const TIMESYNC = `SystemNTPServers=10.0.0.1
ServerName=10.0.0.1
ServerAddress=10.0.0.1
RootDistanceMaxUSec=5s
PollIntervalUSec=34min 8s
NTPMessage={ Leap=0, Version=4, Mode=4, Stratum=2, Precision=-25, RootDelay=15.319ms, RootDispersion=1min 2.5s, Reference=C0A80001, OriginateTimestamp=Tue 2026-09-01 09:00:00 CST, Ignored=no, PacketCount=5, Jitter=531us }
Frequency=-1234
`;

describe("what the programs say", () => {
  test("chrony: offset, half the delay and the dispersion add up to what the clock may be off by", () => {
    expect(readTracking(SYNCHRONISED)).toEqual({
      ...{ source: "ntp", by: "chrony", server: "127.0.0.1" },
      errorMs: expect.closeTo(0.001094 + 0.00291 + 0.001587, 6),
    });
  });

  test.each([NOT_YET, ITSELF])("chrony without a server is nobody who knows the time: %s", (line) => {
    expect(readTracking(line)).toMatchObject({ source: "unsynced", errorMs: null });
  });

  test.each(["", "506 Cannot talk to daemon\n", "1,2,3"])("what is no tracking line is no answer: %j", (line) => {
    expect(readTracking(line)).toBeNull();
  });

  test("timesyncd: what its server said it may be off by", () => {
    expect(readTimesync(TIMESYNC)).toEqual({
      ...{ source: "ntp", by: "systemd-timesyncd", server: "10.0.0.1" },
      errorMs: expect.closeTo(7.6595 + 62_500 + 0.531, 3),
    });
    expect(readTimesync("ServerName=a\n")).toMatchObject({ source: "ntp", errorMs: null });
    expect(readTimesync(TIMESYNC.replace("15.319ms", "soon"))).toMatchObject({ errorMs: null });
  });
});

describe("the machine", () => {
  const NOW = Date.UTC(2026, 8, 20);
  let machine: string;
  let clock: ManualClock;
  beforeEach(() => {
    machine = mkdtempSync(join(tmpdir(), "roomward-machine-"));
    clock = new ManualClock();
  });
  afterEach(() => rmSync(machine, { recursive: true, force: true }));
  function put(path: string, text: string, mode = 0o644): void {
    mkdirSync(dirname(join(machine, path)), { recursive: true });
    writeFileSync(join(machine, path), text, { mode });
    chmodSync(join(machine, path), mode);
  }
  /** A program that prints what the real one did, and notes that it was asked. */
  const program = (path: string, script: string): void => put(path, `#!/bin/sh\necho asked >> ${machine}/asked\n${script}\n`, 0o755);

  test("has nothing that knows the time", async () => {
    expect(await machineTimeSource(machine, clock).ask(NOW, true)).toEqual({ source: "unsynced", errorMs: null, by: "", server: "" });
  });

  test("timesyncd's mark is believed where no bus answers", async () => {
    put("run/systemd/timesync/synchronized", "");
    expect(await machineTimeSource(machine, clock).ask(NOW, true)).toMatchObject({ source: "ntp", by: "systemd-timesyncd", errorMs: null });
    program("usr/bin/timedatectl", "exit 1");
    expect(await machineTimeSource(machine, clock).ask(NOW, true)).toMatchObject({ source: "ntp", by: "systemd-timesyncd" });
  });

  test("the kernel's word counts more than the mark: somebody has set the clock since", async () => {
    put("run/systemd/timesync/synchronized", "");
    program("usr/bin/timedatectl", "echo no");
    expect(await machineTimeSource(machine, clock).ask(NOW, true)).toMatchObject({ source: "unsynced" });
  });

  test("any other client is known by the kernel", async () => {
    program("usr/bin/timedatectl", "echo yes");
    expect(await machineTimeSource(machine, clock).ask(NOW, true)).toMatchObject({ source: "ntp", by: "kernel" });
  });

  test("the bus is asked once in five minutes, and at once when the clock has jumped", async () => {
    program("usr/bin/timedatectl", "echo no");
    const source = machineTimeSource(machine, clock);
    const asked = async (urgent: boolean): Promise<number> => {
      await source.ask(NOW, urgent);
      const { readFileSync } = await import("node:fs");
      return readFileSync(join(machine, "asked"), "utf8").split("\n").length - 1;
    };
    expect(await asked(false)).toBe(1);
    clock.nowMs += 60_000;
    expect(await asked(false)).toBe(1);
    expect(await asked(true)).toBe(2);
    clock.nowMs += 5 * 60_000;
    expect(await asked(false)).toBe(3);
  });

  test("chrony is asked first; one that is not synchronised leaves the word to the others", async () => {
    mkdirSync(join(machine, "run/chrony"), { recursive: true });
    program("usr/bin/chronyc", `printf '%s' '${SYNCHRONISED.trim()}'`);
    const source = machineTimeSource(machine, clock);
    expect(await source.ask(NOW, false)).toMatchObject({ source: "ntp", by: "chrony" });
    program("usr/bin/chronyc", `printf '%s' '${NOT_YET.trim()}'`);
    expect(await source.ask(NOW, false)).toMatchObject({ source: "unsynced" });
    put("dev/rtc0", "");
    expect(await source.ask(NOW, false)).toMatchObject({ source: "battery", by: "rtc" });
  });

  test("a program that hangs is no answer", { timeout: 10_000 }, async () => {
    mkdirSync(join(machine, "run/chrony"), { recursive: true });
    program("usr/bin/chronyc", "exec sleep 60");
    const startMs = performance.now();
    expect(await machineTimeSource(machine, clock).ask(NOW, false)).toMatchObject({ source: "unsynced" });
    expect(performance.now() - startMs).toBeLessThan(5_000);
  });

  test("a real-time clock counts while it says what the system says; one without a battery began anew", async () => {
    put("dev/rtc0", "");
    const source = machineTimeSource(machine, clock);
    expect(await source.ask(NOW, false)).toMatchObject({ source: "battery" });
    put("sys/class/rtc/rtc0/since_epoch", `${NOW / 1_000 + 30}\n`);
    expect(await source.ask(NOW, false)).toMatchObject({ source: "battery" });
    put("sys/class/rtc/rtc0/since_epoch", "25\n");
    expect(await source.ask(NOW, false)).toMatchObject({ source: "unsynced" });
  });
});
