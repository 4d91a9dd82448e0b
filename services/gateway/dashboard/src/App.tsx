import { MantineProvider } from "@mantine/core";
import type { Transport } from "@connectrpc/connect";
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useState, type ReactNode } from "react";
import { rolesOf, useMay } from "./api/access";
import { ClientsProvider } from "./api/clients";
import { failureOf } from "./api/errors";
import { useMunicipality } from "./api/queries/registry";
import { mainRole, signOut, useSession } from "./api/session";
import { LanguageProvider, useWords } from "./i18n";
import { LiveProvider } from "./live/LiveProvider";
import { SignInPage } from "./pages/signin/SignInPage";
import { Caught } from "./parts/Caught";
import { Page } from "./parts/Page";
import { go, usePlace } from "./parts/router";
import { Shell } from "./parts/Shell";
import { Empty, NotForYou, Waiting } from "./parts/States";
import { theme } from "./parts/theme";
import { firstPage, routes } from "./routes";

const LinkPage = lazy(() => import("./pages/link/LinkPage"));
const PhonesPage = lazy(() => import("./pages/phones/PhonesPage"));

/** A token that is too old leads to the sign-in page; a signed link's failure is its own page's matter. */
function onFailure(error: unknown, key: unknown) {
  if (failureOf(error).trouble === "signed_out" && key !== "link") signOut();
}

export function makeQueries(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({ onError: (error, query) => onFailure(error, query.queryKey[0]) }),
    mutationCache: new MutationCache({
      onError: (error, _input, _context, mutation) => onFailure(error, mutation.options.mutationKey?.[0]),
    }),
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        networkMode: "always",
        structuralSharing: false,
        retry: (failures, error) => failures < 2 && ["offline", "busy"].includes(failureOf(error).trouble),
      },
      mutations: { networkMode: "always" },
    },
  });
}

export function App({ transport }: { transport: Transport }) {
  const [queries] = useState(makeQueries);
  return (
    <MantineProvider theme={theme} forceColorScheme="light">
      <QueryClientProvider client={queries}>
        <ClientsProvider transport={transport}>
          <Spoken>
            <LiveProvider>
              <Suspense fallback={<Waiting />}>
                <Pages />
              </Suspense>
            </LiveProvider>
          </Spoken>
        </ClientsProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}

function Spoken({ children }: { children: ReactNode }) {
  const { data } = useMunicipality();
  return <LanguageProvider zone={data?.zone || "Europe/Stockholm"}>{children}</LanguageProvider>;
}

/** "trygghetssamordnare, EST-samordnare": small letters, but for an abbreviation. */
function listOf(names: string[]): string {
  return names.slice(0, 4).map((name) => (/^..?[A-ZÅÄÖ]/.test(name) ? name : name.toLowerCase())).join(", ");
}

/** The page that the address names: a link and the demo's phones are for anyone, the rest for who is signed in. */
function Pages() {
  const { parts } = usePlace();
  const session = useSession();
  const may = useMay();
  const { common } = useWords();
  const [first] = parts;
  const home = session === null ? null : firstPage(mainRole(session.identity));

  useEffect(() => {
    if (home !== null && first === undefined) go(home, true);
  }, [home, first]);

  if (first === "l") return <LinkPage link={parts.slice(1).join("/")} />;
  if (first === "telefoner") return <PhonesPage />;
  if (session === null) return <SignInPage />;
  const route = routes.find(({ path }) => path === first);
  return (
    <Shell>
      <Caught key={first}>
        <Suspense fallback={<Waiting />}>
          {first === undefined ? (
            <Waiting />
          ) : route === undefined ? (
            <Page title={common.states.missingTitle}>
              <Empty title={common.states.missingTitle} help={common.states.missingText} />
            </Page>
          ) : may(route.needs) ? (
            <route.page key={route.path} />
          ) : (
            <Page title={common.nav[route.name]}>
              <NotForYou who={listOf(rolesOf(route.needs).map((role) => common.roles[role] ?? ""))} />
            </Page>
          )}
        </Suspense>
      </Caught>
    </Shell>
  );
}
