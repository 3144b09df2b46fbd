import assert from "node:assert/strict";
import { test } from "node:test";

import { ids, openTab, sentIds } from "./outbox_tab.js";
import { handClock, memoryStorage } from "./support.js";

/** Two tabs of one browser: each is told of what the other writes. */
function openTwoTabs() {
  const shared = memoryStorage();
  const clock = handClock();
  const tabs = [];
  function view(index) {
    const tell = (key, newValue) => {
      for (const [other, tab] of tabs.entries()) if (other !== index) tab.outbox.storageChanged({ key, newValue });
    };
    return {
      get length() {
        return shared.length;
      },
      key: shared.key,
      getItem: shared.getItem,
      setItem(key, value) {
        shared.setItem(key, value);
        tell(key, value);
      },
      removeItem(key) {
        if (shared.getItem(key) === null) return;
        shared.removeItem(key);
        tell(key, null);
      },
    };
  }
  for (const index of [0, 1]) tabs.push(openTab({ storage: view(index), clock }));
  return { one: tabs[0], other: tabs[1], clock, shared };
}

test("what is acknowledged in one tab vanishes in the other, and is sent by the first alone", () => {
  const { one, other, clock, shared } = openTwoTabs();
  one.write("a");
  assert.deepEqual(ids(other.outbox), ["a"]);
  one.acknowledge("a");
  assert.deepEqual(ids(other.outbox), []);
  clock.pass(10_000);
  assert.deepEqual(sentIds(other.line), []);
  assert.equal(shared.length, 0);
});

test("what one tab left behind, another sends", () => {
  const { one, other, clock } = openTwoTabs();
  one.line.isOpen = false;
  one.write("a");
  assert.deepEqual(sentIds(other.line), []);
  clock.pass(5_000);
  assert.deepEqual(sentIds(other.line), ["a"]);
  other.acknowledge("a");
  assert.deepEqual(ids(one.outbox), []);
});

test("what another tab settled while this one was asleep does not come back to life", () => {
  const storage = memoryStorage();
  const asleep = openTab({ storage });
  asleep.line.isOpen = false;
  asleep.write("a");
  storage.removeItem("outbox.1.a");
  asleep.line.isOpen = true;
  asleep.outbox.retry("a");
  assert.deepEqual(sentIds(asleep.line), []);
  assert.deepEqual(ids(asleep.outbox), []);
  assert.equal(storage.length, 0);
});

test("a message that failed in one tab has failed in the other", () => {
  const { one, other } = openTwoTabs();
  one.write("a");
  one.outbox.refused({ clientMessageId: "a", code: "content_too_long", content: "Too long." });
  assert.equal(other.outbox.of(12)[0].failed, "content_too_long");
  other.outbox.discard("a");
  assert.deepEqual(ids(one.outbox), []);
});
