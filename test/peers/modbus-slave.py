"""An independent Modbus slave (pymodbus) that serves a register map: MAP.json tcp|rtu-tcp HOST:PORT, or MAP.json rtu TTY.

The map: {"units": {"1": {"input": {"1": 235}, "holding": {...}, "discrete": {...}, "coil": {...}}}}. What is not in the map is answered with
exception 2. pymodbus's own servers need pyserial even for TCP, which Debian does not install with it: the sockets and the terminal are
therefore opened here.
"""
import json
import os
import socketserver
import sys
import tty

from pymodbus.datastore import ModbusServerContext, ModbusSlaveContext, ModbusSparseDataBlock
from pymodbus.factory import ServerDecoder
from pymodbus.transaction import ModbusRtuFramer, ModbusSocketFramer


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


def answer(context, framer, received, send):
    """Leaves frames, requests and exceptions to pymodbus."""

    def execute(request):
        response = request.execute(context[request.unit_id])
        response.unit_id = request.unit_id
        response.transaction_id = request.transaction_id
        send(framer.buildPacket(response))

    framer.processIncomingPacket(received, execute, unit=context.slaves())


def serve_terminal(context, path):
    terminal = os.open(path, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(terminal)
    print("ready", flush=True)
    framer = ModbusRtuFramer(ServerDecoder(), client=None)
    while True:
        try:
            received = os.read(terminal, 256)
        except OSError:
            return
        if not received:
            return
        answer(context, framer, received, lambda packet: os.write(terminal, packet))


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
        context = context_of(json.load(file)["units"])
    if mode == "rtu":
        serve_terminal(context, where)
    else:
        serve_tcp(context, where, ModbusRtuFramer if mode == "rtu-tcp" else ModbusSocketFramer)


main()
