import { EventEmitter, once } from "node:events";
import type { Worker as NodeWorker } from "node:worker_threads";
import { expect, test, vi } from "vitest";
import { systemClock } from "../../firmware/platform/clock.ts";
import { entry, journalIn, raised, temporaryFolder } from "./journal-entries.ts";

interface Thread {
  readonly worker: NodeWorker;
  readonly opened: Promise<unknown>;
}
const { threads } = vi.hoisted(() => ({ threads: [] as Thread[] }));
vi.mock("node:worker_threads", async (original) => {
  const real = await original<typeof import("node:worker_threads")>();
  class Worker extends real.Worker {
    constructor(...args: ConstructorParameters<typeof real.Worker>) {
      super(...args);
      threads.push({ worker: this, opened: once(this, "message") });
    }
  }
  return { ...real, Worker };
});

const hurried = { ...systemClock, sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms / 100, signal) };

test("a thread that ends is told, started again, and what it did not answer is asked again and recorded once", async () => {
  const folder = temporaryFolder();
  const onTrouble = vi.fn();
  const journal = await journalIn(folder.path, { onTrouble, clock: hurried });
  const all = Array.from({ length: 400 }, (_, n) => entry([raised({ key: `a/b/${n}/p/high`, incident: `i-${n}` })], { targets: ["itsm"] }));
  const commits = all.slice(0, 200).map((one) => journal.commit(one));
  await commits[0];
  commits.push(...all.slice(200).map((one) => journal.commit(one)));
  await threads.at(-1)?.worker.terminate();
  for (const outcome of await Promise.all(commits)) expect(outcome).toMatchObject({ ok: true });
  expect(threads).toHaveLength(2);
  expect(onTrouble).toHaveBeenCalledExactlyOnceWith({ zh: expect.stringContaining("已停止"), en: expect.stringContaining("has stopped") });
  expect((await journal.dueDeliveries({ target: "itsm", nowMs: 0, limit: 1_000 })).rows).toHaveLength(400);
  await journal.close();
  folder.remove();
});

test("a call that ends the thread twice is answered, and the journal goes on", async () => {
  const folder = temporaryFolder();
  const ended = new EventEmitter();
  const journal = await journalIn(folder.path, { clock: hurried, onTrouble: () => ended.emit("ended") });
  const ends = once(ended, "ended");
  const unlucky = journal.commit(entry(Array.from({ length: 20_000 }, (_, n) => raised({ key: `a/b/${n}/p/high`, incident: `i-${n}` }))));
  const before = threads.length;
  await threads.at(-1)?.worker.terminate();
  await ends;
  await vi.waitUntil(() => threads.length > before, { timeout: 60_000 });
  const endsAgain = once(ended, "ended");
  await threads.at(-1)?.opened; // and the call is with it
  await threads.at(-1)?.worker.terminate();
  await endsAgain;
  expect(await unlucky).toMatchObject({ ok: false, reason: "stopped" });
  expect(await journal.commit(entry([raised()]))).toMatchObject({ ok: true });
  await journal.close();
  folder.remove();
});
