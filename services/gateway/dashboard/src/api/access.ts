import type { DescMethod } from "@bufbuild/protobuf";
import { getOption } from "@bufbuild/protobuf";
import { access, type Role } from "../gen/vaka/options/v1/options_pb";
import { useIdentity } from "./session";

/** May somebody with these roles call the rpc? The proto's own access option decides, as in the gateway. */
export function allowed(roles: readonly Role[], method: DescMethod): boolean {
  const rule = getOption(method, access);
  if (rule.public || rule.signedLink) return true;
  return rule.roles.some((role) => roles.includes(role));
}

export function useMay(): (method: DescMethod) => boolean {
  const { roles } = useIdentity();
  return (method) => allowed(roles, method);
}
