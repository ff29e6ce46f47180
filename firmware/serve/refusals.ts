import type { Words } from "../contract/alarm.ts";
import type { Fault, Problem } from "../contract/site.ts";

/** Every way in which the HTTP API says no, with its status. The words say what happened and what to do next. */
const REFUSALS = {
  badRequest: {
    status: 400,
    zh: "请求有误。请按 `faults` 所列逐项改正后重发；接口说明见 /api/openapi.json。",
    en: "The request has faults. Mend what `faults` lists and send it again; /api/openapi.json describes the interface.",
  },
  notJson: {
    status: 400,
    zh: "请求正文不是有效的 JSON。请检查引号与括号，并按 /api/openapi.json 的格式重发。",
    en: "The request body is not valid JSON. Check quotes and brackets and send it in the form that /api/openapi.json describes.",
  },
  notSignedIn: {
    status: 401,
    zh: "未登录。请用登录名和密码登录；程序请使用访问令牌，由管理员用 `roomward token add 名称 --role viewer` 签发。",
    en: "Not signed in. Sign in with name and password; programs use an access token, which an administrator makes with `roomward token add NAME --role viewer`.",
  },
  sessionEnded: {
    status: 401,
    zh: "登录已结束：超时、已退出，或账户有变更。请重新登录。",
    en: "This session has ended: its time was over, somebody signed out, or the account was changed. Sign in again.",
  },
  wrongPassword: {
    status: 401,
    zh: "登录名或密码不正确。请检查大小写与输入法后重试；忘记密码时，请管理员重设。",
    en: "Name or password is wrong. Check capitals and keyboard layout and try again; if it is forgotten, have an administrator reset it.",
  },
  wrongToken: {
    status: 401,
    zh: "访问令牌无效或已被吊销。请核对是否完整复制（以 rw_ 开头），或请管理员用 `roomward token add` 重新签发。",
    en: "The access token is not known here, or was revoked. Check that it was copied completely (it begins with rw_), or have an administrator issue a new one with `roomward token add`.",
  },
  roleTooLow: {
    status: 403,
    zh: "您的角色无权执行此操作。请换用有权限的账户登录，或请管理员调整角色。",
    en: "Your role may not do this. Sign in as somebody who may, or ask an administrator to change your role.",
  },
  foreignOrigin: {
    status: 403,
    zh: "请求来自其他网站，已拒绝。请直接打开网关的地址操作；程序请使用 `Authorization: Bearer` 令牌。",
    en: "The request comes from another web site and was refused. Open the gateway by its own address; programs use an `Authorization: Bearer` token.",
  },
  foreignHost: {
    status: 403,
    zh: "网关不以此主机名提供服务，已拒绝。请用 IP 地址访问（本机为 http://127.0.0.1），或在启动时允许该主机名。",
    en: "The gateway does not serve under this host name. Open it by its IP address (http://127.0.0.1 on the box itself), or allow the name when it is started.",
  },
  notFound: {
    status: 404,
    zh: "没有这个地址。接口列表见 /api/openapi.json，监控页面见 /。",
    en: "There is nothing at this address. /api/openapi.json lists the interface; the dashboard is at /.",
  },
  unknownBus: {
    status: 404,
    zh: "本站没有这条可录制的总线：编号有误，或不是串口、Modbus 总线。总线列表见 /api/v1/buses。",
    en: "This site has no such bus that could be recorded: the id is wrong, or it has no line (SNMP). /api/v1/buses lists the buses.",
  },
  unknownPoints: {
    status: 404,
    zh: "本站没有 `faults` 所列的测点。可用测点见 /api/v1/points。",
    en: "This site does not have the points that `faults` lists. /api/v1/points shows those it has.",
  },
  busLent: {
    status: 409,
    zh: "总线正借给他人调试，未执行。请等其完成，或先取消；见 /api/v1/buses/jobs。",
    en: "The bus is lent to somebody for commissioning and nothing was done. Wait, or cancel that first; see /api/v1/buses/jobs.",
  },
  sheetChanged: {
    status: 409,
    zh: "其他人刚刚改动了此表，未作任何更改。请看过最新内容后再试。",
    en: "Somebody else has just changed this sheet and nothing was done. Look at it as it is now, then try again.",
  },
  unknownRevision: {
    status: 404,
    zh: "本机没有这个版本的配置：较早的版本已到期删除，或编号有误。现有版本见 /api/v1/configuration/revisions。",
    en: "This box has no such version of the configuration: old ones are dropped in time, or the number is wrong. /api/v1/configuration/revisions lists them.",
  },
  notSwitched: {
    status: 409,
    zh: "输出未动作。原因见说明；请看过最新状态后再试。",
    en: "Nothing was switched; the message says why. Look at the output as it is now, then try again.",
  },
  configurationChanged: {
    status: 409,
    zh: "配置在此期间已被修改，未作任何更改。请看过最新版本后再试。",
    en: "The configuration was changed in the meantime and nothing was done. Look at the newest version, then try again.",
  },
  tooSlow: {
    status: 408,
    zh: "请求没有在时限内发完，连接已关闭。请检查网络后重试。",
    en: "The request did not arrive in time and the connection was closed. Check the network and try again.",
  },
  tooLarge: {
    status: 413,
    zh: "请求正文超过此操作的上限（一般为 256 KiB）。请分批发送。",
    en: "The request body is larger than this operation takes (256 KiB for most). Send it in parts.",
  },
  wrongMediaType: {
    status: 415,
    zh: "请求正文须为 JSON。请加上 `Content-Type: application/json` 后重发。",
    en: "The request body must be JSON. Send it again with `Content-Type: application/json`.",
  },
  notAccepted: {
    status: 422,
    zh: "请求未被接受，未作任何更改。请按说明修改后重试。",
    en: "This was not accepted and nothing was changed. Change it as the message says and try again.",
  },
  upgradeNeeded: {
    status: 426,
    zh: "此地址只提供 WebSocket 连接。请用 WebSocket 客户端连接，或改用 /api/v1/points 读取当前值。",
    en: "This address speaks WebSocket only. Connect with a WebSocket client, or read the present values from /api/v1/points.",
  },
  tooManyAttempts: {
    status: 429,
    zh: "登录失败次数过多，已暂停。请等待 Retry-After 所示秒数后再试，并核对密码或令牌。",
    en: "Too many failed sign-ins; paused. Wait for the seconds in Retry-After, check password or token, then try again.",
  },
  internal: {
    status: 500,
    zh: "网关内部错误，监测不受影响。请重试；若再次出现，请将网关日志交给维护人员。",
    en: "Something inside the gateway failed; monitoring goes on. Try again; if it happens again, give the gateway's log to whoever maintains it.",
  },
  busy: {
    status: 503,
    zh: "同时登录的人太多。请等待几秒后再试。",
    en: "Too many people are signing in at once. Wait a few seconds and try again.",
  },
  journalFailing: {
    status: 503,
    zh: "未能写入日志库，操作未生效。请检查磁盘后重试。",
    en: "The journal could not be written, so nothing was changed. Check the disk and try again.",
  },
  historyFailing: {
    status: 503,
    zh: "无法读取历史数据，监测不受影响。请稍候再试，并检查磁盘。",
    en: "The history could not be read; monitoring goes on. Try again in a moment, and check the disk.",
  },
  dashboardNotBuilt: {
    status: 503,
    zh: "监控页面尚未构建。请在项目目录运行 `make run`，或 `npm run build:dashboard` 后重启网关。",
    en: "The dashboard has not been built. Run `make run` in the project folder, or `npm run build:dashboard` and start the gateway again.",
  },
} as const satisfies Record<string, Words & { readonly status: number }>;

export type RefusalCode = keyof typeof REFUSALS;

/** A refusal on its way out. Thrown by nobody: handlers return it. */
export class Refusal {
  readonly status: number;
  readonly problem: Problem;
  readonly retryAfterMs: number | null;

  constructor(
    code: RefusalCode,
    details: { readonly message?: Words; readonly faults?: readonly Fault[]; readonly retryAfterMs?: number } = {},
  ) {
    const { status, zh, en } = REFUSALS[code];
    this.status = status;
    this.retryAfterMs = details.retryAfterMs ?? null;
    this.problem = {
      code,
      message: details.message ?? { zh, en },
      ...(details.faults === undefined ? {} : { faults: [...details.faults] }),
    };
  }
}

/** The status of a refusal, for the interface description. */
export function refusalStatus(code: RefusalCode): number {
  return REFUSALS[code].status;
}

export function refusalWords(code: RefusalCode): Words {
  const { zh, en } = REFUSALS[code];
  return { zh, en };
}
