import assert from "node:assert/strict";
import { test } from "node:test";

import { openTab, sentIds } from "./outbox_tab.js";
import { ALICE, message } from "./support.js";

test("what one conversation waits for does not keep the others", () => {
  const { outbox, clock, line, write } = openTab();
  write("a");
  write("b");
  write("elsewhere", { conversationId: 13 });
  assert.deepEqual(sentIds(line), ["a", "elsewhere"]);
  outbox.refused({ clientMessageId: "a", code: "unavailable", content: "Later." });
  write("there too", { conversationId: 14 });
  assert.deepEqual(sentIds(line), ["there too"]);
  clock.pass(3_000);
  assert.deepEqual(sentIds(line), ["a"]);
});

test("what gets no answer is tried again, alone in the end, and then keeps nothing behind it any more", () => {
  const { outbox, clock, line, write } = openTab();
  write("mute");
  write("behind");
  write("elsewhere", { conversationId: 13 });
  outbox.heard({ ...message(1, { from: ALICE, conversationId: 13 }), clientMessageId: "elsewhere" });
  assert.deepEqual(sentIds(line), ["mute", "elsewhere"]);
  clock.pass(10_000);
  clock.pass(10_000);
  assert.deepEqual(sentIds(line), ["mute", "mute"]);
  write("later", { conversationId: 13 });
  assert.deepEqual(sentIds(line), []);
  clock.pass(10_000);
  assert.deepEqual(sentIds(line).sort(), ["later"]);
  outbox.heard({ ...message(2, { from: ALICE, conversationId: 13 }), clientMessageId: "later" });
  assert.deepEqual(sentIds(line), ["mute"]);
  clock.pass(10_000);
  assert.equal(outbox.of(12)[0].failed, "no_answer");
  assert.deepEqual(sentIds(line), ["behind"]);
});

test("the echo of what was given up settles it all the same", () => {
  const { outbox, write, acknowledge } = openTab();
  write("slow");
  for (let turn = 0; turn < 4; turn += 1) {
    outbox.lost(1006);
    outbox.opened();
  }
  assert.equal(outbox.of(12)[0].failed, "no_answer");
  acknowledge("slow");
  assert.deepEqual(outbox.of(12), []);
});

test("a message with which the connection ends each time does not keep the others for ever", () => {
  const { outbox, line, write } = openTab();
  write("deadly");
  write("behind");
  for (let turn = 0; turn < 4; turn += 1) {
    assert.deepEqual(sentIds(line), ["deadly"]);
    outbox.lost(1006);
    outbox.opened();
  }
  assert.deepEqual(sentIds(line), ["behind"]);
});

for (const [code, failed] of [[1007, "frame_unreadable"], [1009, "frame_too_large"], [4009, "frame_too_large"]]) {
  test(`a message for which the connection was closed with ${code} has failed, and says why`, () => {
    const { outbox, line, write } = openTab();
    write("too large");
    write("behind");
    outbox.lost(code);
    outbox.opened();
    assert.equal(outbox.of(12)[0].failed, failed);
    assert.deepEqual(sentIds(line), ["too large", "behind"]);
  });
}

test("of several that were under way then, each is tried alone, and the one to blame is found", () => {
  const { outbox, line, write } = openTab();
  write("good");
  write("too large", { conversationId: 13 });
  outbox.lost(1009);
  outbox.opened();
  assert.deepEqual(sentIds(line), ["good", "too large", "good"]);
  outbox.heard({ ...message(1, { from: ALICE }), clientMessageId: "good" });
  assert.deepEqual(sentIds(line), ["too large"]);
  outbox.lost(1009);
  assert.equal(outbox.of(13)[0].failed, "frame_too_large");
});

test("what has failed goes again from the start when the person tries it again", () => {
  const { outbox, line, write } = openTab();
  write("a");
  outbox.lost(1009);
  outbox.opened();
  line.take();
  outbox.retry("a");
  write("elsewhere", { conversationId: 13 });
  assert.deepEqual(sentIds(line), ["a", "elsewhere"]);
});

test("five hundred conversations are sent to a few at a time", () => {
  const { outbox, line, write } = openTab();
  line.isOpen = false;
  for (let id = 1; id <= 500; id += 1) write(`to ${id}`, { conversationId: id });
  line.isOpen = true;
  outbox.opened();
  const sent = [];
  for (let [id, ...rest] = sentIds(line); id !== undefined; [id, ...rest] = [...rest, ...sentIds(line)]) {
    assert.ok(rest.length < 8);
    sent.push(id);
    outbox.heard({ ...message(1, { from: ALICE }), clientMessageId: id });
  }
  assert.equal(new Set(sent).size, 500);
  assert.equal(outbox.waiting(), 0);
});
