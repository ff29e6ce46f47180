import { loadProfile, type ProfileAnswer } from "../../drivers/catalogue.ts";
import { checkProfile } from "../../drivers/profile-check.ts";
import type { SourceText } from "../../drivers/source-text.ts";

/** Where a device's profile is looked up: the site file's own first, then the box's folder, then the product's. */
export type ProfileSource = (id: string) => ProfileAnswer;

const ID = /^[a-z0-9]+\/[a-z0-9][a-z0-9.+-]*$/;
const PROFILES_MAX = 100;

/**
 * Profiles that the site file brings along (`profiles: { sensor/acme-x: { … } }`): so a planner's stick brings them to the box with the site
 * that needs them, signed and taken back with it. They hold over others of the same id.
 */
export function ownProfiles(source: SourceText, section: unknown): ProfileSource {
  const own = new Map<string, ProfileAnswer>();
  if (section === undefined) return loadProfile;
  if (typeof section !== "object" || section === null || Array.isArray(section)) {
    source.add(["profiles"], { zh: "profiles 应为映射：模板编号对应内容", en: "profiles must be a mapping from profile id to content" });
    return loadProfile;
  }
  const entries = Object.entries(section);
  if (entries.length > PROFILES_MAX)
    source.add(["profiles"], { zh: `最多 ${PROFILES_MAX} 个模板`, en: `at most ${PROFILES_MAX} profiles` });
  for (const [id, content] of entries.slice(0, PROFILES_MAX)) {
    if (!ID.test(id))
      source.add(["profiles", id], { zh: "模板编号应为 `<class>/<maker>-<family>`", en: "a profile id is `<class>/<maker>-<family>`" });
    const profile = checkProfile(source, id, content, ["profiles", id]);
    // What is wrong with it was said where it stands; its devices need not say so again.
    own.set(id, profile === null ? { problems: [] } : { profile });
  }
  return (id) => own.get(id) ?? loadProfile(id);
}
