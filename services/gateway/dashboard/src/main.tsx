import "@mantine/core/styles.css";
import "./styles/base.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { gatewayTransport } from "./api/clients";
import { App } from "./App";

/** The gateway, or with VITE_FAKE=1 a made-up one inside the page, so that every page can be looked at by itself. */
async function transport() {
  if (import.meta.env.VITE_FAKE !== "1") return gatewayTransport();
  const { demoGateway } = await import("./fake/demo");
  return demoGateway();
}

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <App transport={await transport()} />
  </StrictMode>,
);
