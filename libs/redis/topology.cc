#include "libs/redis/topology.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "libs/base/status.h"

namespace vaka::redis {
namespace {

absl::Status Malformed() { return absl::InternalError("redis: a malformed cluster answer"); }

Endpoint Node(absl::string_view host, int port, const Endpoint& asked) {
  Endpoint node = asked;
  if (node.kind == Endpoint::Kind::kUnix) node.kind = Endpoint::Kind::kTcp;
  node.path.clear();
  if (!host.empty() && host != "?") node.host = std::string(host);
  if (node.host.empty()) node.host = "127.0.0.1";  // asked over a unix socket
  node.port = port;
  return node;
}

bool Same(const Endpoint& a, const Endpoint& b) { return a.host == b.host && a.port == b.port; }

}  // namespace

const Endpoint* Topology::Of(uint16_t slot) const {
  if (!cluster) return &masters.front();
  const int index = owner[slot];
  return index < 0 ? nullptr : &masters[static_cast<size_t>(index)];
}

absl::StatusOr<Topology> ParseSlots(const Reply& slots, const Endpoint& asked) {
  if (slots.type != Reply::Type::kArray) return Malformed();
  Topology topology;
  topology.cluster = true;
  topology.owner.assign(kSlots, -1);
  for (const Reply& range : slots.elements) {
    // [first, last, [host, port, …] of the master, [host, port, …] of its replicas…]
    if (range.elements.size() < 3 || range.elements[2].elements.size() < 2) return Malformed();
    const int64_t first = range.elements[0].integer;
    const int64_t last = range.elements[1].integer;
    if (first < 0 || last < first || last >= kSlots) return Malformed();
    const Reply& master = range.elements[2];
    const Endpoint node =
        Node(master.elements[0].text, static_cast<int>(master.elements[1].integer), asked);
    const auto known = std::find_if(topology.masters.begin(), topology.masters.end(),
                                    [&node](const Endpoint& each) { return Same(each, node); });
    const auto index = static_cast<int>(known - topology.masters.begin());
    if (known == topology.masters.end()) topology.masters.push_back(node);
    std::fill(topology.owner.begin() + first, topology.owner.begin() + last + 1, index);
  }
  if (topology.masters.empty()) {
    return Unavailable("redis: no node of the cluster serves a slot", absl::Seconds(1));
  }
  return topology;
}

absl::StatusOr<Endpoint> ParseRedirect(absl::string_view text, const Endpoint& asked) {
  const std::vector<absl::string_view> words = absl::StrSplit(text, ' ');
  if (words.size() < 3) return Malformed();
  const size_t colon = words[2].rfind(':');
  int port = 0;
  if (colon == absl::string_view::npos || !absl::SimpleAtoi(words[2].substr(colon + 1), &port)) {
    return Malformed();
  }
  return Node(words[2].substr(0, colon), port, asked);
}

}  // namespace vaka::redis
