import type { Asset } from "../../firmware/contract/asset-fields.ts";

/**
 * What stands in the demo room, as an installer would write it down. Warranties end so that nothing rings by itself in a calm room:
 * either far ahead, or so long ago that it is known.
 */
export const ROOM_ASSETS: Readonly<Record<string, Partial<Asset>>> = {
  "meter-1": { maker: "Eastron", model: "SDM630", serial: "22087114", number: "ZC-2022-0101", owner: "李工", commissioned: "2022-06-01" },
  "ups-a": ups("A", "2035-05-31"),
  "ups-b": ups("B", "2024-05-31"),
  "crac-1": cooler(1),
  "crac-2": cooler(2),
  "srv-1": { maker: "Inspur", model: "NF5280M6", serial: "221409871", number: "ZC-2023-0031", owner: "张工", warrantyUntil: "2034-03-14" },
};

function ups(letter: "A" | "B", warrantyUntil: string): Partial<Asset> {
  return {
    maker: "Vertiv",
    model: "Liebert EXM 100",
    serial: `2101DE${letter}0017`,
    number: `ZC-2022-010${letter === "A" ? 2 : 3}`,
    location: `配电间 ${letter} 列 1 柜`,
    owner: "李工",
    provider: "华南机房服务公司",
    phone: "+86 755 0000 1234",
    contract: "HT-2022-118",
    contractUntil: "2035-12-31",
    purchased: "2022-03-15",
    commissioned: "2022-06-01",
    warrantyUntil,
  };
}

function cooler(number: 1 | 2): Partial<Asset> {
  return {
    maker: "Vertiv",
    model: "Liebert PEX P1035",
    serial: `PEX35-0${number}8812`,
    number: `ZC-2022-020${number}`,
    owner: "王工",
    provider: "华南机房服务公司",
    phone: "+86 755 0000 1234",
    contract: "HT-2022-118",
    contractUntil: "2035-12-31",
    commissioned: "2022-06-01",
    warrantyUntil: "2035-05-31",
  };
}
