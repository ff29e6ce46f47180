import type { Server } from "node:net";

export const LOOPBACK = "127.0.0.1";

/** Something that listens on loopback until it is stopped. */
export interface Listening {
  readonly port: number;
  stop(): Promise<void>;
}

/** What to tell people when a port of the demo room is taken, or null when the trouble is something else. */
export function portTrouble(error: unknown, what: string, port: number): Error | null {
  if (!(error instanceof Error) || !("code" in error)) return null;
  if (error.code === "EADDRINUSE")
    return new Error(
      `端口 ${port}（${what}）已被占用：请先停掉另一个演示机房或占用它的程序，再启动。\n` +
        `Port ${port} (${what}) is in use: stop the other demo room, or the program that holds it, and start again.`,
    );
  if (error.code === "EACCES")
    return new Error(`端口 ${port}（${what}）不允许使用：请换一个用户。\nPort ${port} (${what}) may not be opened by this user.`);
  return null;
}

/** Binds a TCP server to loopback; port 0 takes any free one. The promise fails with a sentence that names the port. */
export function listenTcp(server: Server, port: number, what: string): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const refused = (error: Error): void => reject(portTrouble(error, what, port) ?? error);
    server.once("error", refused);
    server.listen({ host: LOOPBACK, port }, () => {
      server.off("error", refused);
      const address = server.address();
      if (address === null || typeof address === "string") return reject(new Error("a TCP server has a port"));
      const sockets = new Set<{ destroy(): void }>();
      server.on("connection", (socket) => {
        sockets.add(socket);
        socket.once("close", () => sockets.delete(socket));
      });
      resolve({
        port: address.port,
        stop: () =>
          new Promise((stopped) => {
            server.close(() => stopped());
            for (const socket of sockets) socket.destroy();
          }),
      });
    });
  });
}
