/** The history's tables, as steps from empty to today. A step that was shipped is never changed: the next one mends it. */
export const MIGRATIONS: readonly string[] = [
  `
  -- Every point that was ever written, by its number in the blocks: a changed site adds numbers and moves none.
  CREATE TABLE points (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    decimals INTEGER NOT NULL    -- values are whole numbers of 10^-decimals
  ) STRICT;

  -- The newest minutes, as they were written; packed by the hour when it is over.
  CREATE TABLE minutes (
    minute INTEGER PRIMARY KEY,  -- since 1970, wall clock
    clock_trusted INTEGER NOT NULL,
    block BLOB NOT NULL
  ) STRICT;

  CREATE TABLE hours (
    hour INTEGER PRIMARY KEY,    -- since 1970, wall clock
    untrusted TEXT NOT NULL      -- JSON: the minutes (0-59) whose time of day was not certain
  ) STRICT;
  CREATE TABLE blocks (
    key INTEGER PRIMARY KEY,     -- hour x 2048 + number of the block: the newest at the end, the oldest together
    block BLOB NOT NULL
  ) STRICT;
  `,
  `
  ALTER TABLE hours ADD COLUMN sums BLOB;  -- what each point's minutes come to
  `,
];

/** A program must know so many of them to read and write today's file; a step that only adds does not raise it. */
export const FLOOR = 2;
