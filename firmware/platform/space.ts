import { statfsSync } from "node:fs";

/** Of the disk that a folder lies on, bytes. */
export interface Space {
  readonly free: number;
  readonly size: number;
}

export function spaceOf(directory: string): Space {
  const { bavail, blocks, bsize } = statfsSync(directory);
  return { free: bavail * bsize, size: blocks * bsize };
}
