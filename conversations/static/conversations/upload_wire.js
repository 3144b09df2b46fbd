// How a file travels to the server: by XMLHttpRequest, which tells how far it is.

import { ApiError, expecting, WRONG_ACCOUNT } from "./api.js";

const TOO_LARGE = 413;

function answerOf(request) {
  const { status, responseText } = request;
  // Perhaps in the words of a proxy.
  if (status === TOO_LARGE) throw new ApiError({ code: "invalid_media", reason: "file_too_large" });
  let body;
  try {
    body = JSON.parse(responseText);
  } catch {
    // A proxy in between answers in its own words.
    body = { code: "unavailable" };
  }
  if (status === 201) return body;
  const seconds = Number(request.getResponseHeader("Retry-After") ?? NaN);
  throw new ApiError({ ...body, retryAfter: seconds > 0 ? seconds : undefined });
}

/** A folder, or what was moved away meanwhile, looks like a file until it is read. */
async function requireReadable(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    throw new ApiError({ code: "unreadable" });
  }
}

/**
 * `upload(file, onProgress)` gives `{done, cancel}`: a promise of the media, or of an `ApiError`. `onWrongAccount()` is
 * called when it was refused because this browser is signed in as somebody else than `userId`.
 */
export function createUploadWire({ userId, XMLHttpRequest, FormData, csrfToken, onWrongAccount }) {
  function send(request, file, onProgress) {
    return new Promise((resolve, reject) => {
      request.open("POST", "/api/media/");
      request.setRequestHeader("X-CSRFToken", csrfToken());
      for (const [name, value] of Object.entries(expecting(userId))) request.setRequestHeader(name, value);
      request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
      // It fails as if there were no network where the file changed under way, too.
      request.onerror = () => requireReadable(file).then(() => reject(new ApiError({ code: "unreachable" })), reject);
      request.onload = () => {
        try {
          resolve(answerOf(request));
        } catch (error) {
          if (error.code === WRONG_ACCOUNT) onWrongAccount();
          reject(error);
        }
      };
      const form = new FormData();
      // As it is: in the header of a part a browser writes quotes in another way.
      form.append("name", file.name);
      form.append("file", file, file.name);
      request.send(form);
    });
  }

  return function upload(file, onProgress) {
    const request = new XMLHttpRequest();
    let isCancelled = false;
    const done = requireReadable(file).then(() => {
      if (isCancelled) throw new ApiError({ code: "cancelled" });
      return send(request, file, onProgress);
    });
    function cancel() {
      isCancelled = true;
      request.abort();
    }
    return { done, cancel };
  };
}
