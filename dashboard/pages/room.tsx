import { RoomAhead } from "./room-ahead.tsx";
import { RoomAlarms } from "./room-alarms.tsx";
import { RoomChain } from "./room-chain.tsx";
import { RoomDevices } from "./room-devices.tsx";
import "./room.css";

/** Home and wall screen: what is wrong on the left, the room in the middle, what feeds it and what comes next on the right. */
export function RoomPage() {
  return (
    <div class="room">
      <div class="column">
        <RoomAlarms />
      </div>
      <RoomDevices />
      <div class="column">
        <RoomChain />
        <RoomAhead />
      </div>
    </div>
  );
}
