import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const gateway = process.env["VAKA_URL"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  build: { target: "es2022", chunkSizeWarningLimit: 1100 },
  server: {
    host: "127.0.0.1",  // a bare machine may not know the name localhost
    // Every rpc is POST /vaka.<area>.v1.<Service>/<Method>.
    proxy: { "^/vaka\\.": { target: gateway } },
  },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/fake/setup.ts"],
    css: false,
    testTimeout: 40_000,
  },
});
