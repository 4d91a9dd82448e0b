#include "tests/bench/accept/peer_loads.h"

namespace vaka::bench {

absl::StatusOr<Load> RedisLoad::Run(size_t under_way, absl::Duration length) {
  constexpr char kKey[] = "{0127}:raw";
  const std::vector<redis::Argv> commands(under_way,
                                          {"XADD", kKey, "*", "e", std::string(kEntryBytes, 'x')});
  Load load;
  size_t count = 0;
  const absl::Time start = clock_.Steady();
  for (absl::Time now = start; now < start + length; now = clock_.Steady()) {
    for (const auto& reply : client_->Pipeline(kKey, commands, now + kLoadLimit)) {
      if (!reply.ok()) return reply.status();
    }
    count += under_way;
    if (under_way == 1) {
      load.milliseconds.push_back(absl::ToDoubleMilliseconds(clock_.Steady() - now));
    }
  }
  load.per_second = static_cast<double>(count) / absl::ToDoubleSeconds(clock_.Steady() - start);
  const auto gone = client_->Command(kKey, {"UNLINK", kKey}, clock_.Steady() + kLoadLimit);
  if (!gone.ok()) return gone.status();
  return load;
}

}  // namespace vaka::bench
