import { ASSET_FIELDS, type Asset, type AssetField, byField } from "../contract/asset-fields.ts";
import type { AssetChange } from "../contract/assets.ts";

/** A field edited on the box: its value, and the site file's value that it stands over. */
export interface Edit {
  readonly value: string;
  readonly over: string;
}
export type DeviceEdits = Readonly<Partial<Record<AssetField, Edit>>>;
export type Edits = Readonly<Record<string, DeviceEdits>>;

/** What holds: an edit stands until the site file's own value for that field changes; then the newer site file does. */
export function effective(said: Asset, edits: DeviceEdits | undefined): Asset {
  if (edits === undefined) return said;
  return byField((field) => {
    const edit = edits[field];
    return edit?.over === said[field] ? edit.value : said[field];
  });
}

export function editedFields(said: Asset, edits: DeviceEdits | undefined): AssetField[] {
  return ASSET_FIELDS.filter((field) => edits?.[field]?.over === said[field]);
}

/** The edits after these changes; back to the site file's value is no edit. */
export function withChanges(said: Asset, edits: DeviceEdits | undefined, changes: readonly Omit<AssetChange, "before">[]): DeviceEdits {
  const after = new Map<AssetField, Edit>(
    ASSET_FIELDS.flatMap((field) => {
      const edit = edits?.[field];
      return edit?.over === said[field] ? [[field, edit] as const] : [];
    }),
  );
  for (const { field, after: value } of changes) {
    if (value === said[field]) after.delete(field);
    else after.set(field, { value, over: said[field] });
  }
  return Object.fromEntries(after);
}

/** What a newer site file took back from the box: the edits that stand no longer, with what holds in their place. */
export function overruled(said: Asset, edits: DeviceEdits | undefined): readonly AssetChange[] {
  return ASSET_FIELDS.flatMap((field) => {
    const edit = edits?.[field];
    return edit === undefined || edit.over === said[field] ? [] : [{ field, before: edit.value, after: said[field] }];
  });
}
