// The best peer: Socket.IO with its Redis adapter, doing what the chat does for a typing person.
"use strict";

const { createServer } = require("node:http");
const { createAdapter } = require("@socket.io/redis-adapter");
const { createClient } = require("redis");
const { Server } = require("socket.io");

const [port, redisUrl] = process.argv.slice(2);

async function serve() {
  const publisher = createClient({ url: redisUrl });
  const subscriber = publisher.duplicate();
  await Promise.all([publisher.connect(), subscriber.connect()]);
  const http = createServer();
  // Clients may miss pings for as long as the load is busy with another server.
  const io = new Server(http, { transports: ["websocket"], pingTimeout: 120_000 });
  io.adapter(createAdapter(publisher, subscriber));
  io.on("connection", (socket) => {
    socket.join(socket.handshake.query.rooms.split(","));
    socket.on("typing", (frame) => {
      socket.to(String(frame.conversationId)).emit("typing", {
        type: "typing",
        conversationId: frame.conversationId,
        senderId: Number(socket.handshake.query.user),
        senderName: socket.handshake.query.name,
        isTyping: frame.isTyping,
      });
    });
  });
  http.listen(Number(port), "127.0.0.1", 4096, () => console.log("listening"));
}

serve();
