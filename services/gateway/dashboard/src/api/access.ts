import type { DescMethod } from "@bufbuild/protobuf";
import { getOption } from "@bufbuild/protobuf";
import { access, Role } from "../gen/vaka/options/v1/options_pb";
import { useIdentity } from "./session";

/** May somebody with these roles call the rpc? The proto's own access option decides, as in the gateway. */
export function allowed(roles: readonly Role[], method: DescMethod): boolean {
  const rule = getOption(method, access);
  if (rule.public || rule.signedLink) return true;
  return rule.roles.some((role) => roles.includes(role));
}

/** The roles that may call the rpc, people first: for telling somebody whom to ask. */
export function rolesOf(method: DescMethod): Role[] {
  return getOption(method, access).roles.filter((role) => role !== Role.SYSTEM && role !== Role.OPERATOR);
}

export function useMay(): (method: DescMethod) => boolean {
  const { roles } = useIdentity();
  return (method) => allowed(roles, method);
}
