import * as z from "zod";
import { id } from "./schema-words.ts";

/** The GPIO lines of the box, or of one of its chips. A chip is called by its label: its number moves from kernel to kernel. */
export const gpioBusSchema = z.strictObject({
  kind: z.literal("gpio"),
  id,
  chip: z
    .string()
    .regex(/^(?!(gpiochip)?\d+$)[A-Za-z0-9][A-Za-z0-9_.,:@-]{0,62}$/)
    .optional()
    .meta({
      description:
        "the label of a GPIO chip, e.g. `pinctrl-bcm2711`, not its number; the chip of the Raspberry Pi's header when left out (cat /sys/class/gpio/gpiochip*/label)",
      zh: "GPIO 芯片的标签，如 `pinctrl-bcm2711`（不是编号）；省略时为树莓派排针的芯片（cat /sys/class/gpio/gpiochip*/label）",
    }),
});

/** How a dry contact is wired; what is left out is as its profile says, to ground. */
export const contactWiring = {
  normally: z
    .enum(["open", "closed"])
    .meta({
      description: "how a dry contact is while all is well, `open` or `closed`; as the profile says when left out",
      zh: "干接点在一切正常时的位置：`open`（常开）或 `closed`（常闭）；省略时按型号",
    })
    .optional(),
  closed: z
    .enum(["low", "high"])
    .meta({
      description: "what its line is at while a dry contact is closed, `low` (it closes to ground) or `high`; `low` when left out",
      zh: "干接点闭合时 GPIO 的电平：`low`（接地）或 `high`；省略时为 `low`",
    })
    .optional(),
};
