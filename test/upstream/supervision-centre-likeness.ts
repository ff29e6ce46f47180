import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import type { Asked, Reply } from "./http-receiver.ts";

/** Python's own parser: whatever we write has to be XML for somebody else. */
const PARSE = `
import json, sys, xml.etree.ElementTree as ET
SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
call = ET.fromstring(sys.stdin.buffer.read()).find(SOAP + "Body")[0]
inner = ET.fromstring(call[0].text.encode())
fields = lambda element: [[child.tag, child.text or ""] for child in element]
print(json.dumps({
    "operation": call.tag, "parameter": call[0].tag, "type": inner.find("PK_Type/Name").text, "code": inner.findtext("PK_Type/Code"),
    "info": dict(fields(inner.find("Info"))), "alarms": [fields(alarm) for alarm in inner.iter("TAlarm")],
}))`;

interface Parsed {
  readonly operation: string;
  readonly parameter: string;
  readonly type: string;
  readonly code: string | null;
  readonly info: Readonly<Record<string, string>>;
  readonly alarms: readonly (readonly (readonly [string, string])[])[];
}

interface CentreAlarm {
  readonly begun: Readonly<Record<string, string>>;
  ended: Readonly<Record<string, string>> | null;
  told: number;
}

/** A supervision centre of the B interface: it knows who has registered, and pairs begin and end of alarms by FSUID and SerialNo. */
export class SupervisionCentre {
  readonly heard: Parsed[] = [];
  /** By FSUID and SerialNo. */
  readonly alarms = new Map<string, CentreAlarm>();
  registered = new Set<string>();
  logins = 0;
  readonly #account: { readonly user: string; readonly password: string } | null;

  constructor(account: { readonly user: string; readonly password: string } | null) {
    this.#account = account;
  }

  readonly answer = ({ headers, body }: Asked): Reply => {
    if (headers["soapaction"] !== '""' || headers["content-type"]?.startsWith("text/xml") !== true) return { status: 415 };
    const parsed = JSON.parse(execFileSync("/usr/bin/python3", ["-c", PARSE], { input: body, encoding: "utf8" })) as Parsed;
    this.heard.push(parsed);
    if (parsed.type === "LOGIN") return this.#login(parsed);
    const [fields = []] = parsed.alarms;
    const alarm = Object.fromEntries(fields);
    const fsu = parsed.info["FSUID"] ?? alarm["FsuId"] ?? "";
    if (this.#account !== null && !this.registered.has(fsu)) return acknowledged("SEND_ALARM_ACK", 0, "FSU 未注册");
    return this.#take(`${fsu} ${alarm["SerialNo"]}`, alarm);
  };

  #login({ info }: Parsed): Reply {
    this.logins += 1;
    const digest = createHash("md5")
      .update(this.#account?.password ?? "")
      .digest("hex");
    if (info["UserName"] !== this.#account?.user || info["PassWord"] !== digest) return acknowledged("LOGIN_ACK", 0, "口令错误");
    this.registered.add(info["FSUID"] ?? "");
    return acknowledged("LOGIN_ACK", 1, "NULL");
  }

  #take(key: string, alarm: Readonly<Record<string, string>>): Reply {
    const known = this.alarms.get(key);
    if (!/^\d{10}$/.test(alarm["SerialNo"] ?? "")) return acknowledged("SEND_ALARM_ACK", 0, "SerialNo 格式错误");
    if (alarm["AlarmFlag"] === "END") {
      if (known !== undefined) known.ended = alarm;
    } else if (known === undefined) this.alarms.set(key, { begun: alarm, ended: null, told: 1 });
    else Object.assign(known, { told: known.told + 1, ended: null });
    return acknowledged("SEND_ALARM_ACK", 1, "NULL");
  }
}

function acknowledged(name: string, result: number, cause: string): Reply {
  const inner = `<?xml version="1.0" encoding="UTF-8"?><Response><PK_Type><Name>${name}</Name></PK_Type><Info><Result>${result}</Result><FailureCause>${cause}</FailureCause></Info></Response>`;
  const escaped = inner.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const body = `<?xml version="1.0" encoding="UTF-8"?><SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/" xmlns:ns1="http://SCService.chinatowercom.com"><SOAP-ENV:Body><ns1:invokeResponse><invokeReturn>${escaped}</invokeReturn></ns1:invokeResponse></SOAP-ENV:Body></SOAP-ENV:Envelope>`;
  return { status: 200, body, headers: { "content-type": "text/xml; charset=utf-8" } };
}
