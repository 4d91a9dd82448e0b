import { render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { App } from "../App";
import { signIn, signOut } from "../api/session";
import { setLang } from "../i18n";
import type { Role } from "../gen/vaka/options/v1/options_pb";
import { outbox } from "../api/outbox";
import { seen } from "../api/seen";
import { go } from "../parts/router";
import { FakeGateway } from "./gateway";
import { identityOf } from "./serve_session";

/** When the made-up municipality is built: now, for what is shown is relative to it. */
export const NOON = Date.now();

/** The whole page at an address, as somebody with a role sees it, on a fake gateway. */
export function openAs(role: Role | null, path: string, fake = new FakeGateway(NOON)) {
  setLang("sv");
  seen.reset();
  for (const { key } of outbox.items.get()) outbox.forget(key);
  if (role === null) signOut();
  else signIn({ token: "t", identity: identityOf(role), label: null });
  go(path, true);
  const user = userEvent.setup();
  const view = render(<App transport={fake.transport()} />);
  return { fake, user, view };
}
