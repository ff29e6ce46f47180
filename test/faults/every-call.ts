import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { appendFile, copyFile, cp, mkdtemp, open, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pipeline } from "node:stream/promises";
import { Worker } from "node:worker_threads";

/** Changes files in every way that Node has, from threads, processes and SQLite. Arguments: the disk; how, when it is one that nobody understands. */
const [, , disk = "", unknown] = process.argv;
const at = (...parts: readonly string[]): string => join(disk, ...parts);

if (unknown === "symlink") fs.symlinkSync("nowhere", at("link"));
else if (unknown === "leaves") fs.renameSync(at("outside"), join(disk, "..", "gone"));
else await everything();

async function everything(): Promise<void> {
  fs.mkdirSync(at("a", "b", "c"), { recursive: true });
  fs.writeFileSync(at("a", "whole"), "a".repeat(10_000), { flush: true });
  fs.writeFileSync(at("a", "whole"), "shorter");
  fs.appendFileSync(at("a", "whole"), "and longer");
  const file = fs.openSync(at("a", "b", "pieces"), "w+");
  fs.writevSync(file, [Buffer.from("one"), Buffer.alloc(5_000, 2), Buffer.from("three")]);
  fs.writevSync(file, [Buffer.from("over"), Buffer.from("write")], 4_000);
  fs.writeSync(file, "at its place", 20_000);
  fs.ftruncateSync(file, 15_000);
  fs.fdatasyncSync(file);
  fs.closeSync(file);
  const handle = await open(at("a", "b", "handle"), "a");
  await Promise.all(Array.from({ length: 20 }, (_, n) => handle.appendFile(`${n} `)));
  await handle.write(Buffer.from("end"));
  await handle.sync();
  await handle.close();
  await truncate(at("a", "b", "handle"), 7);
  await Promise.all(Array.from({ length: 40 }, (_, n) => writeFile(at(`parallel-${n % 10}`), String(n).repeat(n * 100))));
  await pipeline(fs.createReadStream(at("a", "b", "pieces")), fs.createWriteStream(at("streamed")));
  await copyFile(at("streamed"), at("copied"));
  await writeFile(at("source"), Buffer.alloc(3_000_000, "source"));
  await copyFile(at("source"), at("large"));
  fs.truncateSync(at("large"), 1_000_000);
  await cp(at("a"), at("tree"), { recursive: true });
  fs.cpSync(at("a"), at("tree-2"), { recursive: true });
  fs.linkSync(at("copied"), at("second-name"));
  fs.renameSync(at("copied"), at("second-name"));
  fs.renameSync(at("tree"), at("moved"));
  fs.writeFileSync(at("moved", "b", "new"), "in a folder that moved");
  process.chdir(at("moved"));
  fs.writeFileSync("b/../relative", "by a relative name");
  await appendFile(join(await mkdtemp(at("temporary-")), "file"), "text");
  fs.rmSync(at("tree-2"), { recursive: true });
  await rm(at("a", "b"), { recursive: true });
  fs.unlinkSync(at("parallel-3"));
  fs.rmdirSync(at("moved", "b", "c"));
  execFileSync("cp", [at("streamed"), at("by-another-program")]);
  execFileSync("dd", ["if=/dev/zero", `of=${at("by-dd")}`, "bs=1000", "count=9", "seek=3", "conv=fsync"], { stdio: "ignore" });
  execFileSync("sh", ["-c", `echo redirected >> ${at("by-a-shell")}; mv ${at("by-dd")} ${at("by-mv")}`]);
  const journals = ["DELETE", "PERSIST", "TRUNCATE", "WAL"].map((mode) => tables(mode));
  const source = `require("node:fs").writeFileSync(${JSON.stringify(at("by-a-thread"))}, "x".repeat(100000))`;
  await new Promise((resolve) => new Worker(source, { eval: true }).once("exit", resolve));
  for (const db of journals) db.close();
  // One that is not closed well keeps its log.
  tables("WAL", "left-open");
}

function tables(mode: string, name = mode): DatabaseSync {
  const db = new DatabaseSync(at(`${name}.db`));
  db.exec(`PRAGMA journal_mode = ${mode}; PRAGMA wal_autocheckpoint = 20; CREATE TABLE t (x)`);
  for (let n = 0; n < 50; n += 1) db.prepare("INSERT INTO t VALUES (?)").run("x".repeat(n * 40));
  db.exec("DELETE FROM t WHERE length(x) > 500; VACUUM");
  return db;
}
