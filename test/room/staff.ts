import { openHolders } from "../../firmware/access/holders.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { STAFF_CSV } from "./people.ts";

/** The people of the demo room hold cards; a register that somebody has changed is left alone. */
export async function enterStaff(dataFolder: string): Promise<void> {
  const holders = await openHolders(
    dataFolder,
    systemClock,
    async () => false,
    () => {},
  );
  if (holders.list().length === 0) await holders.importCsv(STAFF_CSV, false, { by: "demo", from: "console" });
  await holders.close();
}
