"""The chat page, as the person in front of it uses it."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

SAY_LINES = """count => new Promise(resolve => {
  const socket = new WebSocket(`ws://${location.host}/ws/chat/`);
  const [conversationId] = location.pathname.match(/[0-9]+/).map(Number);
  const id = number => `line-${number}`;
  const left = new Set(Array.from({ length: count }, (_, index) => id(index + 1)));
  socket.onmessage = ({ data }) => {
    for (const { type, clientMessageId } of JSON.parse(data)) {
      left.delete(clientMessageId);
      if (type !== "ready") continue;
      for (let number = 1; number <= count; number += 1) {
        const frame = { conversationId, clientMessageId: id(number), content: `line ${number}.` };
        socket.send(JSON.stringify({ type: "message", ...frame }));
      }
    }
    if (left.size > 0) return;
    socket.close();
    resolve();
  };
})"""


LOOKS_AWAY = {
    "hiding the tab": """() => {
      Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }""",
    "using another window": """() => {
      document.hasFocus = () => false;
      window.dispatchEvent(new Event("blur"));
    }""",
}

LOOKS_BACK = """() => {
  delete document.visibilityState;
  delete document.hasFocus;
  document.dispatchEvent(new Event("visibilitychange"));
  window.dispatchEvent(new Event("focus"));
}"""

IN_SIGHT = """() => {
  const boxOf = (hook) => document.querySelector(`[data-hook=${hook}]`).getBoundingClientRect();
  const [scroller, above, below] = ["messages", "unread-above", "latest"].map(boxOf);
  // What the ways to the first unread and to the newest message cover is not in sight.
  const view = {
    top: above.height > 0 ? above.bottom : scroller.top,
    bottom: below.height > 0 ? below.top : scroller.bottom,
  };
  const messages = [...document.querySelectorAll("[data-hook=message]")];
  const isInSight = (message) => {
    const { top, bottom, height } = message.getBoundingClientRect();
    return Math.min(bottom, view.bottom) - Math.max(top, view.top) >= height / 2;
  };
  const numberOf = ({ textContent }) => Number(/line ([0-9]+)\\./.exec(textContent)?.[1]);
  return messages.filter(isInSight).map(numberOf);
}"""


# In steps that leave something of each view in the next, and each once the last one is drawn.
SCROLL = """([text, step]) => new Promise(resolve => {
  const view = document.querySelector("[data-hook=messages]");
  const isInSight = () => [...document.querySelectorAll("[data-hook=message]")].some((message) => {
    const { top, bottom } = message.getBoundingClientRect();
    const { top: above, bottom: below } = view.getBoundingClientRect();
    return message.textContent.includes(text) && top >= above && bottom <= below;
  });
  const scroll = () => {
    if (isInSight()) return resolve();
    view.scrollTop += step * view.clientHeight;
    requestAnimationFrame(() => requestAnimationFrame(scroll));
  };
  scroll();
})"""

LINE_AFTER_DIVIDER = """() => {
  const line = document.querySelector("[data-hook=unread-line]");
  return Number(/line ([0-9]+)\\./.exec(line.nextElementSibling.textContent)[1]);
}"""


class ChatPage:
    """One person's window. What can be seen is a locator, what can be done is a method."""

    def __init__(self, page: Page, name: str) -> None:
        self.page = page
        self.name = name
        self.errors: list[str] = []
        """What the page's code complained of."""
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.violations: list[str] = []
        """What the browser would not do, since the policy of the site forbids it."""
        page.on("console", lambda message: self._note(message.text))

    def _note(self, text: str) -> None:
        if "Content Security Policy" in text:
            self.violations.append(text)

    def hook(self, name: str) -> Locator:
        """The element that the page marks so."""
        return self.page.locator(f"[data-hook={name}]")

    @property
    def row(self) -> Locator:
        """The one row in the list of conversations."""
        return self.hook("conversation")

    def message(self, text: str) -> Locator:
        """The message that says this; not one that quotes it."""
        said = self.hook("message-content").filter(has_text=text)
        return self.hook("message").filter(has=said)

    def signs_up(self, password: str) -> None:
        """Make an account, and land on the chat."""
        self.page.goto("/accounts/signup/")
        self.page.locator("[name=username]").fill(self.name)
        self.page.locator("[name=password1]").fill(password)
        self.page.locator("[name=password2]").fill(password)
        self.hook("sign-up").click()
        self.is_connected()

    def signs_in(self, password: str) -> None:
        """Sign in, and land on the chat."""
        self.page.goto("/")
        self.page.locator("[name=username]").fill(self.name)
        self.page.locator("[name=password]").fill(password)
        self.hook("sign-in").click()
        self.is_connected()

    def is_connected(self) -> None:
        """The stream is open."""
        expect(self.page.locator("[data-hook=app][data-stream=open]")).to_be_attached()

    def starts_conversation_with(self, name: str) -> None:
        """Find the person and start a conversation."""
        self.hook("new-conversation").first.click()
        dialog = self.hook("people-dialog")
        dialog.locator("[data-hook=people-search]").fill(name)
        dialog.locator("[data-hook=person]").filter(has_text=name).click()
        self.hook("start").click()
        expect(self.hook("header-title")).to_have_text(name)

    def starts_group(self, title: str, names: list[str]) -> None:
        """Choose several people, give it a title, and start it."""
        self.hook("new-conversation").first.click()
        dialog = self.hook("people-dialog")
        for name in names:
            dialog.locator("[data-hook=people-search]").fill(name)
            dialog.locator("[data-hook=person]").filter(has_text=name).click()
        self.hook("conversation-name").fill(title)
        self.hook("start").click()
        expect(self.hook("header-title")).to_have_text(title)

    def upload(self, name: str) -> Locator:
        """The file of this name beside the composer."""
        return self.hook("upload").filter(has_text=name)

    def member(self, name: str) -> Locator:
        """The person's line in the dialog about a group."""
        return self.hook("member").filter(has_text=name)

    def opens_conversation_with(self, name: str) -> None:
        """Open it from the list."""
        self.row.filter(has_text=name).click()
        expect(self.hook("header-title")).to_have_text(name)

    def types(self, text: str) -> None:
        """Press the keys."""
        self.hook("composer").press_sequentially(text)

    def sends(self) -> None:
        """Press Enter."""
        self.hook("composer").press("Enter")

    def says(self, text: str) -> None:
        """Write it and send it."""
        self.types(text)
        self.sends()

    def asks_for_menu_of(self, text: str) -> None:
        """Go to the message and open its menu."""
        message = self.message(text).last
        # Pointing alone would lose it when another message comes and moves it away.
        message.focus()
        message.locator("[data-hook=tool-more]").click()

    def chooses(self, item: str, *, of: str) -> None:
        """Take something from a message's menu: ``chooses("edit", of="Helo")``."""
        self.asks_for_menu_of(of)
        self.hook(f"menu-{item}").click()

    def reacts(self, emoji: str, *, to: str) -> None:
        """Take one of the emojis in a message's menu."""
        self.asks_for_menu_of(to)
        self.page.locator(f"[data-hook=quick][data-emoji='{emoji}']").click()

    def sees_typing(self, name: str, sentence: str = "{} is typing…") -> None:
        """It is said that the person types, if only for the second that it lasts here: that is
        looked for in every frame, where ``expect`` looks once a second."""
        script = "said => document.querySelector('[data-hook=typing]').textContent === said"
        self.page.wait_for_function(script, arg=sentence.format(name))

    def looks_away(self, *, by: str) -> None:
        """The person sees the window no longer, or something else has the focus."""
        self.page.evaluate(LOOKS_AWAY[by])

    def looks_back(self) -> None:
        """The person is at the window again."""
        self.page.evaluate(LOOKS_BACK)

    def marks_all_read(self) -> None:
        """Press Escape."""
        self.hook("composer").press("Escape")
        expect(self.row.locator("[data-hook=unread]")).to_be_hidden()

    def scrolls_down_to(self, text: str) -> None:
        """Read on until this message is in sight."""
        self.page.evaluate(SCROLL, [text, 0.5])

    def scrolls_up_to(self, text: str) -> None:
        """Read back until this message is in sight."""
        self.page.evaluate(SCROLL, [text, -0.5])

    def line_after_divider(self) -> int:
        """Which of the lines that somebody says follows the line where the unread ones begin."""
        number: int = self.page.evaluate(LINE_AFTER_DIVIDER)
        return number

    def lines_in_sight(self) -> list[int]:
        """Which of the lines that somebody says are in sight, by at least half of each that nothing
        covers."""
        numbers: list[int] = self.page.evaluate(IN_SIGHT)
        return numbers

    def says_lines(self, count: int) -> None:
        """Many messages from another device: "line 1." and so on, to the open conversation."""
        self.page.evaluate(SAY_LINES, count)

    def texts(self) -> list[str]:
        """What the messages on the screen say, from top to bottom."""
        return self.hook("message-content").all_text_contents()

    def another_tab(self) -> ChatPage:
        """One more tab of the same browser, on the same person's chat."""
        tab = ChatPage(self.page.context.new_page(), self.name)
        tab.page.goto("/")
        tab.is_connected()
        return tab
