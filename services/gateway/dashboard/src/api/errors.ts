import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema, type ErrorInfo } from "../gen/vaka/options/v1/options_pb";

/** What a page does about a failed call. */
export type Trouble =
  | "offline"
  | "signed_out"
  | "forbidden"
  | "missing"
  | "wrong_input"
  | "wrong_state"
  | "busy"
  | "ours";

export interface Failure {
  trouble: Trouble;
  message: string;
  info: ErrorInfo | null;
}

function troubleOf(code: Code): Trouble {
  switch (code) {
    case Code.Unauthenticated:
      return "signed_out";
    case Code.PermissionDenied:
      return "forbidden";
    case Code.NotFound:
      return "missing";
    case Code.InvalidArgument:
    case Code.OutOfRange:
      return "wrong_input";
    case Code.FailedPrecondition:
    case Code.AlreadyExists:
    case Code.Aborted:
      return "wrong_state";
    case Code.Unavailable:
    case Code.DeadlineExceeded:
      return "offline";
    case Code.ResourceExhausted:
      return "busy";
    default:
      return "ours";
  }
}

export function failureOf(error: unknown): Failure {
  // fetch reports a network that is not there as a TypeError, which Connect calls Unknown.
  if (error instanceof ConnectError && error.cause instanceof TypeError) {
    return { trouble: "offline", message: error.rawMessage, info: null };
  }
  const problem = ConnectError.from(error);
  const info = problem.findDetails(ErrorInfoSchema)[0] ?? null;
  return { trouble: troubleOf(problem.code), message: problem.rawMessage, info };
}

/** Worth keeping and sending again later, with the same key. */
export function worthKeeping(error: unknown): boolean {
  const { trouble } = failureOf(error);
  return trouble === "offline" || trouble === "busy";
}
