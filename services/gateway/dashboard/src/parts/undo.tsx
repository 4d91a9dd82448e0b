import { useEffect, useState } from "react";
import { Store, useStore } from "../api/store";
import { useWords } from "../i18n";

interface Undoable {
  text: string;
  until: number;
  undo: () => void | Promise<void>;
}

const UNDO_MS = 10_000;
const current = new Store<Undoable | null>(null);

/** Offers to undo what was just done, for ten seconds. A later offer replaces an earlier one. */
export function offerUndo(text: string, undo: () => void | Promise<void>): void {
  current.set({ text, until: Date.now() + UNDO_MS, undo });
}

/**
 * Does something after ten seconds unless it is undone: for what cannot be taken back afterwards.
 * Leaving the page within the ten seconds leaves it undone.
 */
export function laterWithUndo(text: string, act: () => void): void {
  const timer = setTimeout(act, UNDO_MS);
  offerUndo(text, () => clearTimeout(timer));
}

/** The bar at the foot of the page. Focus is not moved: a screen reader hears it as it comes. */
export function UndoBar() {
  const { common } = useWords();
  const offer = useStore(current);
  const [now, setNow] = useState(() => Date.now());
  const [undone, setUndone] = useState(false);

  useEffect(() => {
    if (offer === null) return;
    setUndone(false);
    setNow(Date.now());
    const timer = setInterval(() => {
      setNow(Date.now());
      if (Date.now() > offer.until) current.set(null);
    }, 250);
    return () => clearInterval(timer);
  }, [offer]);

  const left = offer === null ? 0 : Math.ceil((offer.until - now) / 1000);
  const take = async () => {
    if (offer === null) return;
    await offer.undo();
    setUndone(true);
    setTimeout(() => current.set(null), 2500);
  };
  return (
    <div role="status" className="no-print">
      {offer !== null && (
        <div className="undo">
          <span className="grow">{undone ? common.undo.undone : offer.text}</span>
          {!undone && (
            <>
              <span aria-hidden="true" className="num small" style={{ opacity: 0.85 }}>{common.undo.left(Math.max(0, left))}</span>
              <button type="button" onClick={() => void take()}>{common.undo.undo}</button>
            </>
          )}
        </div>
      )}
    </div>
  );
}
