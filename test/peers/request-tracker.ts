import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { freePort, type Peer, startPeer } from "./peer.ts";

const RT_SERVER = "/usr/share/request-tracker5/libexec/standalone_httpd";
/** The empty database that Debian's package makes at installation. */
const RT_DATABASE = "/var/lib/dbconfig-common/sqlite3/request-tracker5/rtdb";

/** A Request Tracker 5 of its own: a copy of the empty database, its own settings, nobody is mailed. User root, password `password`. */
export async function startRequestTracker(folder: string): Promise<{ readonly url: string; readonly port: number; readonly peer: Peer }> {
  const port = await freePort();
  const conf = join(folder, "rt-conf");
  for (const name of ["rt-conf", "rt-mason", "rt-session"]) mkdirSync(join(folder, name));
  copyFileSync(RT_DATABASE, join(folder, "rtdb"));
  signInQuickly(join(folder, "rtdb"));
  writeFileSync(
    join(conf, "10-test.pm"),
    `Set($rtname, 'rt.test'); Set($Organization, 'rt.test');
Set($WebDomain, '127.0.0.1'); Set($WebPort, ${port}); Set($WebPath, ''); Set($WebBaseURL, 'http://127.0.0.1:${port}');
Set($DatabaseType, 'SQLite'); Set($DatabaseName, '${join(folder, "rtdb")}'); Set($DatabaseHost, '');
Set($LogToSyslog, undef); Set($LogToSTDERR, 'warning'); Set($WebSessionClass, 'Apache::Session::File');
Set($MailCommand, 'testfile'); Set($BcryptCost, 4);
Set($MasonDataDir, '${join(folder, "rt-mason")}'); Set($MasonSessionDir, '${join(folder, "rt-session")}');
1;
`,
  );
  const peer = await startPeer(RT_SERVER, ["--host", "127.0.0.1", "--port", String(port)], {
    env: { RT_SITE_CONFIG_DIR: conf, TMPDIR: folder },
    ready: (output) => output.includes("Accepting connections"),
    withinMs: 60_000,
  });
  return { url: `http://127.0.0.1:${port}`, port, peer };
}

/** The installed hash of the password takes a quarter of a second with every request. One of old is replaced at the first by one of today's cost. */
function signInQuickly(file: string): void {
  const db = new DatabaseSync(file);
  db.prepare("UPDATE Users SET Password = ? WHERE Name = 'root'").run(createHash("md5").update("password").digest("hex"));
  db.close();
}
