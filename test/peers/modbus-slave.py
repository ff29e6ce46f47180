"""An independent Modbus slave (pymodbus) that serves a register map: MAP.json tcp|rtu-tcp HOST:PORT, MAP.json rtu|ascii TTY, or MAP.json pty LINK.

The map: {"units": {"1": {"input": {"1": 235}, "holding": {...}, "discrete": {...}, "coil": {...}}}}. What is not in the map is answered with
exception 2. pymodbus's own servers need pyserial even for TCP, which Debian does not install with it: the sockets and the terminal are
therefore opened here.

{"manners": FILE} names a JSON file that is read at every request: {"refuses": [5], "ignores": [16]}.

With `pty` it makes a terminal of its own, whose speed it can see: {"bauds": {"5": 19200}} has unit 5 hear only what was sent at 19,200 Bd, and
{"garbles": [9]} spoils what unit 9 says. Parity cannot be seen there: the kernel has none on such terminals.
"""
import json
import os
import pty
import socketserver
import sys
import termios
import tty

from pymodbus.datastore import ModbusServerContext, ModbusSlaveContext, ModbusSparseDataBlock
from pymodbus.factory import ServerDecoder
from pymodbus.transaction import ModbusAsciiFramer, ModbusRtuFramer, ModbusSocketFramer


def block(values):
    # A sparse block may not be empty: 65535 is an address that no test asks for.
    return ModbusSparseDataBlock({int(address): value for address, value in values.items()} or {65535: 0})


def context_of(units):
    return ModbusServerContext(
        slaves={
            int(unit): ModbusSlaveContext(
                di=block(tables.get("discrete", {})),
                co=block(tables.get("coil", {})),
                ir=block(tables.get("input", {})),
                hr=block(tables.get("holding", {})),
                zero_mode=True,
            )
            for unit, tables in units.items()
        },
        single=False,
    )


WRITES = (5, 6, 15, 16)
# Functions that are answered with exception 4, and those that are answered as if they had been done. Changed by the test while it runs.
MANNERS = {"file": None}


def manners():
    try:
        with open(MANNERS["file"], encoding="utf-8") as file:
            return json.load(file)
    except (TypeError, OSError, ValueError):
        return {}


def answer(context, framer, received, send, units=None):
    """Leaves frames, requests and exceptions to pymodbus. A module that has manners says every write on standard output."""

    def execute(request):
        told = manners()
        code = request.function_code
        if code in told.get("refuses", []):
            response = request.doException(4)
        elif code in told.get("ignores", []):
            values = context[request.unit_id].getValues(code, request.address, 1)
            response = request.execute(context[request.unit_id])
            context[request.unit_id].setValues(code, request.address, values)
        else:
            response = request.execute(context[request.unit_id])
        if MANNERS["file"] is not None and code in WRITES:
            print(f"write {code} {request.address}", flush=True)
        response.unit_id = request.unit_id
        response.transaction_id = request.transaction_id
        send(framer.buildPacket(response))

    framer.processIncomingPacket(received, execute, unit=context.slaves() if units is None else units)


def serve_terminal(context, path, framer_class):
    terminal = os.open(path, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(terminal)
    print("ready", flush=True)
    framer = framer_class(ServerDecoder(), client=None)
    while True:
        try:
            received = os.read(terminal, 256)
        except OSError:
            return
        if not received:
            return
        answer(context, framer, received, lambda packet: os.write(terminal, packet))


SPEEDS = {getattr(termios, f"B{baud}"): baud for baud in (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)}
OSPEED = 5


def serve_pty(context, link, bauds, garbles):
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    os.symlink(os.ttyname(theirs), link)
    print("ready", flush=True)

    def send(packet):
        os.write(ours, bytes(byte ^ 0x55 for byte in packet) if packet[0] in garbles else packet)

    while True:
        received = os.read(ours, 256)
        speed = SPEEDS.get(termios.tcgetattr(ours)[OSPEED])
        units = [unit for unit in context.slaves() if bauds.get(str(unit), 9600) == speed]
        # What came at another speed is noise, and is forgotten.
        if units:
            answer(context, ModbusRtuFramer(ServerDecoder(), client=None), received, send, units)


def serve_tcp(context, endpoint, framer_class):
    class Connection(socketserver.BaseRequestHandler):
        def handle(self):
            framer = framer_class(ServerDecoder(), client=None)
            while received := self.request.recv(1024):
                answer(context, framer, received, self.request.sendall)

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    host, port = endpoint.split(":")
    with Server((host, int(port)), Connection) as server:
        print("ready", flush=True)
        server.serve_forever()


def main():
    map_path, mode, where = sys.argv[1:4]
    with open(map_path, encoding="utf-8") as file:
        room = json.load(file)
    MANNERS["file"] = room.get("manners")
    context = context_of(room["units"])
    if mode == "pty":
        serve_pty(context, where, room.get("bauds", {}), room.get("garbles", []))
    elif mode in ("rtu", "ascii"):
        serve_terminal(context, where, ModbusRtuFramer if mode == "rtu" else ModbusAsciiFramer)
    else:
        serve_tcp(context, where, ModbusRtuFramer if mode == "rtu-tcp" else ModbusSocketFramer)


main()
