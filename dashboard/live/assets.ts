import type { AssetChange, AssetsReply, ImportReply } from "../../firmware/contract/assets.ts";
import { type Answer, ask } from "./api.ts";

export const getAssets = (): Promise<Answer<AssetsReply>> => ask("GET", "/api/v1/assets");
export const changeAsset = (device: string, changes: readonly AssetChange[]): Promise<Answer<unknown>> =>
  ask("POST", "/api/v1/assets/change", { device, changes });
/** `apply` is the `preview` of the look before; null only looks. */
export const importSheet = (file: string, apply: string | null): Promise<Answer<ImportReply>> =>
  ask("POST", "/api/v1/assets/import", { file, apply });
