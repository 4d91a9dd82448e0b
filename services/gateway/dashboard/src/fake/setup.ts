import { cleanup, configure } from "@testing-library/react";
import { afterEach, vi } from "vitest";

// A page's code is loaded when it is opened, which takes its time on a busy machine.
configure({ asyncUtilTimeout: 10_000, getElementError: (message) => new Error((message ?? "").split("\n\n")[0]) });

// What jsdom does not have and Mantine asks for.
window.matchMedia ??= (query: string) =>
  ({
    matches: false,
    media: query,
    onchange: null,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
    addListener: () => undefined,
    removeListener: () => undefined,
    dispatchEvent: () => false,
  }) as MediaQueryList;

// No WebGL: the map is left out, as in a browser without it, and its text stands in the list.
vi.mock("../parts/map/MapCanvas", () => ({ default: () => null }));

class NoResize implements ResizeObserver {
  observe() {}
  unobserve() {}
  disconnect() {}
}
window.ResizeObserver ??= NoResize;
window.scrollTo = () => undefined;
Element.prototype.scrollIntoView = () => undefined;

afterEach(() => {
  cleanup();
  localStorage.clear();
});
