// Pictures, sounds and files in a message. The room that they take is known before they are loaded.

import { make } from "./dom.js";

function imageElement({ url, thumbnailUrl, name, width, height }) {
  const size = width === undefined ? {} : { width, height };
  const image = make("img", { src: thumbnailUrl, alt: name, decoding: "async", loading: "lazy", ...size });
  return make("a", { className: "picture", hook: "picture", href: url, target: "_blank", rel: "noopener" }, image);
}

function audioElement({ url, name }) {
  return make("audio", { className: "sound", hook: "sound", src: url, controls: "", preload: "metadata", "aria-label": name });
}

function fileElement({ url, name, size }) {
  return make(
    "a",
    { className: "file", hook: "file", href: url, download: name, rel: "noopener" },
    make("span", { className: "file-icon", "aria-hidden": "true" }),
    make("span", { className: "file-name", text: name, dir: "auto" }),
    make("span", { className: "file-size", text: size }),
  );
}

const KINDS = { image: imageElement, audio: audioElement, file: fileElement };

export function mediaElement(media) {
  return KINDS[media.kind](media);
}
