import { appendFileSync, openSync, writeSync } from "node:fs";
import { controls } from "./controls.ts";
import { scenarios } from "./scenarios.ts";

/** The process whose disk is recorded. Arguments: name of the commit path, folder that is its disk, file for what it acknowledges. */
const [, , name = "", disk = "", marks = ""] = process.argv;
const path = [...scenarios, ...controls].find((one) => one.name === name);
if (path === undefined) throw new Error(`no commit path ${name}`);
appendFileSync(marks, "");
const fd = openSync(marks, "a");
await path.drive(disk, (mark) => writeSync(fd, `${mark}\n`));
