// Pictures, sounds and files in a message. The room that they take is known before they are loaded.

import { make } from "./dom.js";

/** In the proportions of its room, whatever those of the file are; narrower where the room is. */
function sized(element, { width, height }) {
  if (width === undefined) return element;
  element.width = width;
  element.height = height;
  element.style.setProperty("aspect-ratio", `${width} / ${height}`);
  return element;
}

function imageElement(media) {
  const { url, thumbnailUrl, name } = media;
  const image = sized(make("img", { alt: name, decoding: "async", loading: "lazy" }), media);
  image.src = thumbnailUrl;
  return make("a", { className: "picture", hook: "picture", href: url, target: "_blank", rel: "noopener" }, image);
}

function audioElement({ url, name }) {
  return make("audio", { className: "sound", hook: "sound", src: url, controls: "", preload: "metadata", "aria-label": name });
}

/** In place; what this browser can't play can be downloaded. */
function videoElement(media) {
  const { url, name } = media;
  const about = { className: "film", hook: "film", src: url, controls: "", playsinline: "", preload: "metadata" };
  const video = sized(make("video", { ...about, "aria-label": name }), media);
  const giveUp = () => video.replaceWith(fileElement(media));
  video.addEventListener("error", giveUp);
  video.addEventListener("loadedmetadata", () => video.videoWidth === 0 && giveUp());
  return video;
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

const KINDS = { image: imageElement, audio: audioElement, video: videoElement, file: fileElement };

export function mediaElement(media) {
  return KINDS[media.kind](media);
}
