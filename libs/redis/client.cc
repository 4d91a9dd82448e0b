#include "libs/redis/client.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/log_line.h"
#include "libs/base/status.h"

namespace vaka::redis {
namespace {

constexpr absl::Duration kAskTimeout = absl::Seconds(5);

}  // namespace

absl::StatusOr<std::unique_ptr<Client>> Client::Make(ClientOptions options, Clock& clock) {
  VAKA_ASSIGN(std::vector<Endpoint> seeds, ParseEndpoints(options.urls));
  std::unique_ptr<Tls> tls;
  for (const Endpoint& seed : seeds) {
    if (seed.kind == Endpoint::Kind::kTcp && !seed.IsLocal() && !options.plain_remote) {
      return FieldError("redis", absl::StrCat(seed.ToString(),
                                              " is plain and not on this machine; use rediss://"));
    }
    if (seed.kind == Endpoint::Kind::kTls && tls == nullptr) {
      VAKA_ASSIGN(tls, Tls::Make(options.ca_file));
    }
  }
  return std::unique_ptr<Client>(
      new Client(std::move(options), std::move(seeds), std::move(tls), clock));
}

Client::Client(ClientOptions options, std::vector<Endpoint> seeds, std::unique_ptr<Tls> tls,
               Clock& clock)
    : options_(std::move(options)), seeds_(std::move(seeds)), tls_(std::move(tls)), clock_(clock) {}

Client::~Client() = default;

absl::StatusOr<std::unique_ptr<Connection>> Client::Take(const Endpoint& endpoint,
                                                         absl::Time deadline) {
  const std::string name = endpoint.ToString();
  while (true) {
    std::unique_ptr<Connection> connection;
    {
      absl::MutexLock lock(&mu_);
      std::vector<std::unique_ptr<Connection>>& idle = idle_[name];
      if (idle.empty()) break;
      connection = std::move(idle.back());
      idle.pop_back();
    }
    // One that the node closed meanwhile would lose the next command for nothing.
    if (connection->IsIdle()) return connection;
  }
  ++connects_;
  return Connection::Open(endpoint, tls_.get(), clock_,
                          std::min(deadline, clock_.Steady() + options_.connect_timeout));
}

void Client::GiveBack(const Endpoint& endpoint, std::unique_ptr<Connection> connection) {
  absl::MutexLock lock(&mu_);
  std::vector<std::unique_ptr<Connection>>& idle = idle_[endpoint.ToString()];
  if (idle.size() < options_.idle_connections) idle.push_back(std::move(connection));
}

absl::StatusOr<Reply> Client::CallOn(const Endpoint& endpoint, const Argv& argv,
                                     absl::Time deadline) {
  VAKA_ASSIGN(std::unique_ptr<Connection> connection, Take(endpoint, deadline));
  absl::StatusOr<Reply> reply = connection->Call(argv, deadline);
  if (reply.ok()) {
    GiveBack(endpoint, std::move(connection));
  } else {
    ++losses_;
  }
  return reply;
}

absl::StatusOr<Topology> Client::AskTopology(const Endpoint& seed, bool* passing,
                                             absl::Time deadline) {
  VAKA_ASSIGN(const Reply slots, CallOn(seed, {"CLUSTER", "SLOTS"}, deadline));
  if (!slots.is_error()) return ParseSlots(slots, seed);
  Topology alone;
  alone.masters = {seed};
  *passing = IsPassing(slots);
  if (*passing) return alone;
  if (!absl::StrContains(slots.text, "cluster support disabled")) return ToStatus(slots);
  VAKA_ASSIGN(const Reply role, CallOn(seed, {"ROLE"}, deadline));
  VAKA_RETURN_IF_ERROR(ToStatus(role));
  if (!role.elements.empty() && role.elements[0].text != "master") {
    return Unavailable(absl::StrCat(seed.ToString(), ": a replica, not a master"),
                       absl::Seconds(1));
  }
  return alone;
}

absl::StatusOr<Client::Map> Client::CurrentMap(absl::Time deadline) {
  std::vector<Endpoint> seeds = seeds_;
  {
    absl::MutexLock lock(&mu_);
    if (!stale_) return map_;
    if (map_ != nullptr) seeds.insert(seeds.end(), map_->masters.begin(), map_->masters.end());
  }
  absl::Status last = absl::OkStatus();
  for (const Endpoint& seed : seeds) {
    bool passing = false;
    absl::StatusOr<Topology> asked =
        AskTopology(seed, &passing, std::min(deadline, clock_.Steady() + kAskTimeout));
    if (!asked.ok()) {
      last = asked.status();
      continue;
    }
    auto map = std::make_shared<const Topology>(*std::move(asked));
    // A node that is still loading cannot say; its own LOADING then answers the command.
    if (passing) return map;
    ++refreshes_;
    absl::MutexLock lock(&mu_);
    map_ = map;
    stale_ = false;
    return map;
  }
  return last;
}

void Client::MarkStale(const Map& used) {
  absl::MutexLock lock(&mu_);
  if (map_ == used) stale_ = true;
}

std::string Client::NodeOf(absl::string_view key) {
  absl::MutexLock lock(&mu_);
  if (map_ == nullptr) return "";
  const Endpoint* owner = map_->Of(map_->cluster ? SlotOf(key) : uint16_t{0});
  return owner == nullptr ? "" : owner->ToString();
}

absl::StatusOr<Reply> Client::Command(absl::string_view key, Argv argv, absl::Time deadline) {
  std::vector<Request> requests;
  requests.push_back(Request{std::string(key), std::move(argv)});
  absl::StatusOr<Reply> reply = std::move(Batch(requests, BatchOptions{}, deadline).front());
  if (!reply.ok()) return reply;
  if (absl::Status error = ToStatus(*reply); !error.ok()) return error;
  return reply;
}

std::vector<absl::StatusOr<Reply>> Client::Pipeline(absl::string_view key,
                                                    const std::vector<Argv>& argvs,
                                                    absl::Time deadline) {
  std::vector<Request> requests;
  requests.reserve(argvs.size());
  for (const Argv& argv : argvs) requests.push_back(Request{std::string(key), argv});
  std::vector<absl::StatusOr<Reply>> replies = Batch(requests, BatchOptions{}, deadline);
  for (absl::StatusOr<Reply>& reply : replies) {
    if (!reply.ok()) continue;
    if (absl::Status error = ToStatus(*reply); !error.ok()) reply = std::move(error);
  }
  return replies;
}

absl::StatusOr<std::vector<Reply>> Client::EachMaster(const Argv& argv, absl::Time deadline) {
  VAKA_ASSIGN(const Map map, CurrentMap(deadline));
  std::vector<Reply> replies;
  for (const Endpoint& master : map->masters) {
    absl::StatusOr<Reply> reply = CallOn(master, argv, deadline);
    if (!reply.ok()) {
      MarkStale(map);
      return reply.status();
    }
    VAKA_RETURN_IF_ERROR(ToStatus(*reply));
    replies.push_back(*std::move(reply));
  }
  return replies;
}

absl::Status Client::UseLibrary(std::string source, absl::Time deadline) {
  {
    absl::MutexLock lock(&mu_);
    if (std::find(libraries_.begin(), libraries_.end(), source) == libraries_.end()) {
      libraries_.push_back(source);
    }
  }
  return EachMaster({"FUNCTION", "LOAD", "REPLACE", std::move(source)}, deadline).status();
}

absl::Status Client::LoadLibraries(const Endpoint& endpoint, absl::Time deadline) {
  std::vector<std::string> libraries;
  {
    absl::MutexLock lock(&mu_);
    libraries = libraries_;
  }
  LogInfo("redis", "loading ", libraries.size(), " function libraries on ", endpoint.ToString());
  for (const std::string& source : libraries) {
    VAKA_ASSIGN(const Reply reply,
                CallOn(endpoint, {"FUNCTION", "LOAD", "REPLACE", source}, deadline));
    VAKA_RETURN_IF_ERROR(ToStatus(reply));
  }
  return absl::OkStatus();
}

absl::Status Client::Ping(absl::Time deadline) { return EachMaster({"PING"}, deadline).status(); }

ClientStats Client::stats() const {
  return ClientStats{connects_, losses_, redirects_, refreshes_};
}

}  // namespace vaka::redis
