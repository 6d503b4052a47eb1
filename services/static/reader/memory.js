// What this browser keeps of a reader's choices. In a frame of another site it may keep nothing, which is no fault.

// Returns whether something is remembered.
export function remembered(name) {
  try {
    return window.localStorage.getItem(name) !== null;
  } catch {
    return false;
  }
}

// Remembers something, or forgets it.
export function remember(name, wanted) {
  try {
    if (wanted) window.localStorage.setItem(name, "yes");
    else window.localStorage.removeItem(name);
  } catch {
    // it holds for this page alone
  }
}
