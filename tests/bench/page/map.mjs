// The dashboard's own map, found in the running page: the page keeps no handle to it for others.

/** Waits until the map is drawn, and leaves `window.vakaBench` in the page. */
export async function atTheMap(page) {
  await page.locator(".maplibregl-canvas").waitFor();
  await page.evaluate(install);
}

function install() {
  // React keeps a component's state in a list on its fibre; one of the states is the map.
  const findMap = () => {
    const holder = document.querySelector(".maplibregl-map");
    const key = Object.keys(holder).find((name) => name.startsWith("__reactFiber$"));
    for (let fibre = holder[key]; fibre; fibre = fibre.return) {
      // React draws each fibre in two copies in turn; either may be the one that is shown.
      for (const copy of [fibre, fibre.alternate]) {
        for (let state = copy?.memoizedState; state; state = state.next) {
          if (typeof state.memoizedState?.queryRenderedFeatures === "function") return state.memoizedState;
        }
      }
    }
    return undefined;
  };
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));

  return (async () => {
    let map = findMap();
    for (; map === undefined; map = findMap()) await frame();
    if (!map.loaded()) await new Promise((resolve) => map.once("idle", resolve));

    const watched = [];
    const seen = new Map();  // incident → when its point was first in a drawn frame
    const waiting = new Map();
    // What is in the next frame's drawing has been handed on when the frame after it begins.
    const noteAfter = async (id, frames) => {
      if (seen.has(id)) return;
      seen.set(id, undefined);
      for (let n = 0; n < frames; n++) await frame();
      const now = performance.now();
      seen.set(id, now);
      waiting.get(id)?.(now);
    };
    map.on("render", () => {
      for (const [lon, lat] of watched) {
        const { x, y } = map.project([lon, lat]);
        const at = map.queryRenderedFeatures([[x - 1, y - 1], [x + 1, y + 1]], { layers: ["incidents"] });
        for (const { properties } of at) void noteAfter(properties.id, 1);
      }
    });
    // A report that has just come is an element with a dot at its place, until the map draws it with the others.
    const dotAtItsPlace = (mark) => {
      const dot = mark.querySelector(".map-dot")?.getBoundingClientRect();
      if (dot === undefined || dot.width < 8) return false;
      const map0 = map.getCanvas().getBoundingClientRect();
      return watched.some(([lon, lat]) => {
        const { x, y } = map.project([lon, lat]);
        return Math.hypot(dot.x + dot.width / 2 - map0.x - x, dot.y + dot.height / 2 - map0.y - y) <= 1;
      });
    };
    new MutationObserver((changes) => {
      for (const { addedNodes } of changes) {
        for (const node of addedNodes) {
          const id = node.dataset?.arrived;
          if (id === undefined) continue;
          // The element may have come too late for the frame under way: the next one draws it, for certain.
          requestAnimationFrame(() => {
            if (node.isConnected && dotAtItsPlace(node)) void noteAfter(id, 1);
          });
        }
      }
    }).observe(map.getContainer(), { childList: true, subtree: true });
    window.vakaBench = {
      watch(lon, lat) {
        watched[0] = [lon, lat];
      },
      shown(id) {
        const at = seen.get(id);
        return at ?? new Promise((resolve, reject) => {
          waiting.set(id, resolve);
          setTimeout(() => reject(new Error(`${id} is not on the map`)), 20_000);
        });
      },
      /** How many points the map holds, once they are `least` or half a minute has gone by: the map may be there first. */
      points(least) {
        const count = () => new Set(map.querySourceFeatures("incidents").map(({ properties }) => properties.id)).size;
        return new Promise((resolve) => {
          const look = () => {
            if (map.loaded() && count() >= least) resolve(count());
          };
          map.on("idle", look);
          setTimeout(() => resolve(count()), 30_000);
          look();
        });
      },
      async pan(ms) {
        const times = [];
        const note = () => times.push(performance.now());
        map.on("render", note);
        const begin = performance.now();
        map.panBy([240, 120], { duration: ms, easing: (t) => t });
        await new Promise((resolve) => map.once("moveend", resolve));
        const took = performance.now() - begin;
        map.off("render", note);
        const gaps = times.slice(1).map((time, i) => time - times[i]);
        return { frames: (1000 * times.length) / took, slowest: Math.max(...gaps) };
      },
    };
  })();
}
