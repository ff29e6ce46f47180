import * as z from "zod";
import { host, id, pause, port, timeout } from "./schema-words.ts";

const portName = z
  .string()
  .regex(/^(\/.+|usb:[0-9a-f]{4}:[0-9a-f]{4}(:.+)?)$/)
  .meta({
    description: "a device file, or `usb:vendor:product:serial`, e.g. `usb:0403:6001:A50285BI`",
    zh: "设备文件，或 `usb:厂商:产品:序列号`，如 `usb:0403:6001:A50285BI`",
  });
/** One port: its device file, or several names of it, of which the first that leads to a port counts. */
export const serialPath = z.union([z.string().startsWith("/"), z.array(portName).min(1).max(4)]).meta({
  description: "a device file, best one below /dev/serial/by-id; or a list of 1 to 4 names of the port, most telling first",
  zh: "设备文件，最好在 /dev/serial/by-id 下；或该串口的 1 到 4 个名称的列表，最可靠的在前",
});

/** How a serial line is set; what the site file leaves out is as the protocol's devices leave the factory. Eight data bits always. */
export function serialLine(factory: { readonly baudRate: 1_200 | 2_400 | 9_600; readonly parity: "none" | "even" }) {
  return {
    baudRate: z
      .union([1_200, 2_400, 4_800, 9_600, 19_200, 38_400, 57_600, 115_200].map((rate) => z.literal(rate)))
      .meta({
        description: "a baud rate: 1200, 2400, 4800, 9600, 19200, 38400, 57600 or 115200",
        zh: "波特率 1200、2400、4800、9600、19200、38400、57600 或 115200",
      })
      .default(factory.baudRate),
    parity: z.enum(["none", "even", "odd"]).default(factory.parity),
    stopBits: z.union([z.literal(1), z.literal(2)]).default(1),
  };
}

/** A line at a serial port of the box (`path`) or at a serial device server (`host` and `port`): exactly one of them, see `checkLine`. */
function lineBus<Kind extends string>(kind: Kind, factory: Parameters<typeof serialLine>[0], timeoutDefault: string) {
  return z.strictObject({
    kind: z.literal(kind),
    id,
    path: serialPath.optional(),
    host: host.optional(),
    port: port.optional(),
    ...serialLine(factory),
    timeout: timeout.prefault(timeoutDefault),
    pause,
  });
}

/** Buses of the protocols on serial lines. Timeouts are what a device may think before it answers; the time on the line is added. */
export const lineBusSchemas = [
  // The standard's setting of ASCII mode is 7E1 (Modbus over serial line V1.02, 2.5.2); many devices keep eight bits.
  lineBus("modbus-ascii", { baudRate: 9_600, parity: "even" }, "1s").extend({
    dataBits: z
      .union([z.literal(7), z.literal(8)])
      .meta({ description: "data bits: 7 or 8", zh: "数据位 7 或 8" })
      .default(7),
  }),
  lineBus("megatec", { baudRate: 2_400, parity: "none" }, "2s"),
  lineBus("upslink", { baudRate: 2_400, parity: "none" }, "1s"),
  lineBus("yd1363", { baudRate: 9_600, parity: "none" }, "1s"),
  lineBus("dlt645-2007", { baudRate: 2_400, parity: "even" }, "1s"),
  lineBus("dlt645-1997", { baudRate: 1_200, parity: "even" }, "1s"),
  lineBus("osdp", { baudRate: 9_600, parity: "none" }, "200ms"),
] as const;

export const LINE_BUS_KINDS = lineBusSchemas.map(({ shape }) => shape.kind.value);

export type LineBusEntry = z.infer<(typeof lineBusSchemas)[number]>;
