// Client::Batch: rounds of one write and one read a node, until every command is answered.

#include <algorithm>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/redis/client.h"

namespace vaka::redis {
namespace {

constexpr absl::Duration kFirstPause = absl::Milliseconds(5);
constexpr absl::Duration kLongestPause = absl::Milliseconds(200);
constexpr int kMostRedirects = 16;
constexpr int kMostLoads = 2;

Reply Error(std::string text) {
  Reply reply;
  reply.type = Reply::Type::kError;
  reply.text = std::move(text);
  return reply;
}

bool IsUnknownFunction(const Reply& reply) {
  return reply.is_error() && absl::StrContains(reply.text, "Function not found");
}

// At least what Encode makes of it.
size_t WireSize(const Argv& argv) {
  constexpr size_t kBesides = 16;  // "$", the length, two ends of line
  size_t bytes = kBesides;
  for (const std::string& argument : argv) bytes += argument.size() + kBesides;
  return bytes;
}

}  // namespace

// One command on its way.
struct Client::Pending {
  const Request* request = nullptr;
  const Endpoint* target = nullptr;            // in the round's map, or `redirected`
  std::unique_ptr<const Endpoint> redirected;  // by MOVED or ASK; null: as the map says
  bool asking = false;
  int redirects = 0;
  int loads = 0;
  bool reached = true;  // false: the node could not be connected to, so nothing was sent
  int unreached = 0;
  bool done = false;
  absl::StatusOr<Reply> answer = absl::UnknownError("not sent");
};

// What one node gets in one round.
struct Client::Flight {
  const Endpoint* endpoint = nullptr;
  std::unique_ptr<Connection> connection;
  std::vector<Pending*> pendings;
};

struct Client::Round {
  const BatchOptions& options;
  const absl::Time deadline;
  std::vector<Pending> pendings;
  Map map;
  bool stale = false;   // an answer showed that the map is old
  bool paused = false;  // an answer asks to come back later
};

std::vector<absl::StatusOr<Reply>> Client::Batch(const std::vector<Request>& requests,
                                                 const BatchOptions& options, absl::Time deadline) {
  Round round{.options = options, .deadline = deadline, .pendings = {}, .map = nullptr};
  round.pendings.resize(requests.size());
  for (size_t i = 0; i < requests.size(); ++i) round.pendings[i].request = &requests[i];

  absl::Duration pause = kFirstPause;
  const auto is_done = [](const Pending& pending) { return pending.done; };
  while (true) {
    RunRound(round);
    if (round.stale) MarkStale(round.map);
    if (std::all_of(round.pendings.begin(), round.pendings.end(), is_done)) break;
    if (clock_.Steady() >= deadline) break;  // their answers are the last that was heard
    if (round.paused) {
      clock_.SleepFor(std::min(pause, deadline - clock_.Steady()), {});
      pause = std::min(pause * 2, kLongestPause);
    }
  }
  std::vector<absl::StatusOr<Reply>> answers;
  answers.reserve(requests.size());
  for (Pending& pending : round.pendings) answers.push_back(std::move(pending.answer));
  return answers;
}

void Client::RunRound(Round& round) {
  const absl::StatusOr<Map> map = CurrentMap(round.deadline);
  round.stale = false;
  round.paused = false;
  if (map.ok()) round.map = *map;
  std::vector<Flight> flights;
  for (Pending& pending : round.pendings) {
    if (pending.done) continue;
    if (pending.redirected != nullptr) {
      pending.target = pending.redirected.get();
    } else if (!map.ok()) {
      pending.answer = map.status();
      pending.done = true;
      continue;
    } else {
      pending.target =
          round.map->Of(round.map->cluster ? SlotOf(pending.request->key) : uint16_t{0});
    }
    if (pending.target == nullptr) {
      pending.answer = Error("CLUSTERDOWN slot not served");
      continue;
    }
    auto flight = std::find_if(flights.begin(), flights.end(), [&pending](const Flight& each) {
      return each.endpoint == pending.target ||
             each.endpoint->ToString() == pending.target->ToString();
    });
    if (flight == flights.end()) {
      flights.push_back(Flight{.endpoint = pending.target, .connection = nullptr, .pendings = {}});
      flight = flights.end() - 1;
    }
    flight->pendings.push_back(&pending);
  }
  // Every node works while the others' answers are read.
  for (Flight& flight : flights) Send(flight, round);
  for (Flight& flight : flights) Receive(flight, round);
  for (Pending& pending : round.pendings) {
    if (!pending.done) Judge(pending, round);
  }
}

void Client::Send(Flight& flight, const Round& round) {
  absl::StatusOr<std::unique_ptr<Connection>> connection = Take(*flight.endpoint, round.deadline);
  for (Pending* pending : flight.pendings) pending->reached = connection.ok();
  if (!connection.ok()) {
    for (Pending* pending : flight.pendings) pending->answer = connection.status();
    return;
  }
  size_t bytes = 0;
  for (const Pending* pending : flight.pendings) bytes += WireSize(pending->request->argv);
  std::string wire;
  wire.reserve(bytes);
  for (const Pending* pending : flight.pendings) {
    if (pending->asking) Encode({"ASKING"}, &wire);
    Encode(pending->request->argv, &wire);
  }
  if (round.options.replicas > 0) {
    const absl::Duration left = std::max(round.deadline - clock_.Steady(), absl::ZeroDuration());
    Encode({"WAIT", absl::StrCat(round.options.replicas),
            absl::StrCat(absl::ToInt64Milliseconds(left * 0.8) + 1)},
           &wire);
  }
  const absl::Status written = (*connection)->Write(wire, round.deadline);
  if (written.ok()) {
    flight.connection = *std::move(connection);
    return;
  }
  ++losses_;
  for (Pending* pending : flight.pendings) pending->answer = written;
}

void Client::Receive(Flight& flight, const Round& round) {
  if (flight.connection == nullptr) return;
  absl::Status lost = absl::OkStatus();
  const auto read = [&]() -> absl::StatusOr<Reply> {
    if (!lost.ok()) return lost;
    absl::StatusOr<Reply> reply = flight.connection->Read(round.deadline);
    if (!reply.ok()) lost = reply.status();
    return reply;
  };
  for (Pending* pending : flight.pendings) {
    if (pending->asking) read().IgnoreError();
    pending->answer = read();
  }
  if (round.options.replicas > 0) {
    const absl::StatusOr<Reply> waited = read();
    const int64_t have = waited.ok() ? waited->integer : 0;
    for (Pending* pending : flight.pendings) {
      if (have >= round.options.replicas) break;
      if (!pending->answer.ok() || pending->answer->is_error()) continue;
      pending->answer = Error(absl::StrCat("NOREPLICAS written, but ", have, " replicas of ",
                                           round.options.replicas, " have it"));
    }
  }
  if (lost.ok()) {
    GiveBack(*flight.endpoint, std::move(flight.connection));
  } else {
    ++losses_;
  }
}

// Done, or what the next round has to do.
void Client::Judge(Pending& pending, Round& round) {
  if (!pending.answer.ok()) {
    round.stale = true;
    // Perhaps another node has taken over; the next round asks. What was sent is not sent twice.
    pending.done = pending.reached || ++pending.unreached > 1;
    pending.redirected = nullptr;
    pending.asking = false;
    return;
  }
  const Reply& reply = *pending.answer;
  if (!reply.is_error()) {
    pending.done = true;
  } else if (reply.IsError("MOVED") || reply.IsError("ASK")) {
    round.stale = round.stale || reply.IsError("MOVED");
    pending.done = !Redirect(pending, reply);
  } else if (IsUnknownFunction(reply) && ++pending.loads <= kMostLoads) {
    // Sent again to the same node. When it cannot be loaded now, Redis's own words are the answer.
    pending.done = !LoadLibraries(*pending.target, round.deadline).ok();
  } else if (IsPassing(reply)) {
    pending.redirected = nullptr;
    pending.asking = false;
    round.stale = round.stale || reply.IsError("CLUSTERDOWN");
    round.paused = true;
    pending.done = !round.options.patient;
  } else {
    round.stale = round.stale || reply.IsError("READONLY");
    pending.done = true;
  }
}

bool Client::Redirect(Pending& pending, const Reply& reply) {
  if (++pending.redirects > kMostRedirects) {
    pending.answer = Unavailable("redis: redirected in a circle", absl::Seconds(1));
    return false;
  }
  absl::StatusOr<Endpoint> to = ParseRedirect(reply.text, *pending.target);
  if (!to.ok()) {
    pending.answer = to.status();
    return false;
  }
  ++redirects_;
  pending.asking = reply.IsError("ASK");
  pending.redirected = std::make_unique<const Endpoint>(*std::move(to));
  return true;
}

}  // namespace vaka::redis
