import type { Words } from "../contract/alarm.ts";

/** Why people on call were refused; what to do instead. */
export const REFUSED = {
  unknownRota: (rota: string): Words => ({
    zh: `本站没有排班 ${rota}。排班在站点文件的 rotas 中增减，请刷新页面。`,
    en: `This site has no rota ${rota}. Rotas come and go with the site file; load the page again.`,
  }),
  unknownPerson: (who: string, rota: string): Words => ({
    zh: `排班 ${rota} 中没有 ${who}，未作任何更改。请从名单中选人，或在站点文件中添加。`,
    en: `There is no ${who} in rota ${rota} and nothing was changed. Choose somebody of the list, or add them to the site file.`,
  }),
  badSpan: (days: number): Words => ({
    zh: `换班时段应在结束时间之前开始、尚未结束，且不超过 ${days} 天。请改正起止时间。`,
    en: `A swap begins before it ends, is not over yet, and lasts ${days} days at most. Correct its times.`,
  }),
  tooMany: (max: number): Words => ({
    zh: `已有 ${max} 个未结束的换班。请等其中一些结束后再加。`,
    en: `There are ${max} swaps that are not over yet. Wait until some are, then add more.`,
  }),
  noChange: (): Words => ({
    zh: "那一刻没有换班，或还太早：换班前一小时起可写交接。请刷新页面。",
    en: "Nobody takes over at that moment, or it is too early: a hand-over can be written from an hour before. Load the page again.",
  }),
  unknownNote: (): Words => ({ zh: "没有这份交接记录。请刷新页面。", en: "There is no such hand-over. Load the page again." }),
  ownNote: (): Words => ({
    zh: "不能确认自己写的交接。请由接班人登录后确认。",
    en: "Nobody confirms what they wrote themselves. Have the one who takes over sign in and confirm.",
  }),
  confirmed: (by: string): Words => ({ zh: `${by} 已确认过。`, en: `${by} has confirmed it already.` }),
} as const;
