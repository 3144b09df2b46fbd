// How a file travels to the server: by XMLHttpRequest, which tells how far it is.

import { ApiError, expecting, WRONG_ACCOUNT } from "./api.js";

const TOO_LARGE = 413;

function answerOf({ status, responseText }) {
  if (status === TOO_LARGE) throw new ApiError({ code: "media_too_large" });
  let body;
  try {
    body = JSON.parse(responseText);
  } catch {
    // A proxy in between answers in its own words.
    body = { code: "unavailable" };
  }
  if (status !== 201) throw new ApiError(body);
  return body;
}

/**
 * `upload(file, onProgress)` gives `{done, cancel}`: a promise of the media, or of an `ApiError`. `onWrongAccount()` is
 * called when it was refused because this browser is signed in as somebody else than `userId`.
 */
export function createUploadWire({ userId, XMLHttpRequest, FormData, csrfToken, onWrongAccount }) {
  return function upload(file, onProgress) {
    const request = new XMLHttpRequest();
    const done = new Promise((resolve, reject) => {
      request.open("POST", "/api/media/");
      request.setRequestHeader("X-CSRFToken", csrfToken());
      for (const [name, value] of Object.entries(expecting(userId))) request.setRequestHeader(name, value);
      request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
      request.onerror = () => reject(new ApiError({ code: "unreachable" }));
      request.onload = () => {
        try {
          resolve(answerOf(request));
        } catch (error) {
          if (error.code === WRONG_ACCOUNT) onWrongAccount();
          reject(error);
        }
      };
      const form = new FormData();
      form.append("file", file, file.name);
      request.send(form);
    });
    return { done, cancel: () => request.abort() };
  };
}
