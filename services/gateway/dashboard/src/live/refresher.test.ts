import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Refresher } from "./refresher";

describe("Refresher", () => {
  const queries = new QueryClient();
  const read = vi.spyOn(queries, "invalidateQueries");
  let refresher: Refresher;

  beforeEach(() => {
    vi.useFakeTimers();
    read.mockClear();
    refresher = new Refresher(queries, 400);
  });
  afterEach(() => {
    refresher.stop();
    vi.useRealTimers();
  });

  it("reads at once, and a burst once more after the interval", () => {
    for (let n = 0; n < 100; n++) refresher.touch("alerts");
    expect(read).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(399);
    expect(read).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(1);
    expect(read).toHaveBeenCalledTimes(2);
    vi.advanceTimersByTime(10_000);
    expect(read).toHaveBeenCalledTimes(2);
  });

  it("reads what is shown already after an interval, which no burst makes longer", () => {
    for (let n = 0; n < 4; n++) {
      refresher.touchLater("incidents");
      vi.advanceTimersByTime(100);
      expect(read).toHaveBeenCalledTimes(n === 3 ? 1 : 0);
    }
  });

  it("leaves a report its interval although something was read just before", () => {
    refresher.touch("incidents");
    vi.advanceTimersByTime(300);
    refresher.touchLater("incidents");
    vi.advanceTimersByTime(399);
    expect(read).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(1);
    expect(read).toHaveBeenCalledTimes(2);
  });

  it("reads nothing after it was stopped", () => {
    refresher.touchLater("incidents");
    refresher.stop();
    vi.advanceTimersByTime(10_000);
    expect(read).not.toHaveBeenCalled();
  });
});
