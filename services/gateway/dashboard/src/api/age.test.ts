import type { UnaryRequest, UnaryResponse } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { ageOf, answeredStore, notingAge } from "./age";

async function answerWith(headers: HeadersInit): Promise<void> {
  const response = { header: new Headers(headers) } as UnaryResponse;
  await notingAge(() => Promise.resolve(response))({} as UnaryRequest);
}

test("an answer says how old it is, and grows older", async () => {
  expect(ageOf(answeredStore.get(), Date.now())).toBe(0);
  await answerWith({ "Vaka-Age": "12.500" });
  const answered = answeredStore.get();
  expect(answered?.age).toBe(12500);
  expect(ageOf(answered, (answered?.at ?? 0) + 1000)).toBe(13500);
});

test("an answer that does not say leaves what is known", async () => {
  await answerWith({ "Vaka-Age": "3.000" });
  await answerWith({});
  expect(answeredStore.get()?.age).toBe(3000);
});
